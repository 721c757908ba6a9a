"""Makes model folders with seeded weights and the answers of the original implementation.

    python -m venv venv && venv/bin/pip install torch transformers
    venv/bin/python embedder/reference/golden.py tiny embedder/tests/data/tiny
    venv/bin/python embedder/reference/golden.py exact-80m FOLDER
    cargo run --release -p embedder --example parity -- FOLDER

`tiny` is committed, so that no test needs Python. `exact-80m` has the shape of F2LLM-v2-80M, is
320 MB, and is for comparing by hand. The weights mean nothing in either.
"""

import argparse
import json
import pathlib

import numpy
import tokenizers
import torch
import transformers

SEED = 20_260_319
END = "<|im_end|>"
SPECIAL = ["<|endoftext|>", "<|im_start|>", END]
QUERY = (
    "Instruct: Given a question, retrieve passages that can help answer the question.\nQuery: "
)
# The pattern of Qwen's tokenizer.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEXTS = [
    "A doll that nests inside another doll.",
    "How large is a vector of 320 dimensions, and why?",
    "Куклы вкладываются одна в другую.",
    "向量数据库把文字变成向量。",
    "สวัสดีครับ นี่คือข้อความภาษาไทย",
    "  two  spaces,\ttabs\n\nand lines \n",
    "e\u0301 and \u00e9 are one letter; 👩‍🚀 is one person",
    "x",
    "",
    "An end token <|im_end|> in the middle",
    "One sentence follows another, and none of them is the last. " * 24,
]


def sizes_tiny():
    return dict(
        vocab_size=384, hidden_size=48, intermediate_size=96, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        max_position_embeddings=2048,
    )


def sizes_80m():
    return dict(
        vocab_size=151_936, hidden_size=320, intermediate_size=2048, num_hidden_layers=8,
        num_attention_heads=16, num_key_value_heads=8, head_dim=128,
        max_position_embeddings=40_960,
    )


def make_model(sizes, deviation):
    """A Qwen3 model whose every weight, norms included, is random and reproducible."""
    config = transformers.Qwen3Config(
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        rms_norm_eps=1e-6, attn_implementation="eager", **sizes,
    )
    model = transformers.Qwen3Model(config).eval()
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=generator)
            weight.copy_(1 + 0.2 * noise if "norm" in name else deviation * noise)
    return model


def make_tokenizer():
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(WORDS), "isolated"),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=384, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator([QUERY, *TEXTS], trainer)
    end = tokenizer.token_to_id(END)
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, end)]
    )
    return tokenizer


def state(model, tokens):
    """The state of the last token after the final norm, computed alone and without padding."""
    with torch.no_grad():
        hidden = model(input_ids=torch.tensor([tokens]), use_cache=False).last_hidden_state
    return hidden[0, -1].double().numpy()


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, indent=None) + "\n")


def rounded(values):
    return [float(numpy.float32(value)) for value in values]


def save(folder, model, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    prompts = {"prompts": {"query": QUERY, "document": ""}, "default_prompt_name": None}
    write(folder / "config_sentence_transformers.json", prompts)


def tiny(folder):
    model, tokenizer = make_model(sizes_tiny(), deviation=0.3), make_tokenizer()
    save(folder, model, tokenizer)
    cases = []
    for kind, prompt in [("document", ""), ("query", QUERY)]:
        for text in TEXTS:
            tokens = tokenizer.encode(prompt + text).ids
            vector = state(model, tokens)
            vector /= numpy.linalg.norm(vector)
            cases.append(dict(kind=kind, text=text, tokens=tokens, vector=rounded(vector)))
    write(folder / "golden.json", cases)


def exact_80m(folder):
    model = make_model(sizes_80m(), deviation=0.02)
    save(folder, model, make_tokenizer())
    generator = numpy.random.default_rng(SEED)
    cases = []
    for length in [1, 2, 7, 20, 20, 64, 65, 130, 300, 700]:
        tokens = generator.integers(0, 151_936, length).tolist()
        cases.append(dict(tokens=tokens, state=rounded(state(model, tokens))))
    write(folder / "parity.json", cases)
    total = sum(weight.numel() for weight in model.parameters())
    print(f"{total} parameters, {len(cases)} cases in {folder}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["tiny", "exact-80m"])
    parser.add_argument("folder", type=pathlib.Path)
    given = parser.parse_args()
    {"tiny": tiny, "exact-80m": exact_80m}[given.what](given.folder)


if __name__ == "__main__":
    main()

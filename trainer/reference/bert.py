"""A small seeded BERT folder, and the vectors that transformers' BertModel gives for some texts.

    python -m venv venv && venv/bin/pip install numpy safetensors tokenizers torch transformers
    venv/bin/python trainer/reference/bert.py trainer/tests/data/bert

The folder is committed, so that no test needs Python: trainer/src/teacher/bert/tests.rs holds the
teacher against golden.json. Vectors are means over the tokens of a text, at unit length; texts are
cut to TOKENS_MAX tokens and begin with the prompt of their role, as multilingual-e5 reads them.
"""

import json
import pathlib
import string
import sys

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

SEED = 20_261_123
TOKENS_MAX = 16
PROMPTS = {"query": "query: ", "passage": "passage: "}
TEXTS = [
    ("query", "a doll that nests"),
    ("passage", "A doll that nests inside another doll, and that inside a third one again."),
    ("passage", "x"),
    ("query", "?"),
    ("passage", "One sentence follows another."),
]


def tokenizer():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pieces = list(string.ascii_lowercase + ".,:?") + ["##" + letter for letter in string.ascii_lowercase]
    words = ["query", "passage", "doll", "that", "nest", "inside", "another", "one", "##s"]
    vocabulary = {piece: place for place, piece in enumerate(dict.fromkeys(special + pieces + words))}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    made.add_special_tokens(special)
    return made, len(vocabulary)


def main(output):
    folder = pathlib.Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    made, size = tokenizer()
    made.save(str(folder / "tokenizer.json"))
    sizes = {
        "vocab_size": size, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": 40, "hidden_act": "gelu", "max_position_embeddings": 32,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    }
    model = BertModel(BertConfig(**sizes), add_pooling_layer=False).eval()
    with torch.no_grad():
        # The library's start has biases of zero and small weights, which would hide mistakes.
        for parameter in model.parameters():
            parameter.copy_(parameter + 0.2 * torch.randn_like(parameter))
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()
               if not name.endswith("_ids")}
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", **sizes}, indent=1) + "\n")
    made.enable_truncation(TOKENS_MAX)
    made.enable_padding(pad_id=0)
    encoded = made.encode_batch([PROMPTS[role] + text for role, text in TEXTS])
    tokens = torch.tensor([one.ids for one in encoded])
    mask = torch.tensor([one.attention_mask for one in encoded])
    with torch.no_grad():
        states = model(input_ids=tokens, attention_mask=mask).last_hidden_state.double()
    means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    vectors = torch.nn.functional.normalize(means, dim=1)
    golden = {
        "tokens_max": TOKENS_MAX,
        "prompts": PROMPTS,
        "texts": [{"role": role, "text": text} for role, text in TEXTS],
        "vectors": [[float(f"{value:.7g}") for value in row] for row in vectors.tolist()],
    }
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A training step in PyTorch, beside `cargo bench -p trainer --bench step`.

    pip install torch transformers
    RAYON_NUM_THREADS=2 python trainer/benches/step.py

The same shape of model, batch, lengths of texts, losses and threads, with transformers' own Qwen3
and AdamW. The table's gradient is dense here; the trainer moves only the rows of the batch.
"""

import os
import statistics
import time

import torch
import transformers
from torch.nn.functional import cross_entropy, normalize

VOCABULARY, HIDDEN, LAYERS, QUERIES, TOKENS, STEPS = 40_000, 320, 2, 32, 64, 12
LENGTHS = [320, 256, 128, 64, 32, 16, 8]


def loss_of(queries, positives):
    total = 0.0
    for place, length in enumerate(LENGTHS, start=1):
        scores = normalize(queries[:, :length], dim=1) @ normalize(positives[:, :length], dim=1).T
        weight = 1.0 / (place * (HIDDEN / length) ** 0.5)
        total = total + weight * cross_entropy(scores / 0.05, torch.arange(QUERIES))
    return total


def main():
    torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))
    torch.manual_seed(1)
    config = transformers.Qwen3Config(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=512, num_hidden_layers=LAYERS,
        num_attention_heads=5, num_key_value_heads=5, head_dim=64, max_position_embeddings=512,
    )
    model = transformers.Qwen3Model(config)
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-5, betas=(0.9, 0.98), weight_decay=0.01)
    clock, processor = [], []
    for _ in range(STEPS):
        tokens = torch.randint(0, VOCABULARY - 1, (2 * QUERIES, TOKENS))
        started, used = time.perf_counter(), time.process_time()
        states = model(tokens, use_cache=False).last_hidden_state[:, -1]
        loss_of(states[:QUERIES], states[QUERIES:]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()
        adamw.zero_grad()
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    for name, seconds in (("clock", clock), ("processor", processor)):
        median = statistics.median(seconds)
        rate = 2 * QUERIES * TOKENS / median
        print(f"{name}: median {1e3 * median:.1f} ms a step, {rate:.0f} tokens a second")


if __name__ == "__main__":
    main()

"""The published training losses of F2LLM-v2 in PyTorch, on small seeded numbers.

    python -m venv venv && venv/bin/pip install torch
    venv/bin/python trainer/reference/losses.py > trainer/src/transformer/losses/golden.json

The file is committed, so that no test needs Python: trainer/src/transformer/losses/tests.rs holds
the Rust losses and their gradients against it. Numbers are stored rounded and read back before
anything is computed from them, so that both sides start from the same ones.
"""

import json

import torch
from torch.nn.functional import cross_entropy, mse_loss, normalize

SEED = 20_260_319
TEMPERATURE = 0.05
TEXTS = 3
DIMENSIONS = 12
LENGTHS = [12, 8, 4]
# Hard negatives by kind of task.
NEGATIVES = {"retrieval": 7, "clustering": 9, "classification": 1}


def rounded(tensor):
    return [float(f"{value:.7g}") for value in tensor.flatten().tolist()]


def random(*shape):
    values = torch.tensor(rounded(torch.randn(*shape, dtype=torch.float64)), dtype=torch.float64)
    return values.reshape(shape).requires_grad_()


def in_batch(queries, positives):
    """Query i against every positive of the batch."""
    scores = queries @ positives.T / TEMPERATURE
    return cross_entropy(scores, torch.arange(len(queries)))


def hard(queries, positives, negatives):
    """Query i against its positive and its own negatives."""
    candidates = torch.cat([positives[:, None], negatives], dim=1)
    scores = torch.einsum("nd,nkd->nk", queries, candidates) / TEMPERATURE
    return cross_entropy(scores, torch.zeros(len(queries), dtype=torch.long))


def matryoshka(loss, *states):
    total = 0.0
    for place, length in enumerate(LENGTHS, start=1):
        weight = 1.0 / (place * (LENGTHS[0] / length) ** 0.5)
        total = total + weight * loss(*(normalize(state[..., :length], dim=-1) for state in states))
    return total


def case(task, count):
    sides = [random(TEXTS, DIMENSIONS), random(TEXTS, DIMENSIONS), random(TEXTS, count, DIMENSIONS)]
    # The teacher is wider and not of unit length.
    teacher = [3.0 * random(*side.shape[:-1], DIMENSIONS + 4).detach() for side in sides]
    teacher = [torch.tensor(rounded(t), dtype=torch.float64).reshape(t.shape) for t in teacher]
    retrieval = matryoshka(in_batch, sides[0], sides[1])
    negatives = matryoshka(hard, *sides)
    distillation = sum(mse_loss(s, t[..., :DIMENSIONS]) for s, t in zip(sides, teacher))
    total = negatives + distillation
    if task == "retrieval":
        total = total + retrieval
    total.backward()
    return {
        "task": task,
        "negatives": count,
        "states": [rounded(side) for side in sides],
        "teacher": [rounded(side) for side in teacher],
        "in_batch": retrieval.item() if task == "retrieval" else 0.0,
        "hard": negatives.item(),
        "distillation": distillation.item(),
        "total": total.item(),
        "gradients": [rounded(side.grad) for side in sides],
    }


def main():
    torch.manual_seed(SEED)
    head = {"texts": TEXTS, "dimensions": DIMENSIONS, "teacher_dimensions": DIMENSIONS + 4,
            "temperature": TEMPERATURE, "lengths": LENGTHS}
    cases = [case(task, count) for task, count in NEGATIVES.items()]
    print(json.dumps(head | {"cases": cases}))


if __name__ == "__main__":
    main()

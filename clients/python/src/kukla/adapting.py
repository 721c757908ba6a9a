"""What the adapters to other libraries share; nothing here knows one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from .client import Client, Wait
from .models import UpsertPoint
from .transport import json_of

POINTS_MAX = 1_000
"""Points in one request; the server takes ten times as many."""

BYTES_MAX = 8 << 20
"""Bytes of points in one request, a larger point excepted; the server takes eight times as many."""

IDS_MAX = 10_000
"""Ids in one request, as many as the server takes."""

Item = TypeVar("Item")


def upsert_all(client: Client, collection: str, points: Iterable[UpsertPoint], wait: Wait) -> None:
    """Writes points in as many requests as they need; each is written whole or not at all."""
    batch: list[UpsertPoint] = []
    size_bytes = 0
    for point in points:
        point_bytes = len(json_of(point))
        if batch and (len(batch) >= POINTS_MAX or size_bytes + point_bytes > BYTES_MAX):
            client.upsert(collection, batch, wait=wait)
            batch, size_bytes = [], 0
        batch.append(point)
        size_bytes += point_bytes
    if batch:
        client.upsert(collection, batch, wait=wait)


def pieces(items: Sequence[Item], length: int) -> Iterator[Sequence[Item]]:
    """A list in parts of at most `length`."""
    for start in range(0, len(items), length):
        yield items[start : start + length]


def most_diverse(
    query: Sequence[float],
    vectors: Sequence[Sequence[float]],
    limit: int,
    closeness: float,
) -> list[int]:
    """Maximal marginal relevance: the places of vectors that are close to the query and not to
    each other.

    Each step takes the vector with the greatest
    `closeness * cosine(vector, query) - (1 - closeness) * max(cosine(vector, taken))`
    (Carbonell and Goldstein, 1998, "The use of MMR, diversity-based reranking for reordering
    documents and producing summaries").

    Args:
        query: The question.
        vectors: The candidates, of the same length.
        limit: How many to take.
        closeness: 1 for the closest alone, 0 for the most diverse.
    """
    to_query = [_cosine(query, vector) for vector in vectors]
    to_taken = [-math.inf] * len(vectors)
    left = list(range(len(vectors)))
    taken: list[int] = []
    while left and len(taken) < limit:

        def gain(place: int) -> float:
            near = to_taken[place] if taken else 0.0
            return closeness * to_query[place] - (1.0 - closeness) * near

        best = max(left, key=gain)
        left.remove(best)
        taken.append(best)
        for place in left:
            to_taken[place] = max(to_taken[place], _cosine(vectors[best], vectors[place]))
    return taken


def _cosine(left: Sequence[float], right: Sequence[float]) -> float:
    scale = math.hypot(*left) * math.hypot(*right)
    return math.fsum(a * b for a, b in zip(left, right, strict=True)) / scale if scale else 0.0

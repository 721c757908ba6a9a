"""Reads the conformance cases and matches what the calls return; the format is described in
tests/conformance/README.md."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from live import REPOSITORY

FOLDER = REPOSITORY / "tests/conformance"
LANGUAGE = "python"

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case with its file's name."""
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            yield path.stem, case


def expand(value: Any, saved: dict[str, Any], index: int = 0) -> Any:
    """An argument with what its operators stand for; `index` is the place in an `$each`."""
    if isinstance(value, list):
        return [expand(entry, saved, index) for entry in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$saved": name}:
            return saved[name]
        case {"$repeat": [inner, {"$saved": name}]}:
            return expand({"$repeat": [inner, saved[name]]}, saved, index)
        case {"$repeat": [str(text), times]}:
            return text * times
        case {"$repeat": [inner, times]} | {"$list": [inner, times]}:
            return [expand(inner, saved)] * times
        case {"$each": [inner, times]}:
            return [expand(inner, saved, index) for index in range(times)]
        case {"$index": first}:
            return first + index
        case {"$nest": [inner, times]}:
            for _ in range(times):
                inner = [inner]
            return inner
    return {name: expand(entry, saved, index) for name, entry in value.items()}


def pointed(value: Any, pointer: str) -> Any:
    """The part of a value at a JSON pointer."""
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def mismatch(pattern: Any, found: Any, saved: dict[str, Any], place: str = "") -> str | None:
    """Why a value does not match a pattern; none when it does."""
    if isinstance(pattern, dict):
        if len(pattern) == 1 and next(iter(pattern)).startswith("$"):
            return _operator(pattern, found, saved, place)
        if not isinstance(found, dict):
            return f"{place}: {found!r} is no object"
        problems = (
            mismatch(inner, found.get(key), saved, f"{place}/{key}")
            for key, inner in pattern.items()
        )
        return next((problem for problem in problems if problem), None)
    if isinstance(pattern, list):
        if not isinstance(found, list) or len(found) != len(pattern):
            return f"{place}: {found!r} is no list of {len(pattern)}"
        pairs = enumerate(zip(pattern, found, strict=True))
        problems = (mismatch(p, f, saved, f"{place}/{index}") for index, (p, f) in pairs)
        return next((problem for problem in problems if problem), None)
    return None if _equal(pattern, found) else f"{place}: {found!r} is not {pattern!r}"


def _equal(pattern: Any, found: Any) -> bool:
    is_number = [isinstance(v, int | float) and not isinstance(v, bool) for v in (pattern, found)]
    if all(is_number):
        return bool(abs(pattern - found) <= 1e-4 * max(1.0, abs(pattern)))
    return type(pattern) is type(found) and bool(pattern == found)


def _operator(pattern: Any, found: Any, saved: dict[str, Any], place: str) -> str | None:
    match pattern:
        case {"$saved": name}:
            return mismatch(saved[name], found, saved, place)
        case {"$kind": kind}:
            holds = isinstance(found, KINDS[kind]) and (
                kind == "boolean" or not isinstance(found, bool)
            )
        case {"$length": length}:
            holds = isinstance(found, str | list) and len(found) == length
        case {"$contains": text}:
            holds = isinstance(found, str) and text in found
        case {"$unit": length}:
            holds = (
                isinstance(found, list)
                and len(found) == expand(length, saved)
                and math.isclose(sum(number * number for number in found), 1.0, abs_tol=1e-3)
            )
        case _:
            raise ValueError(f"{place}: {pattern} is not an operator")
    return None if holds else f"{place}: {found!r:.200} does not match {pattern}"

"""Reads openapi.json into what the clients are made of: types, and calls with their arguments.

A new operation becomes a call by itself: its `operationId` is the call's name, its path parameters
and the required parts of its body are positional arguments, everything else is an option, and its
answer is returned as it is. The tables below hold the calls that differ from that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

# The one part of the answer that callers want; the call returns it alone.
PART_TAKEN = {
    "aliases": "aliases",
    "change_aliases": "aliases",
    "collections": "collections",
    "count": "count",
    "facet": "values",
    "models": "data",
}

# The status says it all; the call returns nothing.
NOTHING_TAKEN = {"delete_alias", "delete_collection", "health", "ready"}

# 201 and 200 mean different things: the call returns `Created` with the answer under this name.
CREATED = {"create_collection": "collection"}

# One operation with an either-or body is two calls, each with one part of it.
SPLIT = {
    "delete_points": {
        "delete_points": ("ids", "Deletes points by id."),
        "delete_matching": ("filter", "Deletes the points that match a filter."),
    }
}

# A body without named parts is one argument of this name.
WHOLE_BODY = {"change_payload": "patch"}

# Streamed forms of operations that each client writes by hand, by the calls' names.
HAND_WRITTEN = {
    "export_parquet": "GET /v1/collections/{collection}/export",
    "import_points": "PUT /v1/collections/{collection}/points",
}

# Parameters that belong to the hand-written form of an operation only.
LEFT_OUT = {"export": {"format"}, "upsert": {"on_error"}}

# Path parameters that are more than strings.
PATH_TYPES = {"id": {"$ref": "#/components/schemas/Id"}}

METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class Argument:
    """One argument of a call. `place` is `path`, `query` or `body`."""

    name: str
    schema: Schema
    place: str
    description: str


@dataclass(frozen=True)
class Call:
    """One call: what it sends and what it returns."""

    name: str
    method: str
    path: str
    summary: str
    required: list[Argument]
    options: list[Argument]
    body: str
    """`none`, `parts` (an object of the arguments with that place) or `whole` (one argument)."""
    body_type: str | None
    """The name of the body's type, where it has one."""
    answer: Schema | None
    """What is returned; none for nothing, a string schema for text."""
    part: str | None = None
    """The part of the answer that is returned alone."""
    created: str | None = None
    """The answer's name beside `is_new`."""
    is_lines: bool = False
    """Whether the answer is streamed, one JSON value of the answer's type a line."""


@dataclass
class Contract:
    """Everything the clients are made from."""

    version: str
    types: dict[str, Schema]
    calls: list[Call]
    request_types: set[str] = field(default_factory=set)
    """Types that callers make: they may be given in looser forms than answers have."""


def read(path: Path) -> Contract:
    """Reads the contract; an operation that the generator cannot express is an error."""
    document = json.loads(path.read_text(encoding="utf-8"))
    types: dict[str, Schema] = dict(sorted(document["components"]["schemas"].items()))
    calls: list[Call] = []
    roots: list[Schema] = []
    for place, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            calls.extend(_calls(method.upper(), place, operation, types))
            roots.extend(_contents(operation.get("requestBody", {})).values())
    contract = Contract(document["info"]["version"], types, sorted(calls, key=lambda c: c.name))
    names = [call.name for call in contract.calls]
    if len(set(names)) != len(names):
        raise ValueError(f"two operations have one operationId: {sorted(names)}")
    for root in roots:
        _collect(root, types, contract.request_types)
    return contract


def _contents(part: Schema) -> dict[str, Schema]:
    return {kind: content["schema"] for kind, content in part.get("content", {}).items()}


def _collect(schema: Any, types: dict[str, Schema], found: set[str]) -> None:
    """Adds the names of all types that a schema leads to."""
    if isinstance(schema, list):
        for entry in schema:
            _collect(entry, types, found)
    elif isinstance(schema, dict):
        name = type_name(schema)
        if name is not None and name not in found:
            found.add(name)
            _collect(types[name], types, found)
        for entry in schema.values():
            _collect(entry, types, found)


def type_name(schema: Schema) -> str | None:
    """The type that a schema refers to."""
    reference = schema.get("$ref")
    return reference.rsplit("/", 1)[1] if isinstance(reference, str) else None


def without_null(schema: Schema) -> tuple[Schema, bool]:
    """A schema without null, and whether null was allowed."""
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        rest = {**schema, "type": kinds[0] if len(kinds) == 1 else kinds}
        return rest, len(kinds) != len(schema["type"])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            left = [entry for entry in schema[word] if entry.get("type") != "null"]
            if len(left) == len(schema[word]):
                return schema, False
            return (left[0] if len(left) == 1 else {**schema, word: left}), True
    return schema, False


def description(schema: Schema) -> str:
    """What a schema says of itself, also where it says it beside a reference; one paragraph."""
    inner = without_null(schema)[0]
    text = schema.get("description") or inner.get("description") or ""
    return " ".join(text.split("\n\n")[0].split())


def _calls(method: str, path: str, operation: Schema, types: dict[str, Schema]) -> list[Call]:
    name = operation["operationId"]
    kind, body, body_type = _body(name, operation, types)
    left_out = LEFT_OUT.get(name, set())
    arguments = [*(p for p in _parameters(operation) if p.name not in left_out), *body]
    options = {
        argument["name"]
        for argument in operation.get("parameters", [])
        if argument["in"] == "query" and not argument.get("required")
    }
    if kind == "parts":
        needed = _resolve(_contents(operation["requestBody"])["application/json"], types)
        options |= {part.name for part in body if part.name not in needed.get("required", [])}
    answer = _answer(name, operation)
    calls = []
    told = " ".join(operation.get("summary", "").split())
    whole = {name: (None, told)}
    for split, (part, summary) in SPLIT.get(name, whole).items():
        kept = [
            argument
            for argument in arguments
            if part is None or argument.place != "body" or argument.name == part
        ]
        required = [
            _without_null(entry) if entry.name == part else entry
            for entry in kept
            if entry.name == part or entry.name not in options
        ]
        names = {entry.name for entry in required}
        calls.append(
            Call(
                name=split,
                method=method,
                path=path,
                summary=summary,
                required=[
                    _without_null(entry) if entry.name == part else entry for entry in required
                ],
                options=[entry for entry in kept if entry.name not in names],
                body=kind,
                body_type=body_type,
                answer=None if name in NOTHING_TAKEN else answer,
                part=PART_TAKEN.get(name),
                created=CREATED.get(name),
                is_lines=bool(answer.get("x-lines")),
            )
        )
    return calls


def _without_null(argument: Argument) -> Argument:
    schema = without_null(argument.schema)[0]
    return Argument(argument.name, schema, argument.place, argument.description)


def _resolve(schema: Schema, types: dict[str, Schema]) -> Schema:
    name = type_name(schema)
    return schema if name is None else types[name]


def _parameters(operation: Schema) -> list[Argument]:
    return [
        Argument(
            parameter["name"],
            PATH_TYPES.get(parameter["name"], parameter["schema"])
            if parameter["in"] == "path"
            else parameter["schema"],
            parameter["in"],
            _about(parameter),
        )
        for parameter in operation.get("parameters", [])
        if parameter["in"] in ("path", "query")
    ]


def _about(parameter: Schema) -> str:
    """What a parameter says of itself; the clients do the encoding."""
    text: str = parameter.get("description") or description(parameter["schema"])
    return "" if text == "percent-encoded" else text


def _body(
    name: str, operation: Schema, types: dict[str, Schema]
) -> tuple[str, list[Argument], str | None]:
    contents = _contents(operation.get("requestBody", {}))
    if not contents:
        return "none", [], None
    if "application/json" not in contents:
        raise ValueError(
            f"{name} takes no JSON; write the call by hand and name it in HAND_WRITTEN"
        )
    schema = contents["application/json"]
    if name in WHOLE_BODY:
        return "whole", [Argument(WHOLE_BODY[name], schema, "body", "")], type_name(schema)
    parts = _resolve(schema, types).get("properties")
    if parts is None:
        raise ValueError(f"the body of {name} has no named parts; name it in WHOLE_BODY")
    arguments = [Argument(part, inner, "body", description(inner)) for part, inner in parts.items()]
    return "parts", arguments, type_name(schema)


def _answer(name: str, operation: Schema) -> Schema:
    for status in ("200", "201"):
        contents = _contents(operation["responses"].get(status, {}))
        if "application/json" in contents:
            return contents["application/json"]
        for kind, schema in contents.items():
            if kind.startswith("application/openmetrics-text") or kind.startswith("text/"):
                return {"type": "string", **schema, "x-text": True}
            if kind == "application/x-ndjson":
                return {**schema, "x-lines": True}
    raise ValueError(f"{name} answers no JSON, lines or text; teach the generator its form")

"""Writes the Python client's types and calls."""

from __future__ import annotations

import keyword
import textwrap
from typing import Any

from contract import Argument, Call, Contract, Schema, description, type_name, without_null

MARK = "Made from openapi.json by clients/generate; not to be edited."
WIDTH = 100


def models(contract: Contract) -> str:
    """The module of types: a TypedDict for each object, an alias for everything else."""
    types = _Types(contract)
    parts = [
        f'"""What goes over the wire. {MARK}"""',
        "from __future__ import annotations",
        "from collections.abc import Mapping, Sequence",
        "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, Union",
        f"CONTRACT_VERSION = {_string(contract.version)}\n"
        '"""The version of the contract that this client was made from."""',
    ]
    aliases = [name for name, schema in contract.types.items() if "properties" not in schema]
    for name in aliases:
        parts.extend(types.alias(name))
    for name, schema in contract.types.items():
        if name not in aliases:
            parts.extend(types.object(name, schema, name in contract.request_types))
    parts.append(
        "class Created(TypedDict):\n"
        '    """A collection that was created or found."""\n\n'
        "    is_new: bool\n"
        '    """Whether it is new."""\n'
        "    collection: Collection"
    )
    imports, rest = parts[:4], parts[4:]
    return "\n\n".join(imports) + "\n\n" + "\n\n\n".join(rest) + "\n"


def calls(contract: Contract) -> str:
    """The module of calls, for code that waits and for code that awaits."""
    parts = [
        f'"""Every call that is one request. {MARK}"""',
        "from __future__ import annotations",
        "from collections.abc import AsyncIterator, Iterator, Mapping, Sequence\n"
        "from typing import Any, Literal",
        "from . import models as wire\nfrom .transport import UNSET, Answer, Unset, given, path_of",
    ]
    for is_async in (False, True):
        parts.append("\n" + _class(contract, is_async))
    names = "\n".join(f"    {_string(call.name)}," for call in contract.calls)
    parts.append(f'\nCALLS = (\n{names}\n)\n"""The name of every call in this module."""')
    return "\n\n".join(parts) + "\n"


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _docstring(text: str, indent: str) -> str:
    """A docstring, wrapped where it is long."""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    line = f'{indent}"""{text}"""'
    if len(line) <= WIDTH:
        return line
    lines = textwrap.wrap(text, WIDTH - len(indent) - 3)
    return f'{indent}"""' + f"\n{indent}".join(lines) + f'\n{indent}"""'


class _Types:
    """Schemas as Python types. `prefix` stands before the names of our own types."""

    def __init__(self, contract: Contract, prefix: str = "") -> None:
        self.contract = contract
        self.prefix = prefix
        self.inner: list[str] = []

    def alias(self, name: str) -> list[str]:
        """An alias, after the objects that stand inside it."""
        schema = self.contract.types[name]
        loose = name in self.contract.request_types
        self.inner = []
        if "enum" in schema:
            words = ", ".join(_string(word) for word in schema["enum"])
            line = f"{name} = Literal[{words}]"
            if len(line) > WIDTH:
                rows = "\n".join(f"    {_string(word)}," for word in schema["enum"])
                line = f"{name} = Literal[\n{rows}\n]"
        else:
            # In quotes, because it may name what comes later.
            line = f"{name}: TypeAlias = {_string(self.of(schema, loose, name))}"
        text = description(schema)
        return [*self.inner, f"{line}\n{_docstring(text, '')}" if text else line]

    def object(self, name: str, schema: Schema, loose: bool) -> list[str]:
        """A TypedDict, after those that stand inside it."""
        lines = [f"class {name}(TypedDict):"]
        lines.append(_docstring(description(schema) or "A part of what follows.", "    ") + "\n")
        self.inner = []
        for part, inner in schema["properties"].items():
            if keyword.iskeyword(part):
                raise ValueError(f"{name}.{part} is a word of Python's")
            kind = self.of(inner, loose, name + part.title().replace("_", ""))
            if part not in schema.get("required", []):
                kind = f"NotRequired[{kind}]"
            lines.append(f"    {part}: {kind}")
            text = description(inner)
            if text and not type_name(inner):
                lines.append(_docstring(text, "    "))
        return [*self.inner, "\n".join(lines)]

    def of(self, schema: Schema, loose: bool, name: str) -> str:
        """A schema as an expression. `loose`: callers may give any sequence or mapping."""
        schema, nullable = without_null(schema)
        kind = self._of(schema, loose, name)
        return f"{kind} | None" if nullable else kind

    def _of(self, schema: Schema, loose: bool, name: str) -> str:
        reference = type_name(schema)
        if reference is not None:
            return self.prefix + reference
        if "enum" in schema:
            return "Literal[" + ", ".join(_string(word) for word in schema["enum"]) + "]"
        for word in ("oneOf", "anyOf"):
            if word in schema:
                kinds = [self.of(entry, loose, _variant(name, entry)) for entry in schema[word]]
                return "Union[" + ", ".join(kinds) + "]"
        kind = schema.get("type")
        if isinstance(kind, list):
            return "Union[" + ", ".join(self._of({"type": k}, loose, name) for k in kind) + "]"
        if kind == "array":
            item = self.of(schema.get("items", {}), loose, name)
            return f"{'Sequence' if loose else 'list'}[{item}]"
        if kind == "object" and "properties" in schema:
            before = self.inner
            self.inner = [*before, *self.object(name, schema, loose)]
            return name
        if kind == "object":
            return "Mapping[str, Any]" if loose else "dict[str, Any]"
        simple = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
        return simple.get(str(kind), "Any")


def _variant(name: str, schema: Schema) -> str:
    """The name of one object of several: its own part tells it from the others."""
    parts = schema.get("required") or list(schema.get("properties", {}))
    return name + parts[0].title().replace("_", "") if parts else name


def _class(contract: Contract, is_async: bool) -> str:
    name = "AsyncCalls" if is_async else "Calls"
    word = "async def" if is_async else "def"
    what = "awaits its answer" if is_async else "waits for its answer"
    parts = [
        f'class {name}:\n    """Every call that is one request; each {what}."""',
        f"    {word} _send(\n"
        "        self,\n"
        "        method: str,\n"
        "        path: str,\n"
        "        query: dict[str, Any] | None = None,\n"
        "        body: Any = UNSET,\n"
        "    ) -> Answer:\n"
        "        raise NotImplementedError",
        f"    def _lines(\n"
        "        self,\n"
        "        method: str,\n"
        "        path: str,\n"
        "        query: dict[str, Any] | None = None,\n"
        "        body: Any = UNSET,\n"
        f"    ) -> {'AsyncIterator' if is_async else 'Iterator'}[Any]:\n"
        "        raise NotImplementedError",
    ]
    types = _Types(contract, "wire.")
    parts.extend(_call(call, types, is_async) for call in contract.calls)
    return "\n\n".join(parts)


def _call(call: Call, types: _Types, is_async: bool) -> str:
    arguments = ["self"]
    arguments += [f"{entry.name}: {types.of(entry.schema, True, '')}" for entry in call.required]
    if call.options:
        arguments.append("*")
    arguments += [
        f"{entry.name}: {types.of(entry.schema, True, '')} | Unset = UNSET"
        for entry in call.options
    ]
    word, wait = ("async def", "await ") if is_async else ("def", "")
    returned = _returns(call, types)
    if call.is_lines:
        # What is iterated is not awaited itself.
        word, returned = "def", f"{'AsyncIterator' if is_async else 'Iterator'}[{returned}]"
    lines = [f"    {word} {call.name}("]
    lines += [f"        {argument}," for argument in arguments]
    lines.append(f"    ) -> {returned}:")
    lines.append(_documentation(call))
    if call.is_lines:
        lines.append("        return self._lines(")
        lines += [f"            {line}," for line in _sent(call)]
        return "\n".join([*lines, "        )"])
    lines.append(f"        answer = {wait}self._send(")
    lines += [f"            {line}," for line in _sent(call)]
    lines.append("        )")
    lines += [f"        {line}" for line in _taken(call, types)]
    return "\n".join(lines)


def _returns(call: Call, types: _Types) -> str:
    if call.answer is None:
        return "None"
    if call.created is not None:
        return "wire.Created"
    return types.of(_taken_schema(call, types), False, "")


def _taken_schema(call: Call, types: _Types) -> Schema:
    answer = call.answer or {}
    if call.part is None:
        return answer
    name = type_name(answer)
    found: Schema = types.contract.types[name]["properties"][call.part] if name else {}
    return found


def _documentation(call: Call) -> str:
    told = [entry for entry in [*call.required, *call.options] if entry.description]
    if not told:
        return _docstring(call.summary, "        ")
    lines = [f'        """{call.summary}', "", "        Args:"]
    for entry in told:
        text = f"{entry.name}: {entry.description}".replace("\\", "\\\\")
        lines += textwrap.wrap(text, WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 16)
    return "\n".join([*lines, '        """'])


def _sent(call: Call) -> list[str]:
    """The arguments of `_send`."""
    segments = [
        part[1:-1] if part.startswith("{") else _string(part)
        for part in call.path.strip("/").split("/")
    ]
    sent = [_string(call.method), f"path_of({', '.join(segments)})"]
    entries = [*call.required, *call.options]
    if any(entry.place == "query" for entry in entries):
        sent.append(f"query={_given(entries, 'query')}")
    if call.body == "parts":
        sent.append(f"body={_given(entries, 'body')}")
    elif call.body == "whole":
        sent.append("body=" + next(entry.name for entry in entries if entry.place == "body"))
    return sent


def _given(entries: list[Argument], place: str) -> str:
    return "given(" + ", ".join(f"{e.name}={e.name}" for e in entries if e.place == place) + ")"


def _taken(call: Call, types: _Types) -> list[str]:
    """What becomes of the answer."""
    answer: Any = call.answer
    if answer is None:
        return ["answer.json()"]
    if call.created is not None:
        return [
            f"found: {types.of(answer, False, '')} = answer.json()",
            f'return {{"is_new": answer.status == 201, "{call.created}": found}}',
        ]
    if answer.get("x-text"):
        return ["return answer.text()"]
    read = "answer.json()" if call.part is None else f'answer.json()["{call.part}"]'
    return [f"found: {types.of(_taken_schema(call, types), False, '')} = {read}", "return found"]

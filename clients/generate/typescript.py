"""Writes the TypeScript client's types and calls."""

from __future__ import annotations

import json
import textwrap

from contract import Argument, Call, Contract, Schema, description, type_name, without_null

MARK = "Made from openapi.json by clients/generate; not to be edited."
WIDTH = 100


def models(contract: Contract) -> str:
    """The module of types: an interface for each object, an alias for everything else."""
    parts = [
        f"/** What goes over the wire. {MARK} */",
        "/** The version of the contract that this client was made from. */\n"
        f"export const contractVersion = {json.dumps(contract.version)};",
    ]
    for name, schema in contract.types.items():
        about = _comment(description(schema), "")
        loose = name in contract.request_types
        if "properties" in schema:
            parts.append(f"{about}export interface {name} {_object(schema, loose, '', '')}")
        else:
            parts.append(f"{about}export type {name} = {_type(schema, loose, '', '')};")
    parts.append(
        "/** A collection that was created or found. */\n"
        "export interface Created {\n"
        "  /** Whether it is new. */\n"
        "  is_new: boolean;\n"
        "  collection: Collection;\n"
        "}"
    )
    return "\n\n".join(parts) + "\n"


def calls(contract: Contract) -> str:
    """The module of calls."""
    head = [
        f"/** Every call that is one request. {MARK} */",
        'import type * as models from "./models.js";\n'
        'import { type Answer, pathOf, type Query } from "./transport.js";',
        "/** Every call that is one request. */\n"
        "export abstract class Calls {\n"
        "  protected abstract send(\n"
        "    method: string,\n"
        "    path: string,\n"
        "    query?: Query,\n"
        "    body?: unknown,\n"
        "  ): Promise<Answer>;",
        "  protected abstract lines(\n"
        "    method: string,\n"
        "    path: string,\n"
        "    query?: Query,\n"
        "    body?: unknown,\n"
        "  ): AsyncIterable<unknown>;",
    ]
    methods = [_call(call, contract) for call in contract.calls]
    rows = "\n".join(
        f"  {camel(call.name)}: {json.dumps([entry.name for entry in call.required])},"
        for call in contract.calls
    )
    tail = (
        "/** The positional arguments of each call, by their names on the wire. */\n"
        f"export const callArguments: Record<string, readonly string[]> = {{\n{rows}\n}};"
    )
    return "\n\n".join([*head, *methods]) + "\n}\n\n" + tail + "\n"


def camel(name: str) -> str:
    """A name as TypeScript writes it."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _comment(text: str, indent: str) -> str:
    if not text:
        return ""
    text = text.replace("*/", "* /")
    line = f"{indent}/** {text} */\n"
    if len(line) <= WIDTH:
        return line
    rows = "\n".join(f"{indent} * {row}" for row in textwrap.wrap(text, WIDTH - len(indent) - 3))
    return f"{indent}/**\n{rows}\n{indent} */\n"


def _object(schema: Schema, loose: bool, indent: str, prefix: str) -> str:
    deeper = indent + "  "
    rows = []
    for part, inner in schema["properties"].items():
        mark = "" if part in schema.get("required", []) else "?"
        about = "" if type_name(inner) else _comment(description(inner), deeper)
        rows.append(f"{about}{deeper}{part}{mark}: {_type(inner, loose, deeper, prefix)};")
    return "{\n" + "\n".join(rows) + f"\n{indent}}}"


def _type(schema: Schema, loose: bool, indent: str, prefix: str) -> str:
    """A schema as a type. `loose`: callers may give what they do not want changed."""
    schema, nullable = without_null(schema)
    kind = _plain(schema, loose, indent, prefix)
    return f"{kind} | null" if nullable else kind


def _plain(schema: Schema, loose: bool, indent: str, prefix: str) -> str:
    reference = type_name(schema)
    if reference is not None:
        return prefix + reference
    if "enum" in schema:
        words = [json.dumps(word) for word in schema["enum"]]
        line = " | ".join(words)
        return line if len(line) < 80 else "".join(f"\n{indent}  | {word}" for word in words)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " | ".join(_type(entry, loose, indent, prefix) for entry in schema[word])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_plain({"type": entry}, loose, indent, prefix) for entry in kind)
    if kind == "array":
        item = _type(schema.get("items", {}), loose, indent, prefix)
        item = f"({item})" if " | " in item else item
        return f"readonly {item}[]" if loose else f"{item}[]"
    if kind == "object" and "properties" in schema:
        return _object(schema, loose, indent, prefix)
    if kind == "object":
        return "Record<string, unknown>"
    simple = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
    return simple.get(str(kind), "unknown")


def _call(call: Call, contract: Contract) -> str:
    arguments = [f"{camel(entry.name)}: {_argument_type(entry)}" for entry in call.required]
    options = _options(call)
    if options is not None:
        arguments.append(f"options: {options} = {{}}")
    lines = [_documentation(call).rstrip("\n")]
    returned = _returns(call, contract)
    word, result = "async ", f"Promise<{returned}>"
    if call.is_lines:
        word, result = "", f"AsyncIterable<{returned}>"
    head = f"  {word}{camel(call.name)}({', '.join(arguments)}): {result} {{"
    if len(head) <= WIDTH:
        lines.append(head)
    else:
        lines.append(f"  {word}{camel(call.name)}(")
        lines += [f"    {argument}," for argument in arguments]
        lines.append(f"  ): {result} {{")
    if call.is_lines:
        lines += ["    return this.lines(", *(f"      {part}," for part in _sent(call))]
        return "\n".join([*lines, f"    ) as {result};", "  }"])
    start = "await this.send(" if call.answer is None else "const answer = await this.send("
    line = f"    {start}{', '.join(_sent(call))});"
    if len(line) <= WIDTH:
        lines.append(line)
    else:
        lines += [f"    {start}", *(f"      {part}," for part in _sent(call)), "    );"]
    lines += [f"    {line}" for line in _taken(call, returned)]
    lines.append("  }")
    return "\n".join(lines)


def _argument_type(entry: Argument) -> str:
    return _type(entry.schema, True, "    ", "models.")


def _options(call: Call) -> str | None:
    """The type of the last argument: what the body's type leaves, and the query's parameters."""
    parts = []
    if call.body == "parts" and any(entry.place == "body" for entry in call.options):
        taken = [json.dumps(e.name) for e in call.required if e.place == "body"]
        whole = f"models.{call.body_type}"
        parts.append(f"Omit<{whole}, {' | '.join(taken)}>" if taken else whole)
    query = [entry for entry in call.options if entry.place == "query"]
    if query:
        inner = "; ".join(f"{e.name}?: {_argument_type(e)}" for e in query)
        parts.append(f"{{ {inner} }}")
    return " & ".join(parts) if parts else None


def _documentation(call: Call) -> str:
    told = [entry for entry in [*call.required, *call.options] if entry.description]
    if not told:
        return _comment(call.summary, "  ")
    rows = [f"   * {call.summary}", "   *"]
    for entry in told:
        is_option = entry in call.options
        name = f"options.{entry.name}" if is_option else camel(entry.name)
        text = f"@param {name} {entry.description}".replace("*/", "* /")
        wrapped = textwrap.wrap(text, WIDTH - 5)
        rows += [f"   * {wrapped[0]}", *(f"   *   {row}" for row in wrapped[1:])]
    return "  /**\n" + "\n".join(rows) + "\n   */\n"


def _sent(call: Call) -> list[str]:
    """The arguments of `send`."""
    segments = [
        camel(part[1:-1]) if part.startswith("{") else json.dumps(part)
        for part in call.path.strip("/").split("/")
    ]
    sent = [json.dumps(call.method), f"pathOf({', '.join(segments)})"]
    query = _given(call, "query")
    body = _given(call, "body")
    if call.body == "whole":
        body = camel(next(entry.name for entry in call.required if entry.place == "body"))
    if query is not None or call.body != "none":
        sent.append(query or "undefined")
    if call.body != "none":
        sent.append(body or "{}")
    return sent


def _given(call: Call, place: str) -> str | None:
    """The object of one place's arguments; options that only it has are spread."""
    required = [_entry(entry.name) for entry in call.required if entry.place == place]
    options = [entry.name for entry in call.options if entry.place == place]
    if not required and not options:
        return None
    if len({entry.place for entry in call.options}) == 1 and options:
        if not required:
            return "options"
        return "{ " + ", ".join([*required, "...options"]) + " }"
    picked = [f"{name}: options.{name}" for name in options]
    return "{ " + ", ".join([*required, *picked]) + " }"


def _entry(name: str) -> str:
    return name if camel(name) == name else f"{name}: {camel(name)}"


def _returns(call: Call, contract: Contract) -> str:
    if call.answer is None:
        return "void"
    if call.created is not None:
        return "models.Created"
    answer = call.answer
    name = type_name(answer)
    if call.part is not None and name is not None:
        answer = contract.types[name]["properties"][call.part]
    return _type(answer, False, "", "models.")


def _taken(call: Call, returned: str) -> list[str]:
    """What becomes of the answer."""
    answer = call.answer
    if answer is None:
        return []
    if call.created is not None:
        kind = _type(answer, False, "", "models.")
        found = f"answer.json() as {kind}"
        return [f"return {{ is_new: answer.status === 201, {call.created}: {found} }};"]
    if answer.get("x-text"):
        return ["return answer.text;"]
    if returned == "unknown":
        return ["return answer.json();"]
    if call.part is not None:
        return [f"return (answer.json() as {{ {call.part}: {returned} }}).{call.part};"]
    return [f"return answer.json() as {returned};"]

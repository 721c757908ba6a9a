"""What is made from the contract is current, and the table of calls is true."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from live import REPOSITORY

from kukla import AsyncClient, Client
from kukla.calls import CALLS

CLIENTS = REPOSITORY / "clients"
sys.path.insert(0, str(CLIENTS / "generate"))

import contract  # noqa: E402

# What is public and no call.
OTHERS = {"close", "options", "base"}

Row = tuple[str, str, str, str]


def table() -> list[Row]:
    """The rows of the table in clients/README.md."""
    lines = (CLIENTS / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [row for row in cells if len(row) == 4 and row[0].startswith("`")]
    return [(row[0], row[1].strip("`"), row[2].strip("`"), row[3].strip("`")) for row in rows]


def public(kind: type) -> set[str]:
    """The public functions of a class."""
    members = inspect.getmembers(kind, inspect.isfunction)
    return {name for name, _ in members if not name.startswith("_")} - OTHERS


def found_in(path: Path, pattern: str) -> set[str]:
    """What a pattern finds in a file, line by line."""
    return set(re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_generated_files_are_current() -> None:
    command = [sys.executable, str(CLIENTS / "generate"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_the_table_has_every_call_of_python() -> None:
    listed = {row[2] for row in table()}
    assert listed == public(Client)
    assert listed == public(AsyncClient)
    assert listed == {*CALLS, *contract.HAND_WRITTEN}


def test_the_table_has_every_call_of_typescript() -> None:
    source = CLIENTS / "typescript/src"
    pattern = r"^  (?:async )?\*?([a-z]\w*)\("
    found = found_in(source / "calls.ts", pattern) | found_in(source / "client.ts", pattern)
    assert {row[3] for row in table()} == found - {"constructor"}


def test_the_table_has_every_call_of_rust() -> None:
    found = found_in(CLIENTS / "rust/src/client.rs", r"^    pub (?:async )?fn (\w+)")
    assert {row[1] for row in table()} == found - {"new", "with_options"}


def test_the_languages_have_the_same_names() -> None:
    for _, rust, python, typescript in table():
        assert python == ("import_points" if rust == "import" else rust)
        assert typescript == re.sub("_(.)", lambda found: found[1].upper(), python)


def test_the_table_has_every_operation_once_a_call() -> None:
    document = json.loads((REPOSITORY / "openapi.json").read_text(encoding="utf-8"))
    operations = {
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    }
    listed = [row[0].split("`")[1] for row in table()]
    assert set(listed) == operations
    wanted = {call.name: f"{call.method} {call.path}" for call in calls()}
    wanted.update(contract.HAND_WRITTEN)
    assert {row[2]: row[0].split("`")[1] for row in table()} == wanted


def calls() -> list[contract.Call]:
    """Every generated call."""
    return contract.read(REPOSITORY / "openapi.json").calls


def test_a_contract_that_cannot_be_expressed_is_refused(tmp_path: Path) -> None:
    def contract_with(operation: dict[str, Any]) -> Path:
        path = tmp_path / "openapi.json"
        document = {
            "info": {"version": "1"},
            "components": {"schemas": {}},
            "paths": {"/a": {"get": operation}, "/b": {"get": operation}},
        }
        path.write_text(json.dumps(document))
        return path

    for kind, message in [
        ("image/png", "x answers no JSON"),
        ("application/json", "one operationId"),
    ]:
        responses: Any = {"200": {"content": {kind: {"schema": {}}}}}
        with pytest.raises(ValueError, match=message):
            contract.read(contract_with({"operationId": "x", "responses": responses}))


def test_a_new_operation_becomes_a_call(tmp_path: Path) -> None:
    point = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    body = {
        "type": "object",
        "required": ["key"],
        "properties": {"key": {"type": "string"}, "limit": {"type": ["integer", "null"]}},
    }
    lines = {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Point"}}}
    document = {
        "info": {"version": "1"},
        "components": {"schemas": {"Point": point, "Ask": body}},
        "paths": {
            "/v1/{thing}/ask": {
                "post": {
                    "operationId": "ask",
                    "summary": "Asks.",
                    "parameters": [
                        {"name": "thing", "in": "path", "required": True, "schema": {}},
                        {"name": "wait", "in": "query", "schema": {"type": "boolean"}},
                    ],
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}
                        }
                    },
                    "responses": {"200": {"content": lines}},
                }
            }
        },
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    (call,) = contract.read(path).calls
    assert [entry.name for entry in call.required] == ["thing", "key"]
    assert [entry.name for entry in call.options] == ["wait", "limit"]
    assert call.is_lines

"""The conformance cases, through both clients."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
from cases import LANGUAGE, cases, expand, mismatch, pointed
from live import Server

from kukla import AsyncClient, Client, ClientOptions, KuklaError
from kukla.calls import CALLS

ALL = [(file, case) for file, case in cases() if LANGUAGE not in case.get("left_out", {})]
NAMES = [f"{file}: {case['name']}" for file, case in ALL]

# Calls without anything that a caller can get wrong.
CANNOT_BE_REFUSED = {"aliases", "collections", "health", "metrics", "models", "openapi", "ready"}

# An answer of 503 is what some cases look for; waiting for another try would only be slow.
OPTIONS = ClientOptions(retries_max=0)


@pytest.fixture(scope="module")
def sync_client() -> Iterator[Client]:
    """A client of a server that has only what the cases make."""
    with Server() as server, Client(server.url, OPTIONS) as client:
        yield client


@pytest.fixture(scope="module")
def async_server() -> Iterator[Server]:
    """A server of their own for the cases that are awaited."""
    with Server() as server:
        yield server


@pytest.fixture
async def async_client(async_server: Server) -> AsyncIterator[AsyncClient]:
    """A client of it."""
    async with AsyncClient(async_server.url, OPTIONS) as client:
        yield client


def is_async(answer: Any) -> bool:
    """Whether the answer is awaited piece by piece."""
    return isinstance(answer, AsyncIterator)


def ends(pieces: Iterable[bytes]) -> str:
    """The first and the last four bytes of a file."""
    file = b"".join(pieces)
    return (file[:4] + file[-4:]).decode("ascii")


async def run(client: Client | AsyncClient, case: dict[str, Any]) -> None:
    """Makes the calls of a case and compares what they return."""
    saved: dict[str, Any] = {}
    for number, step in enumerate(case["steps"], 1):
        place = f"step {number}, {step['call']}"
        arguments = expand(step["arguments"], saved)
        faults: list[Any] = []
        if "faults" in step:
            arguments["on_fault"] = faults.append
        try:
            answer = getattr(client, step["call"])(**arguments)
            if inspect.isawaitable(answer):
                answer = await answer
            elif step["call"] == "export_parquet":
                answer = ends([piece async for piece in answer] if is_async(answer) else answer)
            elif isinstance(answer, AsyncIterator):
                answer = [line async for line in answer]
            elif isinstance(answer, Iterator):
                answer = list(answer)
        except KuklaError as error:
            assert "error" in step, f"{place}: {error!r}"
            found = {"kind": error.kind, **vars(error)}
            problem = mismatch(step["error"], found, saved)
            assert problem is None, f"{place}: {problem} ({error})"
            continue
        assert "error" not in step, f"{place} succeeded: {answer!r:.300}"
        if is_dataclass(answer) and not isinstance(answer, type):
            answer = asdict(answer)
        problem = mismatch(step.get("answer", answer), answer, saved)
        assert problem is None, f"{place}: {problem}"
        if "faults" in step:
            problem = mismatch(step["faults"], sorted(faults, key=lambda f: int(f["line"])), saved)
            assert problem is None, f"{place}: faults{problem}"
        for name, pointer in step.get("save", {}).items():
            saved[name] = pointed(answer, pointer)


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=NAMES)
async def test_a_case_holds_when_waiting(sync_client: Client, case: dict[str, Any]) -> None:
    await run(sync_client, case)


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=NAMES)
async def test_a_case_holds_when_awaiting(async_client: AsyncClient, case: dict[str, Any]) -> None:
    await run(async_client, case)


def test_every_call_succeeds_in_a_case_and_is_refused_in_another() -> None:
    steps = [step for _, case in cases() for step in case["steps"]]
    answered = {step["call"] for step in steps if "error" not in step}
    refused = {step["call"] for step in steps if "error" in step}
    wanted = {*CALLS, "export_parquet", "import_points"}
    assert answered == wanted
    assert refused == wanted - CANNOT_BE_REFUSED


def test_no_two_cases_share_a_collection() -> None:
    owners: dict[str, str] = {}
    for file, case in cases():
        for step in case["steps"]:
            name = step["arguments"].get("collection")
            if step["call"] == "create_collection" and isinstance(name, str) and " " not in name:
                assert owners.setdefault(name, case["name"]) == case["name"], f"{file}: {name}"


def test_the_matcher_can_fail() -> None:
    value = {"a": [1, "x", None, True], "vector": [0.6, 0.8]}
    wrong: list[dict[str, Any]] = [
        {"a": [1, "x"]},
        {"a": [1.1, "x", None, True]},
        {"a": [1, "x", None, 1]},
        {"b": 1},
        {"vector": {"$unit": 3}},
        {"vector": {"$kind": "string"}},
        {"a": {"$length": 3}},
    ]
    right: list[dict[str, Any]] = [
        {"a": [1.00001, "x", None, True]},
        {"vector": {"$unit": 2}},
        {"b": None},
        {},
    ]
    for pattern in wrong:
        assert mismatch(pattern, value, {}) is not None, pattern
    for pattern in right:
        assert mismatch(pattern, value, {}) is None, pattern

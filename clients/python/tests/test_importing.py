"""Imports that are cut, refused, resumed; each reply of the script is one request's answer."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from live import Server
from scripted import Reply, ScriptedServer, Seen

from kukla import (
    AnswerError,
    AsyncClient,
    Client,
    ClientOptions,
    ConnectionFailedError,
    ImportEndedError,
    ImportSummary,
    UnavailableError,
)
from kukla.importing import ANSWER_LINE_BYTES_MAX

POINTS = [{"id": number, "text": f"text {number}"} for number in range(1, 6)]


def progress(
    lines: int, upserted: int, failed: int = 0, done: bool | None = None
) -> dict[str, Any]:
    """A line of an answer."""
    found = {"lines": lines, "upserted": upserted, "failed": failed, "sequence": lines}
    return found if done is None else {**found, "done": done}


def fault(line: int, code: str = "text_empty") -> dict[str, Any]:
    """A bad line."""
    return {"line": line, "code": code, "detail": "it is bad", "field": "text"}


def sent(seen: Seen) -> list[int]:
    """The ids of the points in a request."""
    return [json.loads(line)["id"] for line in seen.body.splitlines()]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(duration_s: float) -> None:
        pass

    monkeypatch.setattr("kukla.client.sleep", lambda duration_s: None)
    monkeypatch.setattr("kukla.client.async_sleep", sleep)


def test_a_cut_import_goes_on_after_the_last_acknowledged_line() -> None:
    replies = [
        Reply(503, {"code": "request_timeout", "detail": "slow"}),
        Reply(200, [fault(2), progress(2, 1, 1)], is_cut=True),
        Reply(200, [progress(1, 1), fault(3)], is_cut=True),
        Reply(200, [fault(2), progress(2, 1, 1, done=True)]),
    ]
    faults: list[int] = []
    lines: list[int] = []
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        summary = client.import_points(
            "docs",
            POINTS,
            wait="searchable",
            on_error="skip",
            on_fault=lambda found: faults.append(found["line"]),
            on_progress=lambda found: lines.append(found["lines"]),
        )
        assert [sent(seen) for seen in server.seen] == [
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, 5],
            [3, 4, 5],
            [4, 5],
        ]
        assert server.seen[0].path == "/v1/collections/docs/points?wait=searchable&on_error=skip"
    assert summary == ImportSummary(lines=5, upserted=3, failed=2, sequence=2, is_done=True)
    assert faults == [2, 5]
    assert lines == [2, 3, 5]


async def test_awaiting_resumes_just_so() -> None:
    async def points() -> AsyncIterator[dict[str, Any]]:
        for point in POINTS:
            yield point

    replies = [
        Reply(200, [progress(2, 2)], is_cut=True),
        Reply(200, [progress(3, 3, done=True)]),
    ]
    with ScriptedServer(*replies) as server:
        async with AsyncClient(server.url) as client:
            summary = await client.import_points("docs", points())
        assert [sent(seen) for seen in server.seen] == [[1, 2, 3, 4, 5], [3, 4, 5]]
    assert (summary.lines, summary.upserted) == (5, 5)


def test_an_import_without_progress_gives_up() -> None:
    replies = [Reply(200, [], is_cut=True)] * 5
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        with pytest.raises(ConnectionFailedError):
            client.import_points("docs", POINTS)
        assert len(server.seen) == 5


def test_progress_gives_new_retries() -> None:
    steps = [Reply(200, [], is_cut=True), Reply(200, [progress(1, 1)], is_cut=True)]
    last = Reply(200, [progress(1, 1, done=True)])
    replies = [*steps * 4, last]
    options = ClientOptions(retries_max=2)
    with ScriptedServer(*replies) as server, Client(server.url, options) as client:
        assert client.import_points("docs", POINTS).upserted == 5


def test_an_import_that_the_server_ends_says_where() -> None:
    replies = [
        Reply(200, [progress(1, 1), fault(2, "collection_poisoned"), progress(1, 1, 0, False)])
    ]
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        with pytest.raises(ImportEndedError) as caught:
            client.import_points("docs", [{"id": 0, "text": "skipped"}, *POINTS], resume_from=1)
    error = caught.value
    assert (error.line, error.code, error.kind) == (3, "collection_poisoned", "unavailable")


def test_an_import_that_a_stopping_server_ends_is_resumed() -> None:
    replies = [
        Reply(200, [progress(1, 1), fault(2, "shutting_down"), progress(1, 1, 0, False)]),
        Reply(200, [progress(4, 4, done=True)]),
    ]
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        assert client.import_points("docs", POINTS).lines == 5
        assert sent(server.seen[1]) == [2, 3, 4, 5]


def test_segments_are_bounded_by_lines_and_by_bytes() -> None:
    def all_taken(seen: Seen) -> Reply:
        lines = len(sent(seen))
        return Reply(200, [progress(lines, lines, done=True)])

    for options, wanted in [
        (ClientOptions(segment_lines_max=2), [[1, 2], [3, 4], [5]]),
        (ClientOptions(segment_bytes_max=60), [[1, 2], [3, 4], [5]]),
        (ClientOptions(segment_bytes_max=1), [[1], [2], [3], [4], [5]]),
    ]:
        with ScriptedServer(*[all_taken] * 5) as server, Client(server.url, options) as client:
            summary = client.import_points("docs", POINTS)
            assert [sent(seen) for seen in server.seen] == wanted
            assert (summary.lines, summary.upserted) == (5, 5)


def test_a_stop_ends_the_import_and_leaves_the_rest_unread() -> None:
    taken: list[int] = []

    def points() -> Iterator[dict[str, Any]]:
        for point in POINTS:
            taken.append(len(taken) + 1)
            yield point

    replies = [Reply(200, [fault(2), progress(2, 1, 1, done=False)])]
    options = ClientOptions(segment_lines_max=2)
    with ScriptedServer(*replies) as server, Client(server.url, options) as client:
        summary = client.import_points("docs", points(), on_error="stop")
        assert len(server.seen) == 1
    assert (summary.is_done, summary.lines, summary.failed) == (False, 2, 1)
    assert taken == [1, 2, 3]


@pytest.mark.parametrize(
    "body",
    [
        [{"lines": 9, "upserted": 9, "failed": 0, "sequence": 1}],
        [progress(2, 2), progress(1, 1)],
        [{"unknown": True}],
        ["text"],
        [progress(3, 3, done=True)],
        [progress(0, 0), "x" * (ANSWER_LINE_BYTES_MAX + 1)],
    ],
    ids=["too many", "backwards", "other", "no object", "too few", "too long"],
)
def test_an_answer_against_the_contract_is_an_error(body: list[Any]) -> None:
    with ScriptedServer(Reply(200, body)) as server, Client(server.url) as client:
        with pytest.raises(AnswerError):
            client.import_points("docs", POINTS)


def test_a_line_with_a_line_end_within_it_is_refused() -> None:
    with ScriptedServer() as server, Client(server.url) as client:
        with pytest.raises(ValueError, match="line end"):
            client.import_points("docs", ['{"id": 1}\n{"id": 2}'])


def test_a_file_of_lines_is_imported(client: Client, collection: str, tmp_path: Path) -> None:
    client.create_collection(collection, model=None, dimensions=1, distance="dot")
    path = tmp_path / "points.jsonl"
    path.write_bytes(b'{"id": 1, "vector": [1]}\r\n\n{"id": 2, "vector": [2]}')
    with path.open("rb") as file:
        summary = client.import_points(collection, file)
    assert (summary.lines, summary.upserted) == (3, 2)
    assert client.count(collection) == 2


def test_an_import_survives_a_server_that_is_killed() -> None:
    """The server dies when the second segment is about to be sent, and comes back meanwhile."""
    count = 3_000
    options = ClientOptions(segment_lines_max=1_000, retries_max=200, pause_first_s=0.0)
    with Server() as server, Client(server.url, options) as client:
        client.create_collection("docs", model=None, dimensions=1, distance="dot")
        restarts: list[threading.Thread] = []

        def points() -> Iterator[dict[str, Any]]:
            for number in range(count):
                if number == 1_500:
                    server.kill()
                    restarts.append(threading.Thread(target=server.start))
                    restarts[0].start()
                yield {"id": number, "vector": [number]}

        with pytest.MonkeyPatch.context() as patch:
            # Waits until the server is back instead of for a time.
            patch.setattr("kukla.client.sleep", lambda duration_s: restarts[0].join())
            summary = client.import_points("docs", points())
        assert (summary.lines, summary.upserted, summary.is_done) == (count, count, True)
        assert client.count("docs") == count


def test_a_refused_import_gives_the_servers_error() -> None:
    replies = [Reply(503, {"code": "collection_poisoned", "detail": "no writes"})] * 5
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        with pytest.raises(UnavailableError):
            client.import_points("docs", POINTS)

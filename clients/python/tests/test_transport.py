"""Retries, errors and addresses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from live import free_port
from scripted import Reply, ScriptedServer

from kukla import (
    AddressError,
    AnswerError,
    AsyncClient,
    Client,
    ClientOptions,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    InvalidError,
    KuklaError,
    NotFoundError,
    OverloadedError,
    ProblemError,
    ServerError,
    UnavailableError,
)
from kukla.errors import problem_of
from kukla.transport import Lines, Retries, path_of, query_of

BUSY = {
    "type": "urn:kukla:problem:overloaded",
    "title": "Too much work is waiting",
    "status": 429,
    "detail": "busy; try again in 1000 ms",
    "code": "overloaded",
    "retry_after_ms": 1_000,
}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the clients would have waited; they do not."""
    found: list[float] = []

    async def sleep(duration_s: float) -> None:
        found.append(duration_s)

    monkeypatch.setattr("kukla.client.sleep", found.append)
    monkeypatch.setattr("kukla.client.async_sleep", sleep)
    return found


def test_a_busy_server_is_asked_again_after_the_pause_it_asks_for(pauses: list[float]) -> None:
    replies = [Reply(429, BUSY), Reply(503, {}, {"retry-after": "3"}), Reply(200, {"count": 5})]
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        assert client.count("docs", filter={}) == 5
        assert [seen.body for seen in server.seen] == [b'{"filter":{}}'] * 3
    assert 1.0 <= pauses[0] <= 1.5
    assert 3.0 <= pauses[1] <= 4.5
    assert len(pauses) == 2


async def test_awaiting_retries_just_so(pauses: list[float]) -> None:
    replies = [Reply(429, BUSY), Reply(200, {"count": 5})]
    with ScriptedServer(*replies) as server:
        async with AsyncClient(server.url) as client:
            assert await client.count("docs") == 5
    assert 1.0 <= pauses[0] <= 1.5


def test_retries_end(pauses: list[float]) -> None:
    replies = [Reply(429, BUSY)] * 5
    with ScriptedServer(*replies) as server, Client(server.url) as client:
        with pytest.raises(OverloadedError) as caught:
            client.collections()
        assert len(server.seen) == 5
    error = caught.value
    assert (error.status, error.code, error.retry_after_ms) == (429, "overloaded", 1_000)
    assert error.type == "urn:kukla:problem:overloaded"
    assert error.title == "Too much work is waiting"
    assert len(pauses) == 4


def test_what_cannot_help_is_not_tried_again(pauses: list[float]) -> None:
    for status, code in [(400, "limit_out_of_range"), (500, "internal"), (503, "not_ready")]:
        reply = Reply(status, {**BUSY, "status": status, "code": code})
        with ScriptedServer(reply) as server, Client(server.url) as client:
            with pytest.raises(ProblemError):
                client.collections()
    assert pauses == []


def test_a_server_that_is_not_there_is_asked_again(pauses: list[float]) -> None:
    with Client(f"http://127.0.0.1:{free_port()}") as client:
        with pytest.raises(ConnectionFailedError) as caught:
            client.collections()
    assert caught.value.kind == "unavailable"
    assert not caught.value.was_made
    assert len(pauses) == 4


def test_pauses_double_with_jitter_up_to_a_bound() -> None:
    retries = Retries(ClientOptions(retries_max=9))
    error = ConnectionFailedError("none", was_made=False)
    found = [retries.pause_s(error) or 0.0 for _ in range(9)]
    for pause_s, least in zip(found, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0], strict=True):
        assert least <= pause_s <= 1.5 * least
    assert retries.pause_s(error) is None


def test_errors_are_sorted_by_what_to_do() -> None:
    wanted: dict[int, tuple[type[ProblemError], str]] = {
        400: (InvalidError, "invalid"),
        401: (ForbiddenError, "forbidden"),
        403: (ForbiddenError, "forbidden"),
        404: (NotFoundError, "not_found"),
        409: (ConflictError, "conflict"),
        413: (InvalidError, "invalid"),
        429: (OverloadedError, "overloaded"),
        500: (ServerError, "server"),
        503: (UnavailableError, "unavailable"),
    }
    for status, (kind, word) in wanted.items():
        error = problem_of(status, b'{"code": "x", "detail": "d", "field": "f"}', "2")
        assert type(error) is kind
        assert (error.kind, error.code, error.detail, error.field) == (word, "x", "d", "f")
        assert error.retry_after_ms == 2_000


def test_an_error_in_another_form_is_understood() -> None:
    openai = b'{"error": {"message": "m", "type": "t", "param": "input", "code": "token_ids"}}'
    error = problem_of(400, openai, None)
    assert (error.detail, error.field, error.code) == ("m", "input", "token_ids")
    error = problem_of(502, b"<html>", None)
    assert (error.status, error.code, error.title) == (502, "unknown", "Bad Gateway")


def test_an_answer_that_is_no_json_is_an_error() -> None:
    with ScriptedServer(Reply(200, [])) as server, Client(server.url) as client:
        with pytest.raises(AnswerError):
            client.count("docs")


@pytest.mark.parametrize("url", ["localhost:6363", "ftp://localhost", "http://", "http://[", ""])
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(AddressError) as caught:
        Client(url)
    assert caught.value.kind == "invalid"


def test_paths_and_queries_are_encoded() -> None:
    assert path_of("v1", "a/b", 7, "ü ?") == "/v1/a%2Fb/7/%C3%BC%20%3F"
    assert query_of({"include": ["text", "vectors"], "wait": "durable", "yes": True}) == (
        "?include=text%2Cvectors&wait=durable&yes=true"
    )
    for segment in (".", ".."):
        with pytest.raises(AddressError):
            path_of("v1", segment)


def test_a_key_is_sent_and_not_shown() -> None:
    options = ClientOptions(api_key=" secret\n")
    assert "secret" not in repr(options)
    with ScriptedServer(Reply(200, {"count": 1})) as server, Client(server.url, options) as client:
        client.count("docs")
        assert server.seen[0].headers["authorization"] == "Bearer secret"


async def test_lines_are_given_as_they_come() -> None:
    values = [{"id": number, "text": "x" * number * 1_000} for number in range(200)]
    replies = [Reply(200, values), Reply(200, values), Reply(404, {"code": "collection_not_found"})]
    with ScriptedServer(*replies) as server:
        with Client(server.url) as client:
            assert list(client._lines("GET", "/lines")) == values
        async with AsyncClient(server.url) as awaiting:
            assert [value async for value in awaiting._lines("GET", "/lines")] == values
            with pytest.raises(NotFoundError):
                await anext(aiter(awaiting._lines("GET", "/lines")))


def test_lines_that_are_cut_are_an_error() -> None:
    with ScriptedServer(Reply(200, [{"id": 1}], is_cut=True)) as server:
        with Client(server.url) as client, pytest.raises(ConnectionFailedError):
            list(client._lines("GET", "/lines"))
    lines = Lines("/lines")
    assert list(lines.take(b'{"id":')) == []
    with pytest.raises(AnswerError, match="within a line"):
        lines.end()


def test_a_line_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kukla.transport.LINE_BYTES_MAX", 10)
    lines = Lines("/lines")
    with pytest.raises(AnswerError, match="over 10 bytes"):
        list(lines.take(b"x" * 11))


def test_a_number_that_json_lacks_is_refused_before_it_is_sent() -> None:
    with ScriptedServer() as server, Client(server.url) as client:
        with pytest.raises(ValueError, match="JSON"):
            client.search("docs", vector=[float("nan")])
        assert server.seen == []


async def test_many_calls_may_be_awaited_at_once(server: Any) -> None:
    async with AsyncClient(server.url) as client:
        answers = await asyncio.gather(*(client.models() for _ in range(20)))
    assert {answer[0]["id"] for answer in answers} == {"built-in"}


def test_every_error_is_one_of_ours() -> None:
    for kind in (AddressError, AnswerError, ConnectionFailedError, ProblemError):
        assert issubclass(kind, KuklaError)

"""The two clients. The only file that names httpx."""

from __future__ import annotations

import ssl
from asyncio import sleep as async_sleep
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from time import sleep
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from .calls import AsyncCalls, Calls
from .errors import ConnectionFailedError, KuklaError, problem_of
from .importing import Import, ImportSummary, Line, Segmenter
from .models import ImportFault, ImportProgress, IncludePart
from .transport import (
    UNSET,
    Answer,
    ClientOptions,
    Lines,
    Retries,
    Unset,
    base_of,
    body_of,
    given,
    path_of,
    query_of,
)

DEFAULT_URL = "http://127.0.0.1:6363"

Wait = Literal["durable", "searchable"]
OnError = Literal["skip", "stop"]
OnProgress = Callable[[ImportProgress], None]
OnFault = Callable[[ImportFault], None]


class _Requests:
    """What both clients have: an address, options, and how requests and errors look."""

    def __init__(self, url: str, options: ClientOptions | None) -> None:
        self.base = base_of(url)
        self.options = options or ClientOptions()

    def _settings(self) -> dict[str, Any]:
        """The HTTP client's settings: what is trusted, and the key in each request."""
        settings: dict[str, Any] = {}
        if self.options.api_key is not None:
            settings["headers"] = {"authorization": f"Bearer {self.options.api_key.strip()}"}
        if self.options.certificates is not None:
            trusted = ssl.create_default_context()
            trusted.load_verify_locations(cafile=self.options.certificates)
            settings["verify"] = trusted
        return settings

    def _timeout(self, is_import: bool = False) -> httpx.Timeout:
        silence_s = None if is_import else self.options.request_timeout_s
        return httpx.Timeout(silence_s, connect=self.options.connect_timeout_s)

    def _arguments(self, method: str, path: str, query: Any, body: Any) -> dict[str, Any]:
        content = body_of(body)
        headers = {} if content is None else {"content-type": "application/json"}
        return {
            "method": method,
            "url": self.base + path + query_of(query),
            "content": content,
            "headers": headers,
            "timeout": self._timeout(),
        }

    def _export_arguments(
        self, collection: str, include: Sequence[IncludePart] | Unset
    ) -> dict[str, Any]:
        path = path_of("v1", "collections", collection, "export")
        query = {"format": "parquet", **given(include=include)}
        return self._arguments("GET", path, query, UNSET)

    def _import_arguments(
        self, collection: str, query: dict[str, Any], body: bytes
    ) -> dict[str, Any]:
        path = path_of("v1", "collections", collection, "points")
        return {
            "method": "PUT",
            "url": self.base + path + query_of(query),
            "content": body,
            "headers": {"content-type": "application/x-ndjson"},
            "timeout": self._timeout(is_import=True),
        }


def _connection(error: httpx.HTTPError | httpx.InvalidURL, url: str) -> KuklaError:
    was_made = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    reason = str(error) or type(error).__name__
    return ConnectionFailedError(f"cannot reach {url}: {reason}", was_made=was_made)


def _checked(response: httpx.Response) -> Answer:
    """A success as it is, everything else as an error."""
    url = str(response.request.url)
    if not response.is_success:
        raise problem_of(
            response.status_code, response.content, response.headers.get("retry-after")
        )
    return Answer(url=url, status=response.status_code, body=response.content)


class Client(_Requests, Calls):
    """A client of one server; each call waits for its answer. Safe to share between threads.

    Every call is tried again after 429, after 503 and when no connection was made, with growing
    pauses; `Retry-After` is honoured. A streamed answer is not. Errors are `KuklaError`s.
    """

    def __init__(self, url: str = DEFAULT_URL, options: ClientOptions | None = None) -> None:
        super().__init__(url, options)
        self._http = httpx.Client(**self._settings())

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> Answer:
        arguments = self._arguments(method, path, query, body)
        retries = Retries(self.options)
        while True:
            try:
                return self._try(arguments)
            except KuklaError as error:
                pause_s = retries.pause_s(error)
                if pause_s is None:
                    raise
            sleep(pause_s)

    def _try(self, arguments: dict[str, Any]) -> Answer:
        try:
            response = self._http.request(**arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error
        return _checked(response)

    def _lines(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> Iterator[Any]:
        arguments = self._arguments(method, path, query, body)
        lines = Lines(arguments["url"])
        try:
            with self._http.stream(**arguments) as response:
                if not response.is_success:
                    response.read()
                    _checked(response)
                for data in response.iter_bytes():
                    yield from lines.take(data)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error
        lines.end()

    def export_parquet(
        self,
        collection: str,
        *,
        include: Sequence[IncludePart] | Unset = UNSET,
    ) -> Iterator[bytes]:
        """Exports all points of one moment as a Parquet file, in pieces of any length.

        Args:
            include: `text`, `payload` and `vectors`; all by default.
        """
        arguments = self._export_arguments(collection, include)
        try:
            with self._http.stream(**arguments) as response:
                if not response.is_success:
                    response.read()
                    _checked(response)
                yield from response.iter_bytes()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error

    def import_points(
        self,
        collection: str,
        lines: Iterable[Line],
        *,
        wait: Wait | Unset = UNSET,
        on_error: OnError | Unset = UNSET,
        resume_from: int = 0,
        on_progress: OnProgress | None = None,
        on_fault: OnFault | None = None,
    ) -> ImportSummary:
        """Streams points, one a line, and tells each acknowledgement and each bad line.

        What was cut off is sent again from the last acknowledged line; after the last retry the
        error is raised, and `resume_from` goes on from the last progress another time.

        Args:
            lines: Points, or lines of JSON that are one each; an open file is such lines.
            wait: When lines are acknowledged.
            on_error: What the server is to do with a bad line.
            resume_from: How many lines of the input to skip, because they were acknowledged.
            on_progress: Called with every acknowledgement, counted from the first line.
            on_fault: Called with every bad line.
        """
        state = Import(self.options, resume_from, on_progress, on_fault)
        query = given(wait=wait, on_error=on_error)
        for segment in _segments(lines, Segmenter(self.options, resume_from)):
            state.begin_segment(segment)
            while state.pending:
                try:
                    self._import(state, collection, query)
                    continue
                except KuklaError as error:
                    pause_s = state.pause_s(error)
                    if pause_s is None:
                        raise
                sleep(pause_s)
            if state.is_stopped:
                break
        return state.summary()

    def _import(self, state: Import, collection: str, query: dict[str, Any]) -> None:
        """Sends what is not acknowledged, and reads the answer to its end."""
        arguments = self._import_arguments(collection, query, state.begin_request())
        try:
            with self._http.stream(**arguments) as response:
                if not response.is_success:
                    response.read()
                    _checked(response)
                for data in response.iter_bytes():
                    state.take(data)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error
        state.end_request()


class AsyncClient(_Requests, AsyncCalls):
    """A client of one server; each call awaits its answer. Otherwise like `Client`."""

    def __init__(self, url: str = DEFAULT_URL, options: ClientOptions | None = None) -> None:
        super().__init__(url, options)
        self._http = httpx.AsyncClient(**self._settings())

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> Answer:
        arguments = self._arguments(method, path, query, body)
        retries = Retries(self.options)
        while True:
            try:
                return await self._try(arguments)
            except KuklaError as error:
                pause_s = retries.pause_s(error)
                if pause_s is None:
                    raise
            await async_sleep(pause_s)

    async def _try(self, arguments: dict[str, Any]) -> Answer:
        try:
            response = await self._http.request(**arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error
        return _checked(response)

    async def _lines(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> AsyncIterator[Any]:
        arguments = self._arguments(method, path, query, body)
        lines = Lines(arguments["url"])
        try:
            async with self._http.stream(**arguments) as response:
                if not response.is_success:
                    await response.aread()
                    _checked(response)
                async for data in response.aiter_bytes():
                    for value in lines.take(data):
                        yield value
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error
        lines.end()

    async def export_parquet(
        self,
        collection: str,
        *,
        include: Sequence[IncludePart] | Unset = UNSET,
    ) -> AsyncIterator[bytes]:
        """As `Client.export_parquet`."""
        arguments = self._export_arguments(collection, include)
        try:
            async with self._http.stream(**arguments) as response:
                if not response.is_success:
                    await response.aread()
                    _checked(response)
                async for data in response.aiter_bytes():
                    yield data
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error

    async def import_points(
        self,
        collection: str,
        lines: Iterable[Line] | AsyncIterable[Line],
        *,
        wait: Wait | Unset = UNSET,
        on_error: OnError | Unset = UNSET,
        resume_from: int = 0,
        on_progress: OnProgress | None = None,
        on_fault: OnFault | None = None,
    ) -> ImportSummary:
        """As `Client.import_points`; the lines may also be made by an asynchronous generator."""
        state = Import(self.options, resume_from, on_progress, on_fault)
        query = given(wait=wait, on_error=on_error)
        async for segment in _async_segments(lines, Segmenter(self.options, resume_from)):
            state.begin_segment(segment)
            while state.pending:
                try:
                    await self._import(state, collection, query)
                    continue
                except KuklaError as error:
                    pause_s = state.pause_s(error)
                    if pause_s is None:
                        raise
                await async_sleep(pause_s)
            if state.is_stopped:
                break
        return state.summary()

    async def _import(self, state: Import, collection: str, query: dict[str, Any]) -> None:
        """Sends what is not acknowledged, and reads the answer to its end."""
        arguments = self._import_arguments(collection, query, state.begin_request())
        try:
            async with self._http.stream(**arguments) as response:
                if not response.is_success:
                    await response.aread()
                    _checked(response)
                async for data in response.aiter_bytes():
                    state.take(data)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _connection(error, arguments["url"]) from error
        state.end_request()


def _segments(lines: Iterable[Line], segmenter: Segmenter) -> Iterator[list[bytes]]:
    for line in lines:
        if (full := segmenter.add(line)) is not None:
            yield full
    if (rest := segmenter.rest()) is not None:
        yield rest


async def _async_segments(
    lines: Iterable[Line] | AsyncIterable[Line], segmenter: Segmenter
) -> AsyncIterator[list[bytes]]:
    if isinstance(lines, AsyncIterable):
        async for line in lines:
            if (full := segmenter.add(line)) is not None:
                yield full
        if (rest := segmenter.rest()) is not None:
            yield rest
    else:
        for segment in _segments(lines, segmenter):
            yield segment

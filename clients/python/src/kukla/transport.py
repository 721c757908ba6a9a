"""What every request has in common: paths, retries, answers. Knows no HTTP library."""

from __future__ import annotations

import enum
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from .errors import AddressError, AnswerError, ConnectionFailedError, KuklaError, ProblemError


class Unset(enum.Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""An argument that was left out; `None` is sent as null and can mean something else."""


LINE_BYTES_MAX = 256 << 20
"""The longest line of a streamed answer that is waited for."""


@dataclass(frozen=True)
class ClientOptions:
    """How a client behaves."""

    api_key: str | None = field(default=None, repr=False)
    """The key to send, where the server asks for one."""
    certificates: str | None = None
    """A file of certificates in PEM to trust besides the system's, such as your own authority's."""
    connect_timeout_s: float = 5.0
    """How long a connection may take to be made."""
    request_timeout_s: float = 90.0
    """How long the server may say nothing, above its own bound; imports are not bounded by it."""
    retries_max: int = 4
    """How often a request is tried again after 429 or 503, or when no connection was made."""
    pause_first_s: float = 0.2
    """The first pause between tries; each is twice the last."""
    pause_max_s: float = 10.0
    """The longest pause, also where the server asks for more."""
    segment_lines_max: int = 10_000
    """The most lines of an import in one request."""
    segment_bytes_max: int = 8 << 20
    """The most bytes of an import in one request, a longer line excepted."""


@dataclass(frozen=True)
class Answer:
    """A success."""

    url: str
    status: int
    body: bytes

    def json(self) -> Any:
        """The answer as JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise AnswerError(f"the answer of {self.url} is not understood: {error}") from error

    def text(self) -> str:
        """The answer as text."""
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise AnswerError(f"the answer of {self.url} is not understood: {error}") from error


class Retries:
    """Counts the tries of one request."""

    def __init__(self, options: ClientOptions) -> None:
        self.options = options
        self.tries = 0

    def pause_s(self, error: KuklaError) -> float | None:
        """How long to wait before the next try; none where another would not help.

        It is what the server asks for, or twice as long each time, with up to half of it more, so
        that callers who were refused together do not come back together.
        """
        if self.tries >= self.options.retries_max or not may_retry(error):
            return None
        asked = error.retry_after_ms if isinstance(error, ProblemError) else None
        doubled = self.options.pause_first_s * 2.0**self.tries
        pause = min(doubled if asked is None else asked / 1_000, self.options.pause_max_s)
        self.tries += 1
        return pause + pause * random.uniform(0.0, 0.5)


def may_retry(error: KuklaError) -> bool:
    """429 and 503 mean that nothing was done; a connection that was not made, too."""
    if isinstance(error, ProblemError):
        return error.status in (429, 503) and error.code != "not_ready"
    return isinstance(error, ConnectionFailedError) and not error.was_made


class Lines:
    """Puts the lines of a streamed answer together."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.parts: list[bytes] = []
        self.size_bytes = 0

    def take(self, data: bytes) -> Iterator[Any]:
        """Takes a part of the answer, and gives the values of the lines that it ends."""
        *ends, rest = data.split(b"\n")
        for end in ends:
            line = b"".join([*self.parts, end])
            self.parts, self.size_bytes = [], 0
            if line.strip():
                yield Answer(self.url, 200, line).json()
        self.parts.append(rest)
        self.size_bytes += len(rest)
        if self.size_bytes > LINE_BYTES_MAX:
            raise AnswerError(f"the answer of {self.url} has a line of over {LINE_BYTES_MAX} bytes")

    def end(self) -> None:
        """Judges an answer that came to its end."""
        if self.size_bytes:
            raise AnswerError(f"the answer of {self.url} ends within a line")


def base_of(url: str) -> str:
    """The server's address without what does not belong there."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"its scheme is `{parts.scheme}`, its host `{parts.hostname or ''}`")
    except ValueError as error:
        raise AddressError(
            f"`{url}` is not an address such as http://127.0.0.1:6363: {error}"
        ) from error
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def path_of(*segments: str | int) -> str:
    """A path, each segment percent-encoded."""
    for segment in segments:
        if segment in (".", ".."):
            raise AddressError(
                f"`{segment}` cannot stand in a path; use a call that takes ids in its body"
            )
    return "".join("/" + quote(str(segment), safe="") for segment in segments)


def query_of(query: Mapping[str, Any] | None) -> str:
    """A query string with its question mark; lists are separated by commas."""
    parts = []
    for name, value in (query or {}).items():
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, list | tuple):
            text = ",".join(str(entry) for entry in value)
        else:
            text = str(value)
        parts.append(f"{quote(name, safe='')}={quote(text, safe='')}")
    return "?" + "&".join(parts) if parts else ""


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments that were not left out."""
    return {name: value for name, value in arguments.items() if value is not UNSET}


def body_of(body: Any) -> bytes | None:
    """A body in JSON; a number that JSON does not have is a `ValueError`."""
    return None if body is UNSET else json_of(body)


def json_of(value: Any) -> bytes:
    """A value in JSON on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

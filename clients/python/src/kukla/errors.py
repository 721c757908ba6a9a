"""What can go wrong, sorted by what the caller can do about it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Literal

ErrorKind = Literal[
    "invalid", "forbidden", "not_found", "conflict", "overloaded", "unavailable", "server"
]
"""What a caller can do: fix the request; send a key, or one that allows it; create it or correct
the name; read again and decide; try again after the stated delay; try again later and tell the
operator; report a fault of the server's."""


class KuklaError(Exception):
    """Why a call did not do what it was asked."""

    kind: ErrorKind = "server"

    code: str | None = None
    """The server's stable word, where the server answered."""


class AddressError(KuklaError, ValueError):
    """The server's address, or a part of a path, cannot be used."""

    kind: ErrorKind = "invalid"


class ConnectionFailedError(KuklaError):
    """The server was not reached, or the connection broke."""

    kind: ErrorKind = "unavailable"

    def __init__(self, message: str, *, was_made: bool) -> None:
        super().__init__(message)
        self.was_made = was_made
        """Whether there was a connection; without one, nothing can have been done."""


class AnswerError(KuklaError):
    """The server's answer is not what the contract says."""


class ImportEndedError(KuklaError):
    """An import ended before its input did; lines up to the last progress are on disk."""

    def __init__(self, line: int, code: str, detail: str) -> None:
        super().__init__(f"the import ended at line {line}: {detail} ({code})")
        self.line = line
        self.code: str = code
        self.detail = detail
        self.kind = _kind_of_code(code)


class ProblemError(KuklaError):
    """The server refused the request, or could not carry it out (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        """The HTTP status."""
        self.code: str = str(problem.get("code") or "unknown")
        """A stable word to match on."""
        self.type: str = str(problem.get("type") or f"urn:kukla:problem:{self.code}")
        self.title: str = str(problem.get("title") or _phrase(status))
        """What the code means, the same for every occurrence."""
        self.detail: str = str(problem.get("detail") or f"the server answered {status}")
        """What was found, what was expected and what to do; for people."""
        self.field: str | None = problem.get("field")
        """The part of the request at fault."""
        self.retry_after_ms: int | None = problem.get("retry_after_ms")
        """When to try again, in milliseconds."""
        super().__init__(f"{self.detail} ({self.code})")


class InvalidError(ProblemError):
    """Fix the request."""

    kind: ErrorKind = "invalid"


class ForbiddenError(ProblemError):
    """Send a key, or one that allows it."""

    kind: ErrorKind = "forbidden"


class NotFoundError(ProblemError):
    """Create it or correct the name."""

    kind: ErrorKind = "not_found"


class ConflictError(ProblemError):
    """Read again, then decide."""

    kind: ErrorKind = "conflict"


class OverloadedError(ProblemError):
    """Try again after the stated delay; the client has already tried."""

    kind: ErrorKind = "overloaded"


class UnavailableError(ProblemError):
    """Try again later and tell the operator."""

    kind: ErrorKind = "unavailable"


class ServerError(ProblemError):
    """A fault of the server's; report it."""

    kind: ErrorKind = "server"


_CLASSES: dict[int, type[ProblemError]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: OverloadedError,
    503: UnavailableError,
}


def problem_of(status: int, body: bytes, retry_after: str | None) -> ProblemError:
    """Reads our error body or OpenAI's, or makes an error of what is there."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    problem: dict[str, Any] = found if isinstance(found, dict) else {}
    inner = problem.get("error")
    if isinstance(inner, dict):
        problem = {
            "code": inner.get("code"),
            "detail": inner.get("message"),
            "field": inner.get("param"),
        }
    if problem.get("retry_after_ms") is None and retry_after is not None and retry_after.isdigit():
        problem["retry_after_ms"] = int(retry_after) * 1_000
    is_refused = 400 <= status < 500
    return _CLASSES.get(status, InvalidError if is_refused else ServerError)(status, problem)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"


def _kind_of_code(code: str) -> ErrorKind:
    if code in ("shutting_down", "collection_poisoned", "io", "timeout", "model_unavailable"):
        return "unavailable"
    return "server" if code in ("internal", "corrupt") else "invalid"

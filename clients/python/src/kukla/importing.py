"""Imports: lines are sent a segment at a time, and a cut is resumed after what was acknowledged.

A segment is one streamed request. What the server has not acknowledged is kept until it has, so
that an import survives a refused request, a broken connection and a server that starts again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import AnswerError, ConnectionFailedError, ImportEndedError, KuklaError
from .models import ImportFault, ImportProgress, UpsertPoint
from .transport import ClientOptions, Retries, json_of, may_retry

ANSWER_LINE_BYTES_MAX = 1 << 20
"""The longest line of an answer; the server's are a few hundred bytes."""

CODES_RESUMED = ("shutting_down", "timeout", "overloaded", "model_unavailable")
"""What ended an import in a way that trying again can help."""

Line = UpsertPoint | Mapping[str, Any] | str | bytes
"""A point, or a line of JSON that is one."""


@dataclass(frozen=True)
class ImportSummary:
    """What an import did."""

    lines: int
    """Lines dealt with, from the first of the input, skipped ones included."""
    upserted: int
    """Points inserted or replaced."""
    failed: int
    """Bad lines."""
    sequence: int
    """The last write's sequence number."""
    is_done: bool
    """Whether the whole input was dealt with; false when a bad line stopped it, as asked."""


def line_of(line: Line) -> bytes:
    """One line with its end."""
    if isinstance(line, Mapping):
        return json_of(line) + b"\n"
    text = line.encode() if isinstance(line, str) else bytes(line)
    text = text.rstrip(b"\r\n")
    if b"\n" in text:
        raise ValueError("a line of an import has a line end within it; give one point a line")
    return text + b"\n"


class Segmenter:
    """Puts lines together to segments."""

    def __init__(self, options: ClientOptions, resume_from: int) -> None:
        self.options = options
        self.skipped_left = resume_from
        self.lines: list[bytes] = []
        self.size_bytes = 0

    def add(self, line: Line) -> list[bytes] | None:
        """Takes a line; returns the segment before it when the line has no room in it."""
        if self.skipped_left > 0:
            self.skipped_left -= 1
            return None
        text = line_of(line)
        full = None
        if (
            len(self.lines) >= self.options.segment_lines_max
            or self.size_bytes + len(text) > self.options.segment_bytes_max
        ):
            full = self.rest()
        self.lines.append(text)
        self.size_bytes += len(text)
        return full

    def rest(self) -> list[bytes] | None:
        """The lines that are left, if there are some."""
        lines, self.lines, self.size_bytes = self.lines, [], 0
        return lines or None


class Import:
    """The state of one import: what is sent, what is acknowledged, what comes back."""

    def __init__(
        self,
        options: ClientOptions,
        resume_from: int,
        on_progress: Callable[[ImportProgress], None] | None,
        on_fault: Callable[[ImportFault], None] | None,
    ) -> None:
        self.options = options
        self.on_progress = on_progress
        self.on_fault = on_fault
        self.pending: list[bytes] = []
        self.lines = resume_from
        self.upserted = 0
        self.failed = 0
        self.sequence = 0
        self.is_stopped = False
        self.retries = Retries(options)

    def begin_segment(self, lines: list[bytes]) -> None:
        """Takes the next lines to send."""
        self.pending = lines
        self.retries = Retries(self.options)

    def begin_request(self) -> bytes:
        """Everything that is not acknowledged, as a body."""
        self._base = (self.lines, self.upserted, self.failed)
        self._buffer = b""
        self._faults: list[ImportFault] = []
        self._done: bool | None = None
        return b"".join(self.pending)

    def take(self, data: bytes) -> None:
        """Takes a part of the answer."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
            try:
                self._take_line(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise AnswerError(
                    f"a line of the import's answer is not understood: {error}"
                ) from error
        if len(self._buffer) > ANSWER_LINE_BYTES_MAX:
            raise AnswerError(f"the answer has a line of more than {ANSWER_LINE_BYTES_MAX} bytes")

    def _take_line(self, line: dict[str, Any]) -> None:
        lines, upserted, failed = self._base
        if "line" in line:
            fault: ImportFault = {
                "line": lines + int(line["line"]),
                "code": line["code"],
                "detail": line["detail"],
            }
            if line.get("field") is not None:
                fault["field"] = line["field"]
            self._faults.append(fault)
            return
        acknowledged = lines + int(line["lines"])
        if not self.lines <= acknowledged <= self.lines + len(self.pending):
            raise ValueError(f"{line['lines']} lines are acknowledged that were not sent")
        if acknowledged > self.lines:
            self.retries = Retries(self.options)
        del self.pending[: acknowledged - self.lines]
        self.lines = acknowledged
        self.upserted = upserted + int(line["upserted"])
        self.failed = failed + int(line["failed"])
        self.sequence = max(self.sequence, int(line["sequence"]))
        self._done = line.get("done")
        self._tell()

    def _tell(self) -> None:
        """Tells what is certain: a fault of a line that is not acknowledged may come again."""
        certain = [fault for fault in self._faults if fault["line"] <= self.lines]
        self._faults = [fault for fault in self._faults if fault["line"] > self.lines]
        for fault in certain:
            if self.on_fault is not None:
                self.on_fault(fault)
        if self.on_progress is not None:
            self.on_progress(
                {
                    "lines": self.lines,
                    "upserted": self.upserted,
                    "failed": self.failed,
                    "sequence": self.sequence,
                }
            )

    def end_request(self) -> None:
        """Judges an answer that came to its end."""
        if self._done is None:
            raise ConnectionFailedError("the answer ended before the import did", was_made=True)
        if self._done:
            if self.pending:
                raise AnswerError(f"{len(self.pending)} lines were sent and not dealt with")
            return
        if self._faults:
            fault = self._faults[-1]
            raise ImportEndedError(fault["line"], fault["code"], fault["detail"])
        self.is_stopped = True
        self.pending = []

    def pause_s(self, error: KuklaError) -> float | None:
        """How long to wait before what is not acknowledged is sent again; none to give up.

        Here a broken connection is resumed, too: sending a line twice does what sending it once
        does, except where it has `if_sequence`, whose second answer is a conflict.
        """
        if isinstance(error, ConnectionFailedError):
            error = ConnectionFailedError(str(error), was_made=False)
        if isinstance(error, ImportEndedError) and error.code in CODES_RESUMED:
            error = ConnectionFailedError(str(error), was_made=False)
        return self.retries.pause_s(error) if may_retry(error) else None

    def summary(self) -> ImportSummary:
        """What was done so far."""
        return ImportSummary(
            lines=self.lines,
            upserted=self.upserted,
            failed=self.failed,
            sequence=self.sequence,
            is_done=not self.is_stopped,
        )

"""A server that answers from a script, for what a real one does only when it is in trouble."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass
class Reply:
    """One answer. `is_cut`: the connection breaks after the body, before the answer's end."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False


@dataclass
class Seen:
    """One request that came in."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


class ScriptedServer:
    """Gives one reply after the other, and keeps what it was asked."""

    def __init__(self, *replies: Reply | Callable[[Seen], Reply]) -> None:
        self.replies = list(replies)
        self.seen: list[Seen] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                size = int(self.headers.get("content-length", "0"))
                seen = Seen(
                    self.command,
                    self.path,
                    self.rfile.read(size),
                    {name.lower(): value for name, value in self.headers.items()},
                )
                outer.seen.append(seen)
                reply = outer.replies.pop(0)
                outer.send(self, reply if isinstance(reply, Reply) else reply(seen))

            do_GET = do_PUT = do_POST = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        """Writes a reply; a list is written as lines of JSON."""
        lines = [reply.body] if not isinstance(reply.body, list) else reply.body
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body) + (1 if reply.is_cut else 0)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if reply.is_cut:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

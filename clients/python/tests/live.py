"""Starts a real `kukla serve` on a free loopback port with a data folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from kukla import Client, ClientOptions, KuklaError

REPOSITORY = Path(__file__).resolve().parents[3]
START_S_MAX = 60.0


def binary() -> Path:
    """The server's program: KUKLA_BINARY, or the release build's."""
    built = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release/kukla"
    path = Path(os.environ.get("KUKLA_BINARY", built))
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; run `make build`, or set KUKLA_BINARY")
    return path


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Server:
    """A running server; stopped, and its folder removed, when it is closed."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self.settings = settings or {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="kukla-clients-")
        self.start()

    def start(self) -> None:
        """Starts the process and waits until it is ready."""
        log = Path(self.folder.name) / "log"
        arguments = ["serve", "--listen", f"127.0.0.1:{self.port}", "--data"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [binary(), *arguments, Path(self.folder.name) / "data"],
                stdout=output,
                stderr=output,
                env={**os.environ, **self.settings},
            )
        deadline = time.monotonic() + START_S_MAX
        with Client(self.url, ClientOptions(retries_max=0)) as client:
            while True:
                try:
                    client.ready()
                    return
                except KuklaError as error:
                    ended = self.process.poll()
                    if ended is not None or time.monotonic() > deadline:
                        self.kill()
                        text = log.read_text(errors="replace")
                        raise RuntimeError(f"the server did not start ({ended}): {text}") from error
                time.sleep(0.02)

    def kill(self) -> None:
        """Ends the process as `kill -9` does; what was acknowledged is on disk."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Ends the process and removes its folder."""
        self.kill()
        self.folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

"""Starts `kukla serve` on a free port with the built-in model, and stops it."""

import contextlib
import os
import pathlib
import subprocess
import uuid

import pytest
from qdrant_client import QdrantClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = "built-in"


def program():
    """The server's binary: KUKLA_BINARY, or the one that `make build` makes."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return os.environ.get("KUKLA_BINARY", str(target / "release" / "kukla"))


@contextlib.contextmanager
def serving(folder, **settings):
    """A server with its data in `folder`; settings are variables of its environment."""
    command = [program(), "serve", "--listen", "127.0.0.1:0", "--data", str(folder / "data")]
    with open(folder / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **settings},
        )
    try:
        first = process.stdout.readline()
        assert "http://" in first, (folder / "log").read_text(encoding="utf-8")
        yield first.split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    """The address of a running server."""
    with serving(tmp_path_factory.mktemp("kukla")) as url:
        yield url


@pytest.fixture(scope="session")
def client(url):
    """Qdrant's own client; `cloud_inference` sends documents to the server as they are."""
    client = QdrantClient(url=url, prefer_grpc=False, cloud_inference=True)
    yield client
    client.close()


@pytest.fixture
def name():
    """A collection's name that nobody else uses."""
    return f"c-{uuid.uuid4()}"

"""One server for all tests; each test uses collections of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live import Server

from kukla import Client


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with the built-in model."""
    with Server() as found:
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client of it."""
    with Client(server.url) as found:
        yield found


@pytest.fixture
def collection(client: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a collection that does not exist yet; deleted after the test."""
    name = "test-" + "".join(c if c.isalnum() else "-" for c in request.node.name)[:50]
    yield name
    if name in [found["name"] for found in client.collections()]:
        client.delete_collection(name)

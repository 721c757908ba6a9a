"""Keys, as a server with keys asks for them."""

from __future__ import annotations

import subprocess

import pytest
from live import Server, binary

from kukla import Client, ClientOptions, ForbiddenError


def made(name: str, *options: str) -> tuple[str, str]:
    """A new key, and the line that tells the server of it."""
    command = [str(binary()), "key", name, *options]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = next(line for line in run.stderr.splitlines() if "kukla_" in line)
    return shown[shown.index("kukla_") :].strip(), run.stdout.strip()


def test_a_key_opens_what_it_is_for() -> None:
    reader, reader_line = made("reader", "--role", "read", "--collections", "docs")
    admin, admin_line = made("admin", "--role", "admin")
    with Server({"KUKLA__KEYS__LINES": f"{reader_line};{admin_line}"}) as server:
        with Client(server.url, ClientOptions(api_key=admin)) as client:
            client.create_collection("docs", model=None, dimensions=1, distance="dot")
            client.create_collection("others", model=None, dimensions=1, distance="dot")
        with Client(server.url, ClientOptions(api_key=f"{reader}\n")) as client:
            assert client.count("docs") == 0
            assert [found["name"] for found in client.collections()] == ["docs"]
            with pytest.raises(ForbiddenError) as caught:
                client.upsert("docs", [{"id": 1, "vector": [1.0]}])
            assert (caught.value.status, caught.value.code) == (403, "role_insufficient")
            with pytest.raises(ForbiddenError) as caught:
                client.count("others")
            assert caught.value.code == "collection_forbidden"
        with Client(server.url) as client, pytest.raises(ForbiddenError) as caught:
            client.collections()
        assert (caught.value.status, caught.value.code) == (401, "key_missing")
        assert caught.value.kind == "forbidden"

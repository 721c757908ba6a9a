"""The official Python client of the Model Context Protocol against a running server."""

import asyncio

import pytest
from conftest import serving
from mcp import Client, MCPError
from qdrant_client import QdrantClient, models

MODES = ["auto", "legacy"]


@pytest.fixture(scope="module")
def writable(tmp_path_factory):
    """The address of a server whose tools may write."""
    with serving(tmp_path_factory.mktemp("mcp"), KUKLA__MCP__ALLOW_WRITES="true") as url:
        yield url


def run(url, use, mode="auto"):
    """Connects, introduces itself and makes the calls of `use`."""

    async def connected():
        async with Client(f"{url}/mcp", mode=mode) as client:
            return await use(client)

    return asyncio.run(connected())


def answered(result):
    """What a tool answered, which must not be an error."""
    assert not result.is_error, result
    return result.structured_content


@pytest.mark.parametrize("mode", MODES)
def test_it_introduces_itself_and_lists_tools_that_only_read(url, mode):
    async def use(client):
        return client.server_info, client.instructions, (await client.list_tools()).tools

    info, instructions, tools = run(url, use, mode)
    assert info.name == "kukla"
    assert "list_collections" in instructions
    assert [tool.name for tool in tools] == ["list_collections", "search", "get"]
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert all(tool.input_schema["type"] == "object" for tool in tools)


def test_points_are_found_and_read(url, client, name):
    client.create_collection(name, vectors_config={})
    texts = {1: "The cat sat on the mat.", 2: "Reset your password on the account page."}
    points = [
        models.PointStruct(
            id=key,
            vector=models.Document(text=text, model="built-in"),
            payload={"lang": "en", "n": key},
        )
        for key, text in texts.items()
    ]
    client.upsert(name, points, wait=True)

    async def use(tools):
        listed = answered(await tools.call_tool("list_collections", {}))
        assert name in [found["name"] for found in listed["collections"]]
        question = {"collection": name, "query": "how do I change my password?", "limit": 1}
        hits = answered(await tools.call_tool("search", question))["hits"]
        assert [hit["id"] for hit in hits] == [2]
        only = {"must": [{"key": "n", "match": {"value": 1}}]}
        hits = answered(await tools.call_tool("search", {**question, "filter": only}))["hits"]
        assert [hit["id"] for hit in hits] == [1]
        got = answered(await tools.call_tool("get", {"collection": name, "ids": [1, 9]}))
        assert got["points"][0]["text"] == texts[1]
        assert got["points"][0]["payload"] == {"lang": "en", "n": 1}
        assert got["missing"] == [9]
        refused = await tools.call_tool("search", {"collection": "absent", "query": "x"})
        assert refused.is_error
        assert refused.structured_content["code"] == "collection_not_found"

    run(url, use)


def test_writing_is_refused_unless_it_is_allowed(url, writable, client, name):
    client.create_collection(name, vectors_config={})
    point = {"collection": name, "points": [{"id": "a", "text": "a cat"}]}

    async def refused(tools):
        with pytest.raises(MCPError, match="there is no tool `upsert`"):
            await tools.call_tool("upsert", point)

    run(url, refused)
    assert client.count(name).count == 0

    async def allowed(tools):
        assert "upsert" in [tool.name for tool in (await tools.list_tools()).tools]
        missing = await tools.call_tool("upsert", point)
        assert missing.structured_content["code"] == "collection_not_found"

    run(writable, allowed)


def test_what_is_written_is_found(writable, name):
    there = QdrantClient(url=writable, prefer_grpc=False, cloud_inference=True)
    there.create_collection(name, vectors_config={})

    async def use(tools):
        points = [{"id": "a", "text": "a cat"}, {"id": "b", "text": "a volcano erupts"}]
        asked = {"collection": name, "points": points}
        assert answered(await tools.call_tool("upsert", asked))["upserted"] == 2
        question = {"collection": name, "query": "lava", "limit": 1}
        hits = answered(await tools.call_tool("search", question))["hits"]
        assert [hit["id"] for hit in hits] == ["b"]

    run(writable, use)
    there.close()

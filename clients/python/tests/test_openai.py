"""OpenAI's facade, through OpenAI's own client and through LangChain's."""

from __future__ import annotations

import math
from collections.abc import Iterator

import openai
import pytest
from langchain_openai import OpenAIEmbeddings
from live import Server
from pydantic import SecretStr

from kukla import Client

TEXTS = ["The cat sat on the mat.", "Interest rates rose."]


@pytest.fixture
def facade(server: Server) -> Iterator[openai.OpenAI]:
    """OpenAI's client, told where to ask."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as found:
        yield found


def test_texts_are_embedded_as_our_own_client_does(facade: openai.OpenAI, client: Client) -> None:
    answer = facade.embeddings.create(model="built-in", input=TEXTS)
    own = client.embed(TEXTS)
    assert [item.index for item in answer.data] == [0, 1]
    for item, wanted in zip(answer.data, own["data"], strict=True):
        # OpenAI's client asks for base64 by itself.
        assert item.embedding == pytest.approx(wanted["embedding"], abs=1e-6)
    assert answer.usage.total_tokens == own["usage"]["total_tokens"]
    assert answer.model == "built-in"


def test_dimensions_and_format_are_taken(facade: openai.OpenAI) -> None:
    answer = facade.embeddings.create(
        model="built-in", input=TEXTS[0], dimensions=64, encoding_format="float"
    )
    numbers = answer.data[0].embedding
    assert len(numbers) == 64
    assert math.hypot(*numbers) == pytest.approx(1.0, abs=1e-4)


def test_a_question_may_be_told_from_a_document(facade: openai.OpenAI, client: Client) -> None:
    answer = facade.embeddings.create(
        model="built-in", input=TEXTS[0], extra_body={"input_type": "query"}
    )
    assert len(answer.data[0].embedding) == client.models()[0]["dimensions"]


@pytest.mark.parametrize("tokens", [[1, 2, 3], [[1, 2, 3], [4]]])
def test_token_ids_are_refused_with_what_to_set(facade: openai.OpenAI, tokens: list[int]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        facade.embeddings.create(model="built-in", input=tokens)
    assert caught.value.code == "token_ids"
    assert caught.value.param == "input[0]"
    assert caught.value.type == "invalid_request_error"
    assert "check_embedding_ctx_length=False" in str(caught.value)


def test_errors_are_of_openais_kinds(facade: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        facade.embeddings.create(model="text-embedding-3-small", input="a")
    assert caught.value.code == "model_not_loaded"
    with pytest.raises(openai.BadRequestError) as caught:
        facade.embeddings.create(model="built-in", input="a", dimensions=47)
    assert caught.value.code == "dimensions_not_offered"


def test_models_are_listed(facade: openai.OpenAI) -> None:
    assert [model.id for model in facade.models.list()] == ["built-in"]


async def test_langchain_embeds_texts(server: Server, client: Client) -> None:
    embeddings = OpenAIEmbeddings(
        model="built-in",
        base_url=f"{server.url}/v1",
        api_key=SecretStr("unused"),
        check_embedding_ctx_length=False,
    )
    own = [item["embedding"] for item in client.embed(TEXTS)["data"]]
    assert embeddings.embed_query(TEXTS[0]) == pytest.approx(own[0], abs=1e-6)
    for vectors in (embeddings.embed_documents(TEXTS), await embeddings.aembed_documents(TEXTS)):
        for found, wanted in zip(vectors, own, strict=True):
            assert found == pytest.approx(wanted, abs=1e-6)

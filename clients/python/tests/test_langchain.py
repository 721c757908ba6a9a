"""LangChain's own tests of vector stores and retrievers, and what they do not ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import (
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from live import Server

from kukla import AsyncClient, Client, NotFoundError
from kukla.adapting import BYTES_MAX, POINTS_MAX, most_diverse, upsert_all
from kukla.langchain import KuklaRetriever, KuklaVectorStore

TEXTS = [
    "The cat sat on the mat.",
    "The central bank raised interest rates.",
    "Waves broke on the beach.",
    "A kitten slept on the carpet.",
]


class TestStoreWithEmbedding(VectorStoreIntegrationTests):
    """Vectors are made here."""

    @pytest.fixture
    def vectorstore(self, client: Client, collection: str) -> KuklaVectorStore:
        return KuklaVectorStore.create(client, collection, self.get_embeddings())


class TestStoreWithModel(VectorStoreIntegrationTests):
    """The server's model makes the vectors."""

    @pytest.fixture
    def vectorstore(self, client: Client, collection: str) -> KuklaVectorStore:
        return KuklaVectorStore.create(client, collection)


class TestHybridStore(VectorStoreIntegrationTests):
    """Both rankings at once."""

    @pytest.fixture
    def vectorstore(self, client: Client, collection: str) -> KuklaVectorStore:
        return KuklaVectorStore.create(client, collection, mode="hybrid", wait="searchable")


class TestRetriever(RetrieversIntegrationTests):
    """The retriever over a collection with four documents."""

    @pytest.fixture(autouse=True)
    def _documents(self, client: Client, collection: str) -> None:
        KuklaVectorStore.create(client, collection, wait="searchable").add_texts(TEXTS)
        self.client, self.collection = client, collection

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return KuklaRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"client": self.client, "collection": self.collection}

    @property
    def retriever_query_example(self) -> str:
        return "a cat on a mat"


@pytest.fixture
def store(client: Client, collection: str) -> KuklaVectorStore:
    """A store with four documents."""
    found = KuklaVectorStore.create(client, collection, wait="searchable")
    found.add_texts(TEXTS, [{"n": index} for index in range(4)], ids=list("abcd"))
    return found


def test_metadata_filters_what_is_found(store: KuklaVectorStore) -> None:
    wanted = {"must": [{"key": "n", "range": {"gte": 1}}]}
    found = store.similarity_search("a cat", k=1, filter=wanted)
    assert [document.id for document in found] == ["d"]
    assert found[0] == Document(id="d", page_content=TEXTS[3], metadata={"n": 3})


def test_words_are_found_in_text_mode(store: KuklaVectorStore) -> None:
    found = store.similarity_search("interest rates", k=4, mode="text")
    assert [document.id for document in found] == ["b"]


def test_relevance_is_bounded_for_vectors_only(store: KuklaVectorStore) -> None:
    found = store.similarity_search_with_relevance_scores("The cat sat on the mat.", k=4)
    scores = [score for _, score in found]
    assert found[0][0].id == "a"
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)
    store.mode = "hybrid"
    with pytest.raises(ValueError, match="no bounds"):
        store.similarity_search_with_relevance_scores("cat")


def test_diverse_documents_are_not_alike(store: KuklaVectorStore) -> None:
    def ids(closeness: float) -> list[str | None]:
        found = store.max_marginal_relevance_search(
            "a cat on a mat", k=2, fetch_k=4, lambda_mult=closeness
        )
        return [document.id for document in found]

    assert ids(1.0) == ["a", "d"]
    assert ids(0.1)[0] == "a"
    assert ids(0.1)[1] in ("b", "c")


def test_a_vector_finds_what_its_text_finds(client: Client, collection: str) -> None:
    embedding = DeterministicFakeEmbedding(size=12)
    store = KuklaVectorStore.from_texts(
        TEXTS, embedding, client=client, collection=collection, distance="euclid"
    )
    assert store.embeddings is embedding
    vector = embedding.embed_query(TEXTS[2])
    assert store.similarity_search_by_vector(vector, k=1)[0].page_content == TEXTS[2]
    assert store.similarity_search_with_relevance_scores(TEXTS[2], k=1)[0][1] == pytest.approx(1.0)
    assert store.max_marginal_relevance_search(TEXTS[2], k=1)[0].page_content == TEXTS[2]


def test_everything_can_be_deleted(store: KuklaVectorStore) -> None:
    assert store.delete()
    assert store.client.count(store.collection) == 0


def test_lists_of_other_lengths_are_refused(store: KuklaVectorStore) -> None:
    with pytest.raises(ValueError, match="2 texts, 1 metadatas and 2 ids"):
        store.add_texts(["a", "b"], [{}])


def test_a_collection_that_is_not_there_is_an_error(client: Client) -> None:
    with pytest.raises(NotFoundError):
        KuklaVectorStore(client, "langchain-absent").similarity_search("a")


@pytest.fixture
async def async_client(server: Server) -> AsyncIterator[AsyncClient]:
    """A client that awaits."""
    async with AsyncClient(server.url) as found:
        yield found


async def test_a_retriever_awaits_and_gives_chunks(
    store: KuklaVectorStore, async_client: AsyncClient
) -> None:
    long = " ".join(f"Sentence {number} says nothing." for number in range(200))
    penguins = "Penguins live in Antarctica. " * 30
    store.add_texts([f"{long} {penguins} {long}"], ids=["long"])
    retriever = KuklaRetriever(
        client=store.client,
        async_client=async_client,
        collection=store.collection,
        k=1,
        content="chunk",
    )
    found = await retriever.ainvoke("Where do penguins live?")
    assert [document.id for document in found] == ["long"]
    assert "Penguins" in found[0].page_content
    assert len(found[0].page_content) < 2_000
    span = found[0].metadata["_chunk"]
    assert span["end"] - span["start"] == len(found[0].page_content)
    assert found[0].metadata["_score"] > 0


def test_many_points_are_written_in_bounded_requests(
    client: Client, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.create_collection(collection, model=None, dimensions=1, distance="dot")
    sizes: list[int] = []
    upsert = client.upsert

    def counted(name: str, points: Any, **options: Any) -> Any:
        sizes.append(len(points))
        return upsert(name, points, **options)

    monkeypatch.setattr(client, "upsert", counted)
    small: Any = [{"id": number, "vector": [1.0]} for number in range(POINTS_MAX + 1)]
    upsert_all(client, collection, small, "durable")
    text = "long " * (BYTES_MAX // 45)
    large: Any = [{"id": number, "vector": [1.0], "text": text} for number in range(11)]
    upsert_all(client, collection, large, "durable")
    assert sizes == [POINTS_MAX, 1, 8, 3]
    assert client.count(collection) == POINTS_MAX + 1


def test_diversity_weighs_closeness_against_likeness() -> None:
    vectors = [[1.0, 0.0], [1.0, 0.01], [0.7, 0.7], [0.0, 1.0], [0.0, 0.0]]
    assert most_diverse([1.0, 0.0], vectors, 3, 1.0) == [0, 1, 2]
    assert most_diverse([1.0, 0.0], vectors, 2, 0.4) == [0, 3]
    assert most_diverse([1.0, 0.0], vectors, 9, 0.5)[0] == 0
    assert sorted(most_diverse([1.0, 0.0], vectors, 9, 0.5)) == [0, 1, 2, 3, 4]
    assert most_diverse([1.0, 0.0], [], 3, 0.5) == []

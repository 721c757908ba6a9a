"""LangChain's own Qdrant store, unmodified, against a running server."""

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_qdrant import QdrantVectorStore
from qdrant_client import models

WORDS = ["cat", "dog", "fish", "bird"]


class Counting(Embeddings):
    """A vector of how often each word is there: embeddings without a model."""

    def embed_query(self, text):
        return [text.count(word) + 0.01 for word in WORDS]

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]


@pytest.fixture
def store(url, name):
    documents = [
        Document(page_content="cat cat dog", metadata={"kind": "land", "year": 2020}),
        Document(page_content="fish", metadata={"kind": "sea", "year": 2021}),
        Document(page_content="bird bird cat", metadata={"kind": "air", "year": 2022}),
    ]
    return QdrantVectorStore.from_documents(documents, Counting(), url=url, collection_name=name)


def test_search(store):
    found = store.similarity_search_with_score("cat", k=2)
    assert [document.page_content for document, _ in found] == ["cat cat dog", "bird bird cat"]
    assert found[0][1] > found[1][1]
    sea = models.FieldCondition(key="metadata.kind", match=models.MatchValue(value="sea"))
    found = store.similarity_search("cat", filter=models.Filter(must=[sea]))
    assert [document.metadata["year"] for document in found] == [2021]
    retriever = store.as_retriever(search_kwargs={"k": 1})
    assert retriever.invoke("fish")[0].page_content == "fish"


def test_add_get_delete(store):
    added = store.add_texts(["dog dog"], metadatas=[{"kind": "land"}])
    assert store.similarity_search("dog", k=1)[0].page_content == "dog dog"
    assert store.get_by_ids(added)[0].metadata["kind"] == "land"
    assert store.delete(added)
    assert store.similarity_search("dog", k=1)[0].page_content == "cat cat dog"
    assert store.get_by_ids(added) == []


def test_an_existing_collection(store, url, name):
    again = QdrantVectorStore.from_existing_collection(name, Counting(), url=url)
    assert again.similarity_search("fish", k=1)[0].metadata["kind"] == "sea"

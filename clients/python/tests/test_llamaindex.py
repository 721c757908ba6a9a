"""The LlamaIndex vector store, alone and under an index."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core import MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from kukla import Client
from kukla.llamaindex import KuklaVectorStore

OPERATORS: list[tuple[str, Any, FilterOperator, list[str]]] = [
    ("year", 2000, FilterOperator.EQ, ["b"]),
    ("year", 2000, FilterOperator.NE, ["a", "c"]),
    ("year", 2000, FilterOperator.GT, ["c"]),
    ("year", 2000, FilterOperator.GTE, ["b", "c"]),
    ("year", 2000, FilterOperator.LT, ["a"]),
    ("year", 2000, FilterOperator.LTE, ["a", "b"]),
    ("lang", ["en", "fr"], FilterOperator.IN, ["a", "c"]),
    ("lang", ["en"], FilterOperator.NIN, ["b", "c"]),
    ("tags", ["x"], FilterOperator.ANY, ["a", "b"]),
    ("tags", ["x", "y"], FilterOperator.ALL, ["a"]),
    ("tags", "y", FilterOperator.CONTAINS, ["a"]),
    ("tags", None, FilterOperator.IS_EMPTY, ["c"]),
]


def node(name: str, vector: list[float], text: str, **metadata: Any) -> TextNode:
    """A node of a document of its own."""
    source = RelatedNodeInfo(node_id=f"document-{name}")
    return TextNode(
        id_=name,
        text=text,
        embedding=vector,
        metadata=metadata,
        relationships={NodeRelationship.SOURCE: source},
    )


@pytest.fixture
def store(client: Client, collection: str) -> KuklaVectorStore:
    """A store with three nodes."""
    found = KuklaVectorStore(client, collection, wait="searchable")
    nodes = [
        node("a", [1.0, 0.0], "The cat sat on the mat.", year=1999, lang="en", tags=["x", "y"]),
        node("b", [0.0, 1.0], "Interest rates rose.", year=2000, lang="de", tags=["x"]),
        node("c", [0.9, 0.1], "A kitten slept.", year=2001, lang="fr"),
    ]
    assert found.add(nodes) == ["a", "b", "c"]
    return found


def ids(store: KuklaVectorStore, **query: Any) -> list[str]:
    """The ids that a query finds, in their order."""
    return store.query(VectorStoreQuery(**query)).ids or []


def test_the_closest_nodes_come_back_whole(store: KuklaVectorStore) -> None:
    result = store.query(VectorStoreQuery(query_embedding=[1.0, 0.0], similarity_top_k=2))
    assert result.ids == ["a", "c"]
    assert result.similarities == pytest.approx([1.0, 0.9939], abs=1e-3)
    assert result.nodes is not None
    found = result.nodes[0]
    assert isinstance(found, TextNode)
    assert (found.text, found.ref_doc_id) == ("The cat sat on the mat.", "document-a")
    assert found.metadata == {"year": 1999, "lang": "en", "tags": ["x", "y"]}


def test_modes_choose_the_rankings(store: KuklaVectorStore) -> None:
    vector = {"query_embedding": [1.0, 0.0], "similarity_top_k": 3}
    words = {"query_str": "interest rates"}
    mode = VectorStoreQueryMode
    assert ids(store, **words, mode=mode.TEXT_SEARCH) == ["b"]
    assert ids(store, **words, mode=mode.SPARSE) == ["b"]
    assert ids(store, **vector, **words, mode=mode.HYBRID, alpha=0.99)[0] == "a"
    assert ids(store, **vector, **words, mode=mode.HYBRID, alpha=0.1)[0] == "b"
    assert ids(store, **vector, **words, mode=mode.HYBRID, alpha=0.0) == ["b"]
    assert ids(store, **vector, **words, mode=mode.HYBRID, alpha=1.0) == ["a", "c", "b"]
    assert len(ids(store, **vector, **words, mode=mode.HYBRID, hybrid_top_k=1)) == 1
    diverse = {"query_embedding": [1.0, 0.2], "similarity_top_k": 2, "mode": mode.MMR}
    assert ids(store, **diverse, mmr_threshold=1.0) == ["c", "a"]
    assert ids(store, **diverse, mmr_threshold=0.1) == ["c", "b"]
    with pytest.raises(ValueError, match="svm"):
        ids(store, **vector, mode=mode.SVM)


@pytest.mark.parametrize(("key", "value", "operator", "wanted"), OPERATORS)
def test_an_operator_finds_what_it_says(
    store: KuklaVectorStore, key: str, value: Any, operator: FilterOperator, wanted: list[str]
) -> None:
    filters = MetadataFilters(filters=[MetadataFilter(key=key, value=value, operator=operator)])
    assert sorted(found.node_id for found in store.get_nodes(filters=filters)) == wanted
    query = {"query_embedding": [1.0, 0.0], "similarity_top_k": 3, "filters": filters}
    assert sorted(ids(store, **query)) == wanted


def test_groups_nest(store: KuklaVectorStore) -> None:
    def filters(condition: FilterCondition) -> MetadataFilters:
        first = MetadataFilter(key="year", value=1999)
        last = MetadataFilter(key="year", value=2001)
        inner = MetadataFilters(filters=[first, last], condition=condition)
        return MetadataFilters(filters=[inner, MetadataFilters(filters=[])])

    for condition, wanted in [("or", ["a", "c"]), ("not", ["b"]), ("and", [])]:
        found = store.get_nodes(filters=filters(FilterCondition(condition)))
        assert sorted(one.node_id for one in found) == wanted, condition


def test_what_cannot_be_asked_is_refused(store: KuklaVectorStore) -> None:
    for operator, value, word in [
        (FilterOperator.TEXT_MATCH, "cat", "text_match"),
        (FilterOperator.EQ, None, "is_empty"),
    ]:
        entry = MetadataFilter(key="lang", value=value, operator=operator)
        with pytest.raises(ValueError, match=word):
            store.get_nodes(filters=MetadataFilters(filters=[entry]))


def test_nodes_are_asked_for_by_id_and_by_document(store: KuklaVectorStore) -> None:
    assert [found.node_id for found in store.get_nodes(node_ids=["c", "absent"])] == ["c"]
    query = {"query_embedding": [1.0, 0.0], "similarity_top_k": 3}
    assert ids(store, **query, node_ids=["b"]) == ["b"]
    assert ids(store, **query, doc_ids=["document-c", "document-b"]) == ["c", "b"]


def test_nodes_are_deleted(store: KuklaVectorStore) -> None:
    store.delete("document-a")
    assert [found.node_id for found in store.get_nodes()] == ["b", "c"]
    french = MetadataFilters(filters=[MetadataFilter(key="lang", value="fr")])
    store.delete_nodes(node_ids=["b"], filters=french)
    assert [found.node_id for found in store.get_nodes()] == ["b", "c"]
    store.delete_nodes(filters=french)
    store.delete_nodes(node_ids=["absent"])
    assert [found.node_id for found in store.get_nodes()] == ["b"]
    store.clear()
    assert store.get_nodes() == []


async def test_an_index_is_built_and_asked(client: Client, collection: str) -> None:
    store = KuklaVectorStore(client, collection)
    nodes = [TextNode(id_=f"node-{number}", text=f"text {number}") for number in range(5)]
    embedding = MockEmbedding(embed_dim=4)
    index = VectorStoreIndex(
        nodes,
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=embedding,
    )
    retriever = index.as_retriever(similarity_top_k=3)
    assert len(retriever.retrieve("anything")) == 3
    assert len(await retriever.aretrieve("anything")) == 3
    index.delete_nodes(["node-0"])
    assert client.count(collection) == 4
    again = VectorStoreIndex.from_vector_store(store, embed_model=embedding)
    assert len(again.as_retriever(similarity_top_k=9).retrieve("anything")) == 4

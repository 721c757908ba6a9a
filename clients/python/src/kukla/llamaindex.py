"""LlamaIndex: a vector store. Needs `kukla[llamaindex]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, MetadataMode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)
from llama_index.core.vector_stores.utils import metadata_dict_to_node, node_to_metadata_dict

from . import models
from .adapting import IDS_MAX, most_diverse, pieces, upsert_all
from .client import Client, Wait
from .errors import NotFoundError
from .models import Distance, Filter, Hit, Point, UpsertPoint

NODE_ID = "_node_id"
"""Where a payload keeps the node's id, so that a filter can ask for it."""

MMR_CANDIDATES = 4
"""How many candidates are fetched for each node that maximal marginal relevance takes."""

PAGE_MAX = 1_000
"""Nodes read in one request."""

Clause = models.FilterCondition | Filter


class KuklaVectorStore(BasePydanticVectorStore):
    """Nodes in a collection of vectors; the collection is created when the first node is added.

    Args:
        client: A client of the server.
        collection: The collection's name.
        distance: How closeness is computed, if the collection is created here.
        wait: When a write returns; `searchable` is for searching words right after writing.
    """

    stores_text: bool = True
    collection: str
    distance: Distance = "cosine"
    wait: Wait = "durable"

    _client: Client = PrivateAttr()
    _is_there: bool = PrivateAttr(default=False)

    def __init__(
        self,
        client: Client,
        collection: str,
        *,
        distance: Distance = "cosine",
        wait: Wait = "durable",
    ) -> None:
        fields: dict[str, Any] = {"collection": collection, "distance": distance, "wait": wait}
        super().__init__(stores_text=True, **fields)
        self._client = client

    @classmethod
    def class_name(cls) -> str:
        """The name in LlamaIndex's own records."""
        return "KuklaVectorStore"

    @property
    def client(self) -> Client:
        """The client of the server."""
        return self._client

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Inserts or replaces nodes, which have their embeddings already."""
        if nodes:
            self._create(len(nodes[0].get_embedding()))
        upsert_all(self._client, self.collection, map(_point, nodes), self.wait)
        return [node.node_id for node in nodes]

    def _create(self, dimensions: int) -> None:
        if self._is_there:
            return
        try:
            self._client.collection(self.collection)
        except NotFoundError:
            self._client.create_collection(
                self.collection, model=None, dimensions=dimensions, distance=self.distance
            )
        self._is_there = True

    def get_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """Nodes by id, by filter, or by both."""
        wanted = _filter_of(filters, node_ids=node_ids)
        found: list[BaseNode] = []
        cursor: str | None = None
        while True:
            page = self._client.scroll(
                self.collection, filter=wanted, limit=PAGE_MAX, cursor=cursor
            )
            found += [_node(point) for point in page["points"]]
            cursor = page.get("cursor")
            if cursor is None:
                return found

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Deletes all nodes of a document."""
        clause: Clause = {"key": "doc_id", "match": {"value": ref_doc_id}}
        self._client.delete_matching(self.collection, {"must": [clause]}, wait=self.wait)

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **delete_kwargs: Any,
    ) -> None:
        """Deletes nodes by id, by filter, or by both; nothing given deletes nothing."""
        if filters is not None:
            wanted = _filter_of(filters, node_ids=node_ids)
            self._client.delete_matching(self.collection, wanted, wait=self.wait)
            return
        for piece in pieces(node_ids or [], IDS_MAX):
            self._client.delete_points(self.collection, piece, wait=self.wait)

    def clear(self) -> None:
        """Deletes all nodes; the collection stays."""
        self._client.delete_matching(self.collection, {}, wait=self.wait)

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """Searches by vector, by words, or by both; `recall` may be given besides."""
        request = {**_request(query), **kwargs}
        hits = self._client.search(self.collection, **request)["hits"]
        if query.mode == VectorStoreQueryMode.MMR:
            hits = self._diverse(query, hits)
        return VectorStoreQueryResult(
            nodes=[_node(hit) for hit in hits],
            similarities=[hit["score"] for hit in hits],
            ids=[str(hit["id"]) for hit in hits],
        )

    def _diverse(self, query: VectorStoreQuery, hits: list[Hit]) -> list[Hit]:
        stored = self._client.get_points(
            self.collection, [hit["id"] for hit in hits], include=["vectors"]
        )
        vectors = {str(point["id"]): point["chunks"] or [] for point in stored["points"]}
        # A point may be gone since the search.
        hits = [hit for hit in hits if str(hit["id"]) in vectors]
        closest = [vectors[str(hit["id"])][0]["vector"] for hit in hits]
        closeness = 0.5 if query.mmr_threshold is None else query.mmr_threshold
        places = most_diverse(
            query.query_embedding or [], closest, query.similarity_top_k, closeness
        )
        return [hits[place] for place in places]


def _point(node: BaseNode) -> UpsertPoint:
    payload = node_to_metadata_dict(node, remove_text=True, flat_metadata=False)
    payload[NODE_ID] = node.node_id
    point: UpsertPoint = {"id": node.node_id, "vector": node.get_embedding(), "payload": payload}
    text = node.get_content(metadata_mode=MetadataMode.NONE)
    if text.strip():
        point["text"] = text
    return point


def _node(found: Hit | Point) -> BaseNode:
    return metadata_dict_to_node(found.get("payload") or {}, text=found.get("text") or "")


def _request(query: VectorStoreQuery) -> dict[str, Any]:
    """A search that asks what LlamaIndex asks."""
    limit = query.similarity_top_k
    vector: dict[str, Any] = {"mode": "vector", "vector": query.query_embedding}
    text: dict[str, Any] = {"mode": "text", "query": query.query_str}
    match query.mode:
        case VectorStoreQueryMode.DEFAULT:
            request = vector
        case VectorStoreQueryMode.MMR:
            request = vector
            limit *= MMR_CANDIDATES
        case VectorStoreQueryMode.TEXT_SEARCH | VectorStoreQueryMode.SPARSE:
            request = text
        case VectorStoreQueryMode.HYBRID:
            alpha = 0.5 if query.alpha is None else query.alpha
            weights = {"vector": alpha, "text": 1.0 - alpha}
            both = {**vector, **text, "mode": "hybrid", "fusion": {"weights": weights}}
            request = {0.0: text, 1.0: vector}.get(alpha, both)
            limit = query.hybrid_top_k or limit
        case other:
            raise ValueError(
                f"mode `{other.value}` is not offered; use default, hybrid, sparse, "
                "text_search or mmr"
            )
    # An index gives empty lists where it does not restrict.
    wanted = _filter_of(query.filters, query.node_ids or None, query.doc_ids or None)
    return {**request, "limit": limit, "filter": wanted}


def _filter_of(
    filters: MetadataFilters | None,
    node_ids: list[str] | None = None,
    doc_ids: list[str] | None = None,
) -> Filter:
    must: list[Clause] = []
    if filters is not None and filters.filters:
        must.append(_group(filters))
    if node_ids is not None:
        must.append({"key": NODE_ID, "match": {"any": node_ids}})
    if doc_ids is not None:
        must.append({"key": "doc_id", "match": {"any": doc_ids}})
    return {"must": must}


def _group(filters: MetadataFilters) -> Filter:
    clauses: list[Clause] = [
        _group(entry) if isinstance(entry, MetadataFilters) else _clause(entry)
        for entry in filters.filters
    ]
    match filters.condition:
        case FilterCondition.OR:
            return {"should": clauses}
        case FilterCondition.NOT:
            return {"must_not": clauses}
        case _:
            return {"must": clauses}


def _clause(entry: MetadataFilter) -> Clause:
    key, value = entry.key, entry.value
    values: Any = value if isinstance(value, list) else [value]
    missing: Clause = {"must_not": [{"key": key, "exists": True}]}
    if entry.operator == FilterOperator.IS_EMPTY:
        return missing
    if value is None:
        raise ValueError(f"the filter on `{key}` has no value; ask for it with is_empty")
    equal: Any = {"key": key, "match": {"value": value}}
    match entry.operator:
        case FilterOperator.EQ | FilterOperator.CONTAINS:
            return equal  # type: ignore[no-any-return]
        case FilterOperator.NE:
            return {"must_not": [equal]}
        case FilterOperator.GT | FilterOperator.GTE | FilterOperator.LT | FilterOperator.LTE:
            bound: Any = {entry.operator.name.lower(): value}
            return {"key": key, "range": bound}
        case FilterOperator.IN | FilterOperator.ANY:
            return {"key": key, "match": {"any": values}}
        case FilterOperator.NIN:
            return {"must_not": [{"key": key, "match": {"any": values}}]}
        case FilterOperator.ALL:
            return {"must": [{"key": key, "match": {"value": one}} for one in values]}
        case other:
            raise ValueError(f"operator `{other.value}` is not offered in filters; search by words")

"""LangChain: a vector store and a retriever. Needs `kukla[langchain]`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore

from .adapting import IDS_MAX, most_diverse, pieces, upsert_all
from .client import AsyncClient, Client, Wait
from .models import Distance, Hit, Point, SearchAnswer, SearchMode, UpsertPoint
from .transport import UNSET, given


class KuklaVectorStore(VectorStore):
    """Documents in a collection.

    With `embedding`, texts become vectors here and the collection takes vectors; without it, the
    server's own model embeds them. Metadata is the point's payload, and `filter` is Kukla's.

    Args:
        client: A client of the server.
        collection: A collection that exists; `create` makes one.
        embedding: What makes vectors of texts; none leaves it to the server.
        mode: Which rankings a search uses. Only `vector` has scores that are comparable.
        wait: When a write returns; `searchable` is for searching words right after writing.
    """

    def __init__(
        self,
        client: Client,
        collection: str,
        embedding: Embeddings | None = None,
        *,
        mode: SearchMode = "vector",
        wait: Wait = "durable",
    ) -> None:
        self.client = client
        self.collection = collection
        self.mode: SearchMode = mode
        self.wait: Wait = wait
        self._embedding = embedding
        self._distance: Distance | None = None

    @classmethod
    def create(
        cls,
        client: Client,
        collection: str,
        embedding: Embeddings | None = None,
        *,
        dimensions: int | None = None,
        distance: Distance = "cosine",
        mode: SearchMode = "vector",
        wait: Wait = "durable",
    ) -> KuklaVectorStore:
        """Creates the collection, or finds it if it exists just so.

        Args:
            dimensions: Numbers in a vector; asked of the embedding, or the model's, by default.
            distance: How closeness is computed.
        """
        if embedding is not None:
            length = dimensions or len(embedding.embed_query("dimensions"))
            client.create_collection(collection, model=None, dimensions=length, distance=distance)
        else:
            client.create_collection(collection, dimensions=dimensions or UNSET, distance=distance)
        return cls(client, collection, embedding, mode=mode, wait=wait)

    @property
    def embeddings(self) -> Embeddings | None:
        """What makes vectors of texts, where it is not the server."""
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Inserts or replaces documents; those without an id get one."""
        found = list(texts)
        metadatas = metadatas or [{} for _ in found]
        # Documents without an id come as None among those that have one.
        names = [name or str(uuid.uuid4()) for name in ids or [""] * len(found)]
        if not len(found) == len(metadatas) == len(names):
            raise ValueError(
                f"{len(found)} texts, {len(metadatas)} metadatas and {len(names)} ids were given, "
                "expected as many of each"
            )
        upsert_all(self.client, self.collection, self._points(found, metadatas, names), self.wait)
        return names

    def _points(
        self, texts: list[str], metadatas: list[dict[str, Any]], ids: list[str]
    ) -> Iterable[UpsertPoint]:
        vectors = None if self._embedding is None else self._embedding.embed_documents(texts)
        for index, (text, metadata, name) in enumerate(zip(texts, metadatas, ids, strict=True)):
            point: UpsertPoint = {"id": name, "text": text, "payload": metadata}
            if vectors is not None:
                point["vector"] = vectors[index]
            yield point

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Deletes documents by id, or all of them; that one did not exist is not an error."""
        if ids is None:
            self.client.delete_matching(self.collection, {}, wait=self.wait)
        for piece in pieces(ids or [], IDS_MAX):
            self.client.delete_points(self.collection, piece, wait=self.wait)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Documents that exist, in the order asked for."""
        found: list[Document] = []
        for piece in pieces(ids, IDS_MAX):
            found += [_document(point) for point in self._get(piece)]
        return found

    def _get(self, ids: Sequence[str]) -> list[Point]:
        return self.client.get_points(self.collection, ids)["points"]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The closest documents; `filter`, `mode`, `recall` and `fusion` are passed on."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The same with scores: higher is closer, for every distance."""
        mode = kwargs.pop("mode", self.mode)
        inputs: dict[str, Any] = {}
        if self._embedding is None or mode != "vector":
            inputs["query"] = query
        if self._embedding is not None and mode != "text":
            inputs["vector"] = self._embedding.embed_query(query)
        answer = self._search(k, mode=mode, **inputs, **kwargs)
        return [(_document(hit), hit["score"]) for hit in answer["hits"]]

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, **kwargs: Any
    ) -> list[Document]:
        """The documents closest to a vector."""
        answer = self._search(k, mode="vector", vector=embedding, **kwargs)
        return [_document(hit) for hit in answer["hits"]]

    def _search(self, limit: int, **request: Any) -> SearchAnswer:
        request = {name: value for name, value in request.items() if value is not None}
        return self.client.search(
            self.collection, limit=limit, include=["text", "payload", "chunk"], **request
        )

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[Document]:
        """Documents that are close to the query and not to each other."""
        if self._embedding is not None:
            vector = self._embedding.embed_query(query)
        else:
            length = self.client.collection(self.collection)["dimensions"]
            answer = self.client.embed([query], dimensions=length, input_type="query")
            numbers = answer["data"][0]["embedding"]
            vector = [] if isinstance(numbers, str) else numbers
        return self.max_marginal_relevance_search_by_vector(
            vector, k, fetch_k, lambda_mult, **kwargs
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[Document]:
        """The same for a vector."""
        hits = self._search(fetch_k, mode="vector", vector=embedding, **kwargs)["hits"]
        stored = self.client.get_points(
            self.collection, [hit["id"] for hit in hits], include=["vectors"]
        )
        vectors = {str(point["id"]): point["chunks"] or [] for point in stored["points"]}
        # A point may be gone since the search.
        hits = [hit for hit in hits if str(hit["id"]) in vectors]
        closest = [vectors[str(hit["id"])][_chunk_index(hit)]["vector"] for hit in hits]
        places = most_diverse(embedding, closest, k, lambda_mult)
        return [_document(hits[place]) for place in places]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        if self.mode != "vector":
            raise ValueError(f"scores of mode `{self.mode}` have no bounds; use mode `vector`")
        if self._distance is None:
            self._distance = self.client.collection(self.collection)["distance"]
        match self._distance:
            case "cosine":
                return lambda score: min(max((score + 1.0) / 2.0, 0.0), 1.0)
            case "euclid":
                # The server's score is 1 / (1 + distance) already.
                return lambda score: score
            case "dot":
                raise ValueError("inner products have no bounds; use `cosine` or `euclid`")

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        client: Client | None = None,
        collection: str = "langchain",
        **kwargs: Any,
    ) -> KuklaVectorStore:
        """Creates the collection and adds texts to it; `kwargs` are those of `create`."""
        store = cls.create(client or Client(), collection, embedding, **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store


class KuklaRetriever(BaseRetriever):
    """Asks the server by meaning and by words at once; its own model embeds the question.

    Each document's metadata has the payload, and the score as `_score`.
    """

    client: Client
    """A client of the server."""
    async_client: AsyncClient | None = None
    """What `ainvoke` asks; without it, it asks `client` on a thread."""
    collection: str
    """The collection that is asked."""
    k: int = 4
    """How many documents."""
    mode: SearchMode | None = None
    """Which rankings; the richest the collection allows by default."""
    filter: dict[str, Any] | None = None
    """Which documents qualify: a `kukla.models.Filter`."""
    recall: float | None = None
    """The recall to aim for; the collection's own by default."""
    fusion: dict[str, Any] | None = None
    """How the two rankings become one: a `kukla.models.Fusion`."""
    content: Literal["text", "chunk"] = "text"
    """What a document holds: the whole text, or the part of it that is closest."""

    def _request(self, query: str, options: dict[str, Any]) -> dict[str, Any]:
        request = given(
            query=query,
            limit=options.pop("k", self.k),
            mode=self.mode,
            filter=self.filter,
            recall=self.recall,
            fusion=self.fusion,
        )
        request.update(options)
        return {name: value for name, value in request.items() if value is not None}

    def _documents(self, answer: SearchAnswer) -> list[Document]:
        return [_scored(hit, self.content) for hit in answer["hits"]]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        request = self._request(query, kwargs)
        return self._documents(self.client.search(self.collection, **request))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        if self.async_client is None:
            return await super()._aget_relevant_documents(query, run_manager=run_manager, **kwargs)
        request = self._request(query, kwargs)
        return self._documents(await self.async_client.search(self.collection, **request))


def _document(found: Hit | Point) -> Document:
    return Document(
        id=str(found["id"]),
        page_content=found.get("text") or "",
        metadata=found.get("payload") or {},
    )


def _scored(hit: Hit, content: Literal["text", "chunk"]) -> Document:
    document = _document(hit)
    document.metadata["_score"] = hit["score"]
    chunk = hit.get("chunk")
    if content == "chunk" and chunk is not None:
        document.page_content = chunk["text"]
        document.metadata["_chunk"] = {"start": chunk["start"], "end": chunk["end"]}
    return document


def _chunk_index(hit: Hit) -> int:
    chunk = hit.get("chunk")
    return 0 if chunk is None else chunk["index"]

"""Every call that is one request. Made from openapi.json by clients/generate; not to be edited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Literal

from . import models as wire
from .transport import UNSET, Answer, Unset, given, path_of


class Calls:
    """Every call that is one request; each waits for its answer."""

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> Answer:
        raise NotImplementedError

    def _lines(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> Iterator[Any]:
        raise NotImplementedError

    def alias(
        self,
        alias: str,
    ) -> wire.Alias:
        """Tells where an alias leads."""
        answer = self._send(
            "GET",
            path_of("v1", "aliases", alias),
        )
        found: wire.Alias = answer.json()
        return found

    def aliases(
        self,
    ) -> list[wire.Alias]:
        """Lists all aliases."""
        answer = self._send(
            "GET",
            path_of("v1", "aliases"),
        )
        found: list[wire.Alias] = answer.json()["aliases"]
        return found

    def change_aliases(
        self,
        actions: Sequence[wire.AliasAction],
    ) -> list[wire.Alias]:
        """Carries out several steps at once, all or none: a search sees the aliases as they were
        before or as they are after.
        """
        answer = self._send(
            "POST",
            path_of("v1", "aliases"),
            body=given(actions=actions),
        )
        found: list[wire.Alias] = answer.json()["aliases"]
        return found

    def change_collection(
        self,
        collection: str,
        *,
        recall: float | None | Unset = UNSET,
    ) -> wire.Collection:
        """Changes settings of a collection. What is fixed is refused by name.

        Args:
            recall: The recall a search aims for when it does not say, above 0 and at most 1.
        """
        answer = self._send(
            "PATCH",
            path_of("v1", "collections", collection),
            body=given(recall=recall),
        )
        found: wire.Collection = answer.json()
        return found

    def change_payload(
        self,
        collection: str,
        id: wire.Id,
        patch: Mapping[str, Any],
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Changed:
        """Changes a point's payload with a JSON merge patch (RFC 7396): null removes a key.

        Args:
            wait: When the write is answered.
        """
        answer = self._send(
            "PATCH",
            path_of("v1", "collections", collection, "points", id, "payload"),
            query=given(wait=wait),
            body=patch,
        )
        found: wire.Changed = answer.json()
        return found

    def change_payloads(
        self,
        collection: str,
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
        filter: wire.Filter | None | Unset = UNSET,
        ids: Sequence[wire.Id] | None | Unset = UNSET,
        merge: Mapping[str, Any] | None | Unset = UNSET,
        remove: Sequence[str] | None | Unset = UNSET,
        replace: Mapping[str, Any] | None | Unset = UNSET,
        set: Mapping[str, Any] | None | Unset = UNSET,
    ) -> wire.Changed:
        """Changes the payloads of several points, by id or by filter. Each point is a write of its own; the first that fails ends it, and what was changed before stays changed.

        Args:
            wait: When the write is answered.
            filter: At most 10,000 points may match.
            merge: A JSON merge patch (RFC 7396): null removes a key.
            remove: Removes these keys of the payload's first level.
            replace: Becomes the whole payload; `{}` empties it.
            set: Sets these keys as they are, and keeps the others.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "payload"),
            query=given(wait=wait),
            body=given(filter=filter, ids=ids, merge=merge, remove=remove, replace=replace, set=set),
        )
        found: wire.Changed = answer.json()
        return found

    def collection(
        self,
        collection: str,
    ) -> wire.Collection:
        """Describes a collection: schema, counts, state of the index, measured recall."""
        answer = self._send(
            "GET",
            path_of("v1", "collections", collection),
        )
        found: wire.Collection = answer.json()
        return found

    def collections(
        self,
    ) -> list[wire.Collection]:
        """Lists the collections that the caller's key is for."""
        answer = self._send(
            "GET",
            path_of("v1", "collections"),
        )
        found: list[wire.Collection] = answer.json()["collections"]
        return found

    def count(
        self,
        collection: str,
        *,
        filter: wire.Filter | None | Unset = UNSET,
    ) -> int:
        """Counts points."""
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "count"),
            body=given(filter=filter),
        )
        found: int = answer.json()["count"]
        return found

    def create_collection(
        self,
        collection: str,
        *,
        analyzer: str | None | Unset = UNSET,
        chunking: wire.Chunking | None | Unset = UNSET,
        dimensions: int | None | Unset = UNSET,
        distance: wire.Distance | None | Unset = UNSET,
        model: str | None | Unset = UNSET,
        recall: float | None | Unset = UNSET,
    ) -> wire.Created:
        """Creates a collection, or finds it if it exists just so.

        Args:
            collection: 1 to 64 of a-z A-Z 0-9 _ -
            analyzer: How texts become words. `auto`, the only one, reads scripts off the characters
                and guesses the language of each text.
            chunking: How texts are cut; needs a model.
            dimensions: Numbers in a vector. With a model, one of its matryoshka lengths, and by
                default the full one; without a model it is required.
            distance: How closeness is computed; cosine by default.
            model: The model that embeds its texts, which must be the one the server has loaded.
                Left out, it is that one; `null` means that callers bring vectors.
            recall: The recall a search aims for when it does not say, above 0 and at most 1.
        """
        answer = self._send(
            "PUT",
            path_of("v1", "collections", collection),
            body=given(analyzer=analyzer, chunking=chunking, dimensions=dimensions, distance=distance, model=model, recall=recall),
        )
        found: wire.Collection = answer.json()
        return {"is_new": answer.status == 201, "collection": found}

    def delete_alias(
        self,
        alias: str,
    ) -> None:
        """Deletes an alias; its collection stays."""
        answer = self._send(
            "DELETE",
            path_of("v1", "aliases", alias),
        )
        answer.json()

    def delete_collection(
        self,
        collection: str,
    ) -> None:
        """Deletes a collection and everything in it. One that an alias names is refused."""
        answer = self._send(
            "DELETE",
            path_of("v1", "collections", collection),
        )
        answer.json()

    def delete_matching(
        self,
        collection: str,
        filter: wire.Filter,
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Deleted:
        """Deletes the points that match a filter.

        Args:
            wait: When the write is answered.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "delete"),
            query=given(wait=wait),
            body=given(filter=filter),
        )
        found: wire.Deleted = answer.json()
        return found

    def delete_point(
        self,
        collection: str,
        id: wire.Id,
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Deleted:
        """Deletes one point; that it did not exist is not an error.

        Args:
            wait: When the write is answered.
        """
        answer = self._send(
            "DELETE",
            path_of("v1", "collections", collection, "points", id),
            query=given(wait=wait),
        )
        found: wire.Deleted = answer.json()
        return found

    def delete_points(
        self,
        collection: str,
        ids: Sequence[wire.Id],
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Deleted:
        """Deletes points by id.

        Args:
            wait: When the write is answered.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "delete"),
            query=given(wait=wait),
            body=given(ids=ids),
        )
        found: wire.Deleted = answer.json()
        return found

    def embed(
        self,
        input: wire.StringOrList,
        *,
        dimensions: int | None | Unset = UNSET,
        encoding_format: wire.EncodingFormat | Unset = UNSET,
        input_type: wire.InputType | Unset = UNSET,
        model: str | None | Unset = UNSET,
        user: str | None | Unset = UNSET,
    ) -> wire.EmbeddingsAnswer:
        """Embeds texts, in OpenAI's shape.

        Args:
            input: One text or a list of texts. Token ids are refused.
            dimensions: One of the model's matryoshka lengths; the full one by default.
            input_type: Our extension: whether the texts are documents or queries.
            model: The loaded model's name; left out, it is that one.
            user: Accepted and not used.
        """
        answer = self._send(
            "POST",
            path_of("v1", "embeddings"),
            body=given(input=input, dimensions=dimensions, encoding_format=encoding_format, input_type=input_type, model=model, user=user),
        )
        found: wire.EmbeddingsAnswer = answer.json()
        return found

    def export(
        self,
        collection: str,
        *,
        include: Sequence[wire.IncludePart] | Unset = UNSET,
    ) -> Iterator[wire.ExportedPoint]:
        """Exports all points of one moment as JSON lines, streamed. Each line is a point that an upsert as `application/x-ndjson` takes as it is. An answer without its regular end was cut off.

        Args:
            include: `text`, `payload` and `vectors`, separated by commas; all by default. Without
                vectors, an import embeds the texts again.
        """
        return self._lines(
            "GET",
            path_of("v1", "collections", collection, "export"),
            query=given(include=include),
        )

    def facet(
        self,
        collection: str,
        key: str,
        *,
        filter: wire.Filter | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
    ) -> list[wire.FacetValue]:
        """Counts points by the values at a payload path.

        Args:
            key: The dotted path; of a list, every element counts.
            filter: Which points count; all by default.
            limit: How many values; 10 by default.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "facet"),
            body=given(key=key, filter=filter, limit=limit),
        )
        found: list[wire.FacetValue] = answer.json()["values"]
        return found

    def get_point(
        self,
        collection: str,
        id: wire.Id,
        *,
        include: Sequence[wire.IncludePart] | Unset = UNSET,
    ) -> wire.Point:
        """Reads one point.

        Args:
            include: `text`, `payload` and `vectors`, separated by commas; text and payload by
                default.
        """
        answer = self._send(
            "GET",
            path_of("v1", "collections", collection, "points", id),
            query=given(include=include),
        )
        found: wire.Point = answer.json()
        return found

    def get_points(
        self,
        collection: str,
        ids: Sequence[wire.Id],
        *,
        include: Sequence[wire.IncludePart] | None | Unset = UNSET,
    ) -> wire.GotPoints:
        """Reads points by id.

        Args:
            include: Text and payload by default.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "get"),
            body=given(ids=ids, include=include),
        )
        found: wire.GotPoints = answer.json()
        return found

    def health(
        self,
    ) -> None:
        """Answers as long as the process runs."""
        answer = self._send(
            "GET",
            path_of("healthz"),
        )
        answer.json()

    def metrics(
        self,
    ) -> str:
        """Metrics for Prometheus."""
        answer = self._send(
            "GET",
            path_of("metrics"),
        )
        return answer.text()

    def models(
        self,
    ) -> list[wire.Model]:
        """Lists the loaded model, in OpenAI's shape."""
        answer = self._send(
            "GET",
            path_of("v1", "models"),
        )
        found: list[wire.Model] = answer.json()["data"]
        return found

    def openapi(
        self,
    ) -> Any:
        """The contract in OpenAPI 3.1."""
        answer = self._send(
            "GET",
            path_of("openapi.json"),
        )
        found: Any = answer.json()
        return found

    def ready(
        self,
    ) -> None:
        """Answers 200 when requests are welcome, else 503 with the reason. Where keys are
        configured, a reason that names a collection is for the holders of a key for it.
        """
        answer = self._send(
            "GET",
            path_of("readyz"),
        )
        answer.json()

    def scroll(
        self,
        collection: str,
        *,
        cursor: str | None | Unset = UNSET,
        filter: wire.Filter | None | Unset = UNSET,
        include: Sequence[wire.IncludePart] | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
        order_by: wire.OrderBy | None | Unset = UNSET,
    ) -> wire.ScrolledPoints:
        """Reads points page by page, in the order in which their ids were first written or by a payload value.

        Args:
            cursor: Where the last page ended; `filter` and `order_by` must be those of that page.
            include: Text and payload by default.
            limit: How many points; 100 by default.
            order_by: By default points come in the order in which their ids were first written.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "scroll"),
            body=given(cursor=cursor, filter=filter, include=include, limit=limit, order_by=order_by),
        )
        found: wire.ScrolledPoints = answer.json()
        return found

    def search(
        self,
        collection: str,
        *,
        explain: bool | Unset = UNSET,
        filter: wire.Filter | None | Unset = UNSET,
        fusion: wire.Fusion | None | Unset = UNSET,
        include: Sequence[wire.HitPart] | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
        mode: wire.SearchMode | None | Unset = UNSET,
        query: str | None | Unset = UNSET,
        recall: float | None | Unset = UNSET,
        vector: Sequence[float] | None | Unset = UNSET,
    ) -> wire.SearchAnswer:
        """Searches by text, by vector, or by both.

        Args:
            explain: Whether to say how the answer came about.
            fusion: How the two rankings of a hybrid search become one.
            include: What each hit carries; text, payload and chunk by default.
            limit: How many points; 10 by default.
            mode: The richest the inputs allow by default: hybrid for a text in a collection with a
                model and for text and vector together, text for a text alone, vector for a vector
                alone.
            query: The question, as text.
            recall: The recall to aim for, above 0 and at most 1; 1 is the exact scan. The
                collection's own by default.
            vector: The question, as a vector of the collection's dimensions.
        """
        answer = self._send(
            "POST",
            path_of("v1", "collections", collection, "search"),
            body=given(explain=explain, filter=filter, fusion=fusion, include=include, limit=limit, mode=mode, query=query, recall=recall, vector=vector),
        )
        found: wire.SearchAnswer = answer.json()
        return found

    def set_alias(
        self,
        alias: str,
        collection: str,
    ) -> wire.Alias:
        """Makes an alias of a collection, or moves it there. Every path that takes a collection takes its alias.

        Args:
            alias: 1 to 64 of a-z A-Z 0-9 _ -, and no collection's name
            collection: The name of a collection, not of an alias.
        """
        answer = self._send(
            "PUT",
            path_of("v1", "aliases", alias),
            body=given(collection=collection),
        )
        found: wire.Alias = answer.json()
        return found

    def upsert(
        self,
        collection: str,
        points: Sequence[wire.UpsertPoint],
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Upserted:
        """Inserts or replaces points.

        Args:
            wait: When each write is answered.
        """
        answer = self._send(
            "PUT",
            path_of("v1", "collections", collection, "points"),
            query=given(wait=wait),
            body=given(points=points),
        )
        found: wire.Upserted = answer.json()
        return found


class AsyncCalls:
    """Every call that is one request; each awaits its answer."""

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> Answer:
        raise NotImplementedError

    def _lines(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = UNSET,
    ) -> AsyncIterator[Any]:
        raise NotImplementedError

    async def alias(
        self,
        alias: str,
    ) -> wire.Alias:
        """Tells where an alias leads."""
        answer = await self._send(
            "GET",
            path_of("v1", "aliases", alias),
        )
        found: wire.Alias = answer.json()
        return found

    async def aliases(
        self,
    ) -> list[wire.Alias]:
        """Lists all aliases."""
        answer = await self._send(
            "GET",
            path_of("v1", "aliases"),
        )
        found: list[wire.Alias] = answer.json()["aliases"]
        return found

    async def change_aliases(
        self,
        actions: Sequence[wire.AliasAction],
    ) -> list[wire.Alias]:
        """Carries out several steps at once, all or none: a search sees the aliases as they were
        before or as they are after.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "aliases"),
            body=given(actions=actions),
        )
        found: list[wire.Alias] = answer.json()["aliases"]
        return found

    async def change_collection(
        self,
        collection: str,
        *,
        recall: float | None | Unset = UNSET,
    ) -> wire.Collection:
        """Changes settings of a collection. What is fixed is refused by name.

        Args:
            recall: The recall a search aims for when it does not say, above 0 and at most 1.
        """
        answer = await self._send(
            "PATCH",
            path_of("v1", "collections", collection),
            body=given(recall=recall),
        )
        found: wire.Collection = answer.json()
        return found

    async def change_payload(
        self,
        collection: str,
        id: wire.Id,
        patch: Mapping[str, Any],
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Changed:
        """Changes a point's payload with a JSON merge patch (RFC 7396): null removes a key.

        Args:
            wait: When the write is answered.
        """
        answer = await self._send(
            "PATCH",
            path_of("v1", "collections", collection, "points", id, "payload"),
            query=given(wait=wait),
            body=patch,
        )
        found: wire.Changed = answer.json()
        return found

    async def change_payloads(
        self,
        collection: str,
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
        filter: wire.Filter | None | Unset = UNSET,
        ids: Sequence[wire.Id] | None | Unset = UNSET,
        merge: Mapping[str, Any] | None | Unset = UNSET,
        remove: Sequence[str] | None | Unset = UNSET,
        replace: Mapping[str, Any] | None | Unset = UNSET,
        set: Mapping[str, Any] | None | Unset = UNSET,
    ) -> wire.Changed:
        """Changes the payloads of several points, by id or by filter. Each point is a write of its own; the first that fails ends it, and what was changed before stays changed.

        Args:
            wait: When the write is answered.
            filter: At most 10,000 points may match.
            merge: A JSON merge patch (RFC 7396): null removes a key.
            remove: Removes these keys of the payload's first level.
            replace: Becomes the whole payload; `{}` empties it.
            set: Sets these keys as they are, and keeps the others.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "payload"),
            query=given(wait=wait),
            body=given(filter=filter, ids=ids, merge=merge, remove=remove, replace=replace, set=set),
        )
        found: wire.Changed = answer.json()
        return found

    async def collection(
        self,
        collection: str,
    ) -> wire.Collection:
        """Describes a collection: schema, counts, state of the index, measured recall."""
        answer = await self._send(
            "GET",
            path_of("v1", "collections", collection),
        )
        found: wire.Collection = answer.json()
        return found

    async def collections(
        self,
    ) -> list[wire.Collection]:
        """Lists the collections that the caller's key is for."""
        answer = await self._send(
            "GET",
            path_of("v1", "collections"),
        )
        found: list[wire.Collection] = answer.json()["collections"]
        return found

    async def count(
        self,
        collection: str,
        *,
        filter: wire.Filter | None | Unset = UNSET,
    ) -> int:
        """Counts points."""
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "count"),
            body=given(filter=filter),
        )
        found: int = answer.json()["count"]
        return found

    async def create_collection(
        self,
        collection: str,
        *,
        analyzer: str | None | Unset = UNSET,
        chunking: wire.Chunking | None | Unset = UNSET,
        dimensions: int | None | Unset = UNSET,
        distance: wire.Distance | None | Unset = UNSET,
        model: str | None | Unset = UNSET,
        recall: float | None | Unset = UNSET,
    ) -> wire.Created:
        """Creates a collection, or finds it if it exists just so.

        Args:
            collection: 1 to 64 of a-z A-Z 0-9 _ -
            analyzer: How texts become words. `auto`, the only one, reads scripts off the characters
                and guesses the language of each text.
            chunking: How texts are cut; needs a model.
            dimensions: Numbers in a vector. With a model, one of its matryoshka lengths, and by
                default the full one; without a model it is required.
            distance: How closeness is computed; cosine by default.
            model: The model that embeds its texts, which must be the one the server has loaded.
                Left out, it is that one; `null` means that callers bring vectors.
            recall: The recall a search aims for when it does not say, above 0 and at most 1.
        """
        answer = await self._send(
            "PUT",
            path_of("v1", "collections", collection),
            body=given(analyzer=analyzer, chunking=chunking, dimensions=dimensions, distance=distance, model=model, recall=recall),
        )
        found: wire.Collection = answer.json()
        return {"is_new": answer.status == 201, "collection": found}

    async def delete_alias(
        self,
        alias: str,
    ) -> None:
        """Deletes an alias; its collection stays."""
        answer = await self._send(
            "DELETE",
            path_of("v1", "aliases", alias),
        )
        answer.json()

    async def delete_collection(
        self,
        collection: str,
    ) -> None:
        """Deletes a collection and everything in it. One that an alias names is refused."""
        answer = await self._send(
            "DELETE",
            path_of("v1", "collections", collection),
        )
        answer.json()

    async def delete_matching(
        self,
        collection: str,
        filter: wire.Filter,
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Deleted:
        """Deletes the points that match a filter.

        Args:
            wait: When the write is answered.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "delete"),
            query=given(wait=wait),
            body=given(filter=filter),
        )
        found: wire.Deleted = answer.json()
        return found

    async def delete_point(
        self,
        collection: str,
        id: wire.Id,
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Deleted:
        """Deletes one point; that it did not exist is not an error.

        Args:
            wait: When the write is answered.
        """
        answer = await self._send(
            "DELETE",
            path_of("v1", "collections", collection, "points", id),
            query=given(wait=wait),
        )
        found: wire.Deleted = answer.json()
        return found

    async def delete_points(
        self,
        collection: str,
        ids: Sequence[wire.Id],
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Deleted:
        """Deletes points by id.

        Args:
            wait: When the write is answered.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "delete"),
            query=given(wait=wait),
            body=given(ids=ids),
        )
        found: wire.Deleted = answer.json()
        return found

    async def embed(
        self,
        input: wire.StringOrList,
        *,
        dimensions: int | None | Unset = UNSET,
        encoding_format: wire.EncodingFormat | Unset = UNSET,
        input_type: wire.InputType | Unset = UNSET,
        model: str | None | Unset = UNSET,
        user: str | None | Unset = UNSET,
    ) -> wire.EmbeddingsAnswer:
        """Embeds texts, in OpenAI's shape.

        Args:
            input: One text or a list of texts. Token ids are refused.
            dimensions: One of the model's matryoshka lengths; the full one by default.
            input_type: Our extension: whether the texts are documents or queries.
            model: The loaded model's name; left out, it is that one.
            user: Accepted and not used.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "embeddings"),
            body=given(input=input, dimensions=dimensions, encoding_format=encoding_format, input_type=input_type, model=model, user=user),
        )
        found: wire.EmbeddingsAnswer = answer.json()
        return found

    def export(
        self,
        collection: str,
        *,
        include: Sequence[wire.IncludePart] | Unset = UNSET,
    ) -> AsyncIterator[wire.ExportedPoint]:
        """Exports all points of one moment as JSON lines, streamed. Each line is a point that an upsert as `application/x-ndjson` takes as it is. An answer without its regular end was cut off.

        Args:
            include: `text`, `payload` and `vectors`, separated by commas; all by default. Without
                vectors, an import embeds the texts again.
        """
        return self._lines(
            "GET",
            path_of("v1", "collections", collection, "export"),
            query=given(include=include),
        )

    async def facet(
        self,
        collection: str,
        key: str,
        *,
        filter: wire.Filter | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
    ) -> list[wire.FacetValue]:
        """Counts points by the values at a payload path.

        Args:
            key: The dotted path; of a list, every element counts.
            filter: Which points count; all by default.
            limit: How many values; 10 by default.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "facet"),
            body=given(key=key, filter=filter, limit=limit),
        )
        found: list[wire.FacetValue] = answer.json()["values"]
        return found

    async def get_point(
        self,
        collection: str,
        id: wire.Id,
        *,
        include: Sequence[wire.IncludePart] | Unset = UNSET,
    ) -> wire.Point:
        """Reads one point.

        Args:
            include: `text`, `payload` and `vectors`, separated by commas; text and payload by
                default.
        """
        answer = await self._send(
            "GET",
            path_of("v1", "collections", collection, "points", id),
            query=given(include=include),
        )
        found: wire.Point = answer.json()
        return found

    async def get_points(
        self,
        collection: str,
        ids: Sequence[wire.Id],
        *,
        include: Sequence[wire.IncludePart] | None | Unset = UNSET,
    ) -> wire.GotPoints:
        """Reads points by id.

        Args:
            include: Text and payload by default.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "get"),
            body=given(ids=ids, include=include),
        )
        found: wire.GotPoints = answer.json()
        return found

    async def health(
        self,
    ) -> None:
        """Answers as long as the process runs."""
        answer = await self._send(
            "GET",
            path_of("healthz"),
        )
        answer.json()

    async def metrics(
        self,
    ) -> str:
        """Metrics for Prometheus."""
        answer = await self._send(
            "GET",
            path_of("metrics"),
        )
        return answer.text()

    async def models(
        self,
    ) -> list[wire.Model]:
        """Lists the loaded model, in OpenAI's shape."""
        answer = await self._send(
            "GET",
            path_of("v1", "models"),
        )
        found: list[wire.Model] = answer.json()["data"]
        return found

    async def openapi(
        self,
    ) -> Any:
        """The contract in OpenAPI 3.1."""
        answer = await self._send(
            "GET",
            path_of("openapi.json"),
        )
        found: Any = answer.json()
        return found

    async def ready(
        self,
    ) -> None:
        """Answers 200 when requests are welcome, else 503 with the reason. Where keys are
        configured, a reason that names a collection is for the holders of a key for it.
        """
        answer = await self._send(
            "GET",
            path_of("readyz"),
        )
        answer.json()

    async def scroll(
        self,
        collection: str,
        *,
        cursor: str | None | Unset = UNSET,
        filter: wire.Filter | None | Unset = UNSET,
        include: Sequence[wire.IncludePart] | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
        order_by: wire.OrderBy | None | Unset = UNSET,
    ) -> wire.ScrolledPoints:
        """Reads points page by page, in the order in which their ids were first written or by a payload value.

        Args:
            cursor: Where the last page ended; `filter` and `order_by` must be those of that page.
            include: Text and payload by default.
            limit: How many points; 100 by default.
            order_by: By default points come in the order in which their ids were first written.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "points", "scroll"),
            body=given(cursor=cursor, filter=filter, include=include, limit=limit, order_by=order_by),
        )
        found: wire.ScrolledPoints = answer.json()
        return found

    async def search(
        self,
        collection: str,
        *,
        explain: bool | Unset = UNSET,
        filter: wire.Filter | None | Unset = UNSET,
        fusion: wire.Fusion | None | Unset = UNSET,
        include: Sequence[wire.HitPart] | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
        mode: wire.SearchMode | None | Unset = UNSET,
        query: str | None | Unset = UNSET,
        recall: float | None | Unset = UNSET,
        vector: Sequence[float] | None | Unset = UNSET,
    ) -> wire.SearchAnswer:
        """Searches by text, by vector, or by both.

        Args:
            explain: Whether to say how the answer came about.
            fusion: How the two rankings of a hybrid search become one.
            include: What each hit carries; text, payload and chunk by default.
            limit: How many points; 10 by default.
            mode: The richest the inputs allow by default: hybrid for a text in a collection with a
                model and for text and vector together, text for a text alone, vector for a vector
                alone.
            query: The question, as text.
            recall: The recall to aim for, above 0 and at most 1; 1 is the exact scan. The
                collection's own by default.
            vector: The question, as a vector of the collection's dimensions.
        """
        answer = await self._send(
            "POST",
            path_of("v1", "collections", collection, "search"),
            body=given(explain=explain, filter=filter, fusion=fusion, include=include, limit=limit, mode=mode, query=query, recall=recall, vector=vector),
        )
        found: wire.SearchAnswer = answer.json()
        return found

    async def set_alias(
        self,
        alias: str,
        collection: str,
    ) -> wire.Alias:
        """Makes an alias of a collection, or moves it there. Every path that takes a collection takes its alias.

        Args:
            alias: 1 to 64 of a-z A-Z 0-9 _ -, and no collection's name
            collection: The name of a collection, not of an alias.
        """
        answer = await self._send(
            "PUT",
            path_of("v1", "aliases", alias),
            body=given(collection=collection),
        )
        found: wire.Alias = answer.json()
        return found

    async def upsert(
        self,
        collection: str,
        points: Sequence[wire.UpsertPoint],
        *,
        wait: Literal["durable", "searchable"] | Unset = UNSET,
    ) -> wire.Upserted:
        """Inserts or replaces points.

        Args:
            wait: When each write is answered.
        """
        answer = await self._send(
            "PUT",
            path_of("v1", "collections", collection, "points"),
            query=given(wait=wait),
            body=given(points=points),
        )
        found: wire.Upserted = answer.json()
        return found


CALLS = (
    "alias",
    "aliases",
    "change_aliases",
    "change_collection",
    "change_payload",
    "change_payloads",
    "collection",
    "collections",
    "count",
    "create_collection",
    "delete_alias",
    "delete_collection",
    "delete_matching",
    "delete_point",
    "delete_points",
    "embed",
    "export",
    "facet",
    "get_point",
    "get_points",
    "health",
    "metrics",
    "models",
    "openapi",
    "ready",
    "scroll",
    "search",
    "set_alias",
    "upsert",
)
"""The name of every call in this module."""

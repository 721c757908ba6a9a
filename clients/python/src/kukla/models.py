"""What goes over the wire. Made from openapi.json by clients/generate; not to be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, Union

CONTRACT_VERSION = "0.1.0"
"""The version of the contract that this client was made from."""


class AliasActionSet(TypedDict):
    """Makes an alias, or moves it."""

    set: SetAliasAction


class AliasActionDelete(TypedDict):
    """Removes an alias, which must exist."""

    delete: DeleteAliasAction


AliasAction: TypeAlias = "Union[AliasActionSet, AliasActionDelete]"
"""One step of a change."""


Code = Literal[
    "invalid_json",
    "invalid_utf8",
    "invalid_value",
    "missing_field",
    "two_conditions",
    "unknown_field",
    "invalid_path",
    "invalid_query",
    "body_incomplete",
    "route_not_found",
    "method_not_allowed",
    "body_too_large",
    "unsupported_media_type",
    "key_missing",
    "key_unknown",
    "role_insufficient",
    "collection_forbidden",
    "analyzer_unknown",
    "chunking_out_of_range",
    "chunking_without_model",
    "dimensions_not_offered",
    "dimensions_required",
    "filter_geo_invalid",
    "filter_invalid",
    "filter_key_invalid",
    "filter_too_deep",
    "filter_too_large",
    "filter_value_invalid",
    "query_missing",
    "fingerprint_mismatch",
    "fingerprint_required",
    "fingerprint_unused",
    "format_without_text",
    "fusion_invalid",
    "ids_or_filter",
    "one_change",
    "include_invalid",
    "not_supported",
    "line_too_long",
    "text_empty",
    "text_required",
    "text_too_long",
    "token_ids",
    "vector_required",
    "vector_unused",
    "vector_or_chunks",
    "model_mismatch",
    "model_not_loaded",
    "chunk_out_of_range",
    "collection_name_invalid",
    "cursor_invalid",
    "dimension_mismatch",
    "dimensions_out_of_range",
    "duplicate_id",
    "empty",
    "facet_too_many_values",
    "id_empty",
    "id_too_long",
    "ids_used_up",
    "setting_fixed",
    "key_invalid",
    "limit_out_of_range",
    "payload_too_deep",
    "payload_too_large",
    "recall_out_of_range",
    "request_too_large",
    "too_many",
    "vector_missing",
    "vector_not_finite",
    "vector_too_large",
    "zero_vector",
    "alias_not_found",
    "collection_not_found",
    "point_not_found",
    "collection_in_use",
    "name_taken",
    "schema_conflict",
    "sequence_conflict",
    "point_absent",
    "rate_limited",
    "overloaded",
    "corrupt",
    "internal",
    "collection_poisoned",
    "data_folder",
    "io",
    "model_unavailable",
    "not_ready",
    "request_timeout",
    "shutting_down",
    "timeout",
]
"""A stable word for the error."""


Direction = Literal["asc", "desc"]
"""Least first, or greatest first."""


Distance = Literal["cosine", "dot", "euclid"]
"""How closeness is computed. Scores are higher for closer, for each of them."""


EmbeddingNumbers: TypeAlias = "Union[list[float], str]"
"""A vector, as asked for."""


EncodingFormat = Literal["float", "base64"]
"""How vectors are written."""


FusionMethod = Literal["scores", "rrf"]
"""A way of fusing."""


HitPart = Literal["text", "payload", "chunk", "neighbours"]
"""A part of a hit."""


Id: TypeAlias = "Union[str, int]"
"""A string of 1 to 256 bytes or an unsigned 64-bit integer. `7` and `"7"` name one point."""


IncludePart = Literal["text", "payload", "vectors"]
"""A part of a point."""


InputType = Literal["document", "query"]
"""What the texts are."""


Scalar: TypeAlias = "Union[str, float, bool]"
"""A value that can be counted; only for the contract."""


SearchMode = Literal["hybrid", "vector", "text"]
"""Which rankings a search uses."""


StringOrList: TypeAlias = "Union[str, Sequence[str]]"
"""One text or several; only for the contract."""


TextFormat = Literal["plain", "markdown", "html"]
"""What a text is. However it is, a long one is cut at headings, paragraphs and sentences where it
can be.
"""


class Alias(TypedDict):
    """An alias with its collection."""

    alias: str
    collection: str


class AliasDeleted(TypedDict):
    """An alias is gone."""

    deleted: bool


class Aliases(TypedDict):
    """All aliases, by name."""

    aliases: list[Alias]


class ChangeAliases(TypedDict):
    """Several steps at once: all or none, in order."""

    actions: Sequence[AliasAction]


class ChangeCollection(TypedDict):
    """Settings to change. Those that are fixed are known here only to be refused with the reason.
    """

    recall: NotRequired[float | None]
    """The recall a search aims for when it does not say, above 0 and at most 1."""


class ChangePayloads(TypedDict):
    """One change to the payloads of several points: `ids` or `filter`, and exactly one of the
    others.
    """

    filter: NotRequired[Filter | None]
    """At most 10,000 points may match."""
    ids: NotRequired[Sequence[Id] | None]
    merge: NotRequired[Mapping[str, Any] | None]
    """A JSON merge patch (RFC 7396): null removes a key."""
    remove: NotRequired[Sequence[str] | None]
    """Removes these keys of the payload's first level."""
    replace: NotRequired[Mapping[str, Any] | None]
    """Becomes the whole payload; `{}` empties it."""
    set: NotRequired[Mapping[str, Any] | None]
    """Sets these keys as they are, and keeps the others."""


class Changed(TypedDict):
    """What a change of a payload did."""

    changed: int
    sequence: int


class Chunking(TypedDict):
    """How texts are cut into chunks, in tokens of the model."""

    overlap: int
    """How many tokens neighbours share at most."""
    tokens: int
    """The longest chunk."""


class Collection(TypedDict):
    """A collection: what was fixed when it was created, and what it holds."""

    dimensions: int
    distance: Distance
    index: IndexState
    model: NotRequired[CollectionModel | None]
    """Null when callers bring vectors."""
    name: str
    points: int
    """Points that exist."""
    poisoned: NotRequired[str | None]
    """Why writes are stopped, if they are."""
    recall: float
    sequence: int
    """The sequence number of the last write."""
    vectors: int
    """Vectors that exist: one or more for each point."""


class CollectionDeleted(TypedDict):
    """A collection is gone."""

    deleted: bool


class CollectionModel(TypedDict):
    """The model a collection is of."""

    chunking: Chunking
    fingerprint: str
    loaded: bool
    """Whether it is the model that the server has loaded; if not, texts are refused."""
    name: str


class Collections(TypedDict):
    """All collections, by name."""

    collections: list[Collection]


class CountPoints(TypedDict):
    """Which points to count; all by default."""

    filter: NotRequired[Filter | None]


class Counted(TypedDict):
    """How many points match."""

    count: int


class CreateCollection(TypedDict):
    """What a collection is to be. Everything may be left out."""

    analyzer: NotRequired[str | None]
    """How texts become words. `auto`, the only one, reads scripts off the characters and guesses
    the language of each text.
    """
    chunking: NotRequired[Chunking | None]
    """How texts are cut; needs a model."""
    dimensions: NotRequired[int | None]
    """Numbers in a vector. With a model, one of its matryoshka lengths, and by default the full
    one; without a model it is required.
    """
    distance: NotRequired[Distance | None]
    """How closeness is computed; cosine by default."""
    model: NotRequired[str | None]
    """The model that embeds its texts, which must be the one the server has loaded. Left out, it is
    that one; `null` means that callers bring vectors.
    """
    recall: NotRequired[float | None]
    """The recall a search aims for when it does not say, above 0 and at most 1."""


class DeleteAliasAction(TypedDict):
    """An alias that is to go."""

    alias: str


class DeletePoints(TypedDict):
    """Points to delete: `ids` or `filter`."""

    filter: NotRequired[Filter | None]
    ids: NotRequired[Sequence[Id] | None]


class Deleted(TypedDict):
    """What a delete did."""

    deleted: int
    """Points deleted; ids that did not exist are not counted."""
    sequence: int
    """The write's sequence number, or the last one when nothing was deleted."""


class EmbeddingItem(TypedDict):
    """One text's embedding."""

    embedding: EmbeddingNumbers
    index: int
    object: str


class Embeddings(TypedDict):
    """A request for embeddings."""

    dimensions: NotRequired[int | None]
    """One of the model's matryoshka lengths; the full one by default."""
    encoding_format: NotRequired[EncodingFormat]
    input: StringOrList
    input_type: NotRequired[InputType]
    model: NotRequired[str | None]
    """The loaded model's name; left out, it is that one."""
    user: NotRequired[str | None]
    """Accepted and not used."""


class EmbeddingsAnswer(TypedDict):
    """Embeddings, in the order of the input."""

    data: list[EmbeddingItem]
    model: str
    object: str
    usage: Usage


class ExplainedSegment(TypedDict):
    """How one segment was searched."""

    plan: str
    recall: float
    """The recall measured for the plan; 1 for the exact scan."""
    segment: NotRequired[int | None]
    """Null for the active segment."""
    took_us: int
    vectors: int


class ExportedPoint(TypedDict):
    """One line of an export: a point as an upsert takes it."""

    chunks: NotRequired[list[StoredChunk] | None]
    expires_at: NotRequired[int | None]
    """Milliseconds since the Unix epoch from which on the point is hidden."""
    id: Id
    model_fingerprint: NotRequired[str | None]
    """The model that made the vectors, in a collection with a model."""
    payload: NotRequired[dict[str, Any] | None]
    text: NotRequired[str | None]


class Facet(TypedDict):
    """A question for the values at a payload path."""

    filter: NotRequired[Filter | None]
    """Which points count; all by default."""
    key: str
    """The dotted path; of a list, every element counts."""
    limit: NotRequired[int | None]
    """How many values; 10 by default."""


class FacetAnswer(TypedDict):
    """The values, the most frequent first, then by value."""

    values: list[FacetValue]


class FacetValue(TypedDict):
    """A value and the points that have it."""

    count: int
    """Points with this value, exactly; one whose list holds it twice counts once."""
    value: Scalar


class Filter(TypedDict):
    """A group of conditions on payloads; empty lists do not constrain."""

    must: NotRequired[Sequence[Union[FilterCondition, HasId, NestedFilter, Filter]]]
    must_not: NotRequired[Sequence[Union[FilterCondition, HasId, NestedFilter, Filter]]]
    should: NotRequired[Sequence[Union[FilterCondition, HasId, NestedFilter, Filter]]]


class FilterConditionGeoBoxBottomRight(TypedDict):
    """A part of what follows."""

    lat: float
    lon: float


class FilterConditionGeoBoxTopLeft(TypedDict):
    """A part of what follows."""

    lat: float
    lon: float


class FilterConditionGeoBox(TypedDict):
    """A part of what follows."""

    bottom_right: FilterConditionGeoBoxBottomRight
    top_left: FilterConditionGeoBoxTopLeft


class FilterConditionGeoRadiusCenter(TypedDict):
    """A part of what follows."""

    lat: float
    lon: float


class FilterConditionGeoRadius(TypedDict):
    """A part of what follows."""

    center: FilterConditionGeoRadiusCenter
    radius_m: float


class FilterConditionMatch(TypedDict):
    """A part of what follows."""

    any: NotRequired[Sequence[Union[str, float, bool]]]
    other_than: NotRequired[Sequence[Union[str, float, bool]]]
    prefix: NotRequired[str]
    value: NotRequired[Union[str, float, bool]]


class FilterConditionRange(TypedDict):
    """A part of what follows."""

    gt: NotRequired[Union[float, str]]
    gte: NotRequired[Union[float, str]]
    lt: NotRequired[Union[float, str]]
    lte: NotRequired[Union[float, str]]


class FilterCondition(TypedDict):
    """A condition on the payload value at a dotted path: exactly one of `match`, `range`,
    `geo_radius`, `geo_box`, `exists`, `is_null` and `is_empty`. For a list, one element that
    fits is enough. Bounds of a range are numbers, or RFC 3339 strings, which are compared as
    instants. A place is an object with `lat` and `lon`; a box whose left edge is east of its
    right one crosses the 180th meridian.
    """

    exists: NotRequired[bool]
    geo_box: NotRequired[FilterConditionGeoBox]
    geo_radius: NotRequired[FilterConditionGeoRadius]
    is_empty: NotRequired[bool]
    is_null: NotRequired[bool]
    key: str
    match: NotRequired[FilterConditionMatch]
    range: NotRequired[FilterConditionRange]


class Fusion(TypedDict):
    """How two rankings become one."""

    method: NotRequired[FusionMethod]
    rank_constant: NotRequired[float | None]
    """For `rrf`. Dampens the first ranks: a rank adds `weight / (rank_constant + rank)`. 60 by
    default.
    """
    weights: NotRequired[FusionWeights]


class FusionWeights(TypedDict):
    """What each ranking counts: by default 1 each for `rrf`, and what was measured to be best for
    `scores`.
    """

    text: NotRequired[float | None]
    vector: NotRequired[float | None]


class GetPoints(TypedDict):
    """Ids of points to read."""

    ids: Sequence[Id]
    include: NotRequired[Sequence[IncludePart] | None]
    """Text and payload by default."""


class GotPoints(TypedDict):
    """Points that were asked for by id."""

    missing: list[Id]
    """Those that do not."""
    points: list[Point]
    """Those that exist, in the order asked for."""


class HasId(TypedDict):
    """The point has one of these ids."""

    has_id: Sequence[Id]


class Health(TypedDict):
    """The server answers."""

    status: str


class Hit(TypedDict):
    """One ranked point."""

    chunk: NotRequired[HitChunk | None]
    explain: NotRequired[HitRanks | None]
    id: Id
    neighbours: NotRequired[Neighbours | None]
    payload: NotRequired[dict[str, Any] | None]
    score: float
    """Higher is closer."""
    text: NotRequired[str | None]


class HitChunk(TypedDict):
    """The part of the text that is closest to the query."""

    end: int
    """One past the last character, in Unicode code points."""
    index: int
    """Its position among the point's chunks, from 0."""
    start: int
    """First character, in Unicode code points."""
    text: str


class HitRanks(TypedDict):
    """Where a hit stood in each ranking."""

    text: NotRequired[Standing | None]
    vector: NotRequired[Standing | None]


class ImportFault(TypedDict):
    """A bad line, or what ended the import."""

    code: Code
    detail: str
    """What was found and what was expected."""
    field: NotRequired[str | None]
    """The part of the line at fault."""
    line: int
    """The line, from 1."""


class ImportProgress(TypedDict):
    """An acknowledgement: every line up to `lines` is on disk or was reported as bad."""

    done: NotRequired[bool | None]
    """Only on the last line of the answer: whether the whole input was dealt with."""
    failed: int
    """Bad lines so far."""
    lines: int
    """Lines dealt with, from the first."""
    sequence: int
    """The last write's sequence number."""
    upserted: int
    """Points inserted or replaced so far."""


class IndexState(TypedDict):
    """The state of a collection's views."""

    active_vectors: int
    """Vectors not yet in a graph; they are searched exactly."""
    segments: list[Segment]
    text_sequence: int
    """The last write that text search shows."""
    vector_sequence: int
    """The last write that the vector view keeps on disk."""


class MeasuredRecall(TypedDict):
    """The measured recall of one plan in one segment."""

    beam: int
    """Candidates taken from the graph."""
    cost_us: float
    """Median time of one search when it was measured, in microseconds."""
    limit: int
    """Hits it was measured for."""
    prefix: int
    """Length of the prefix whose graph is entered."""
    recall: float


class Model(TypedDict):
    """The loaded model. `fingerprint` and what follows are ours, not OpenAI's."""

    created: int
    dimensions: int
    fingerprint: str
    id: str
    object: str
    owned_by: str
    parameters: int
    prefix_lengths: list[int]
    """Matryoshka lengths, the full one first."""
    tokens_max: int
    """The longest text, in tokens."""


class Models(TypedDict):
    """The models that can be asked for: the one that is loaded."""

    data: list[Model]
    object: str


class NeighbourChunk(TypedDict):
    """A chunk beside the closest one."""

    end: int
    """One past the last character, in Unicode code points."""
    start: int
    """First character, in Unicode code points."""
    text: str


class Neighbours(TypedDict):
    """The chunks around the closest one; they may share some text with it."""

    after: NotRequired[NeighbourChunk | None]
    """Left out where it is the last."""
    before: NotRequired[NeighbourChunk | None]
    """Left out where it is the first."""


class NestedFilterNested(TypedDict):
    """A part of what follows."""

    filter: Filter
    key: str


class NestedFilter(TypedDict):
    """One object at the path `key`, of a list one element, passes the whole filter by itself. Paths
    in the filter begin at the object, and `has_id` has no place in it.
    """

    nested: NestedFilterNested


class OpenAiError(TypedDict):
    """An error in OpenAI's shape."""

    error: OpenAiErrorBody


class OpenAiErrorBody(TypedDict):
    """What went wrong."""

    code: NotRequired[str | None]
    message: str
    param: NotRequired[str | None]
    type: str


class OrderBy(TypedDict):
    """By which payload value points are ordered; those without it come last."""

    direction: NotRequired[Direction]
    key: str
    """The dotted path. Values stand in this order: booleans, numbers, RFC 3339 dates as instants,
    other strings by their first 256 bytes. Of a list, the element that comes first counts.
    """


class Point(TypedDict):
    """A point as it is stored."""

    chunks: NotRequired[list[StoredChunk] | None]
    """Its chunks with their vectors; one chunk for a ready vector."""
    expires_at: NotRequired[int | None]
    """Milliseconds since the Unix epoch from which on the point is hidden."""
    id: Id
    payload: NotRequired[dict[str, Any] | None]
    sequence: int
    """The sequence number of the last write that changed it."""
    text: NotRequired[str | None]


class Problem(TypedDict):
    """An error (RFC 9457), sent as `application/problem+json`."""

    code: Code
    detail: str
    """What was found, what was expected and what to do. For people; it may change."""
    field: NotRequired[str | None]
    """The part of the request at fault, as a path such as `points[3].vector`."""
    retry_after_ms: NotRequired[int | None]
    """When to try again, in milliseconds; the `Retry-After` header has it in seconds."""
    status: int
    """The HTTP status."""
    title: str
    """What the code means, the same for every occurrence."""
    type: str
    """`urn:kukla:problem:` and the code."""


class ScrollPoints(TypedDict):
    """A page of points in a stable order."""

    cursor: NotRequired[str | None]
    """Where the last page ended; `filter` and `order_by` must be those of that page."""
    filter: NotRequired[Filter | None]
    include: NotRequired[Sequence[IncludePart] | None]
    """Text and payload by default."""
    limit: NotRequired[int | None]
    """How many points; 100 by default."""
    order_by: NotRequired[OrderBy | None]
    """By default points come in the order in which their ids were first written."""


class ScrolledPoints(TypedDict):
    """A page of points."""

    cursor: NotRequired[str | None]
    """Send it for the next page; null at the end."""
    points: list[Point]


class Search(TypedDict):
    """A search by text, by vector, or by both."""

    explain: NotRequired[bool]
    """Whether to say how the answer came about."""
    filter: NotRequired[Filter | None]
    fusion: NotRequired[Fusion | None]
    """How the two rankings of a hybrid search become one."""
    include: NotRequired[Sequence[HitPart] | None]
    """What each hit carries; text, payload and chunk by default."""
    limit: NotRequired[int | None]
    """How many points; 10 by default."""
    mode: NotRequired[SearchMode | None]
    """The richest the inputs allow by default: hybrid for a text in a collection with a model and
    for text and vector together, text for a text alone, vector for a vector alone.
    """
    query: NotRequired[str | None]
    """The question, as text."""
    recall: NotRequired[float | None]
    """The recall to aim for, above 0 and at most 1; 1 is the exact scan. The collection's own by
    default.
    """
    vector: NotRequired[Sequence[float] | None]
    """The question, as a vector of the collection's dimensions."""


class SearchAnswer(TypedDict):
    """Ranked points, best first."""

    explain: NotRequired[SearchExplanation | None]
    hits: list[Hit]
    took_ms: float
    """Time in the server, in milliseconds, embedding the query included."""


class SearchExplanation(TypedDict):
    """How an answer came about."""

    filtered_points: NotRequired[int | None]
    """Points that passed the filter, where there is one."""
    mode: SearchMode
    segments: list[ExplainedSegment]
    """How each segment was searched."""
    text_candidates: int
    text_possible: float
    """What a text that holds every word of the query could score by BM25, about."""
    vector_candidates: int


class Segment(TypedDict):
    """One sealed segment."""

    bytes: int
    deleted_vectors: int
    id: int
    measured: list[MeasuredRecall]
    """The recall measured for each plan, against the exact scan."""
    vectors: int
    """Vectors, deleted ones counted."""


class SetAlias(TypedDict):
    """Where an alias is to lead."""

    collection: str
    """The name of a collection, not of an alias."""


class SetAliasAction(TypedDict):
    """An alias and where it is to lead."""

    alias: str
    collection: str
    """The name of a collection, not of an alias."""


class Standing(TypedDict):
    """A place in a ranking."""

    added: float
    """What it adds to the hit's score."""
    rank: int
    """From 1."""
    score: float
    """In the ranking's own terms: closeness, or BM25."""


class StoredChunk(TypedDict):
    """A part of a point's text with its vector."""

    end: int
    """One past the last character, in Unicode code points."""
    start: int
    """First character, in Unicode code points."""
    vector: list[float]


class Upsert(TypedDict):
    """Points to insert or replace, all or none."""

    points: Sequence[UpsertPoint]


class UpsertChunk(TypedDict):
    """A part of a text with its vector."""

    end: int
    """One past the last character, in Unicode code points."""
    start: int
    """First character, in Unicode code points."""
    vector: Sequence[float]


class UpsertPoint(TypedDict):
    """One point to insert or replace."""

    chunks: NotRequired[Sequence[UpsertChunk] | None]
    """Ready vectors with the parts of the text they are of, as an export writes them; instead of
    `vector`.
    """
    expires_at: NotRequired[int | None]
    """Milliseconds since the Unix epoch from which on the point is hidden."""
    format: NotRequired[TextFormat | None]
    """What `text` is."""
    id: Id
    if_exists: NotRequired[bool | None]
    """True: writes only if the point exists, at whatever sequence number. Not beside `if_sequence`.
    """
    if_sequence: NotRequired[int | None]
    """Writes only if the point is at this sequence number; 0: only if it does not exist."""
    model_fingerprint: NotRequired[str | None]
    """The fingerprint of the model that made `vector` or `chunks`."""
    payload: NotRequired[Mapping[str, Any] | None]
    text: NotRequired[str | None]
    """Embedded by the collection's model, and searched by words."""
    vector: NotRequired[Sequence[float] | None]
    """A ready vector. In a collection with a model it must name the `model_fingerprint` it is from.
    """


class Upserted(TypedDict):
    """What an upsert did."""

    sequence: int
    """The write's sequence number."""
    upserted: int
    """Points inserted or replaced."""


class Usage(TypedDict):
    """Tokens counted."""

    prompt_tokens: int
    total_tokens: int


class Created(TypedDict):
    """A collection that was created or found."""

    is_new: bool
    """Whether it is new."""
    collection: Collection

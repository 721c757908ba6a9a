/** What goes over the wire. Made from openapi.json by clients/generate; not to be edited. */

/** The version of the contract that this client was made from. */
export const contractVersion = "0.1.0";

/** An alias with its collection. */
export interface Alias {
  alias: string;
  collection: string;
}

/** One step of a change. */
export type AliasAction = {
  set: SetAliasAction;
} | {
  delete: DeleteAliasAction;
};

/** An alias is gone. */
export interface AliasDeleted {
  deleted: boolean;
}

/** All aliases, by name. */
export interface Aliases {
  aliases: Alias[];
}

/** Several steps at once: all or none, in order. */
export interface ChangeAliases {
  actions: readonly AliasAction[];
}

/** Settings to change. Those that are fixed are known here only to be refused with the reason. */
export interface ChangeCollection {
  /** The recall a search aims for when it does not say, above 0 and at most 1. */
  recall?: number | null;
}

/**
 * One change to the payloads of several points: `ids` or `filter`, and exactly one of the others.
 */
export interface ChangePayloads {
  /** At most 10,000 points may match. */
  filter?: Filter | null;
  ids?: readonly Id[] | null;
  /** A JSON merge patch (RFC 7396): null removes a key. */
  merge?: Record<string, unknown> | null;
  /** Removes these keys of the payload's first level. */
  remove?: readonly string[] | null;
  /** Becomes the whole payload; `{}` empties it. */
  replace?: Record<string, unknown> | null;
  /** Sets these keys as they are, and keeps the others. */
  set?: Record<string, unknown> | null;
}

/** What a change of a payload did. */
export interface Changed {
  changed: number;
  sequence: number;
}

/** How texts are cut into chunks, in tokens of the model. */
export interface Chunking {
  /** How many tokens neighbours share at most. */
  overlap: number;
  /** The longest chunk. */
  tokens: number;
}

/** A stable word for the error. */
export type Code = 
  | "invalid_json"
  | "invalid_utf8"
  | "invalid_value"
  | "missing_field"
  | "two_conditions"
  | "unknown_field"
  | "invalid_path"
  | "invalid_query"
  | "body_incomplete"
  | "route_not_found"
  | "method_not_allowed"
  | "body_too_large"
  | "unsupported_media_type"
  | "key_missing"
  | "key_unknown"
  | "role_insufficient"
  | "collection_forbidden"
  | "analyzer_unknown"
  | "chunking_out_of_range"
  | "chunking_without_model"
  | "dimensions_not_offered"
  | "dimensions_required"
  | "filter_geo_invalid"
  | "filter_invalid"
  | "filter_key_invalid"
  | "filter_too_deep"
  | "filter_too_large"
  | "filter_value_invalid"
  | "query_missing"
  | "fingerprint_mismatch"
  | "fingerprint_required"
  | "fingerprint_unused"
  | "format_without_text"
  | "fusion_invalid"
  | "ids_or_filter"
  | "one_change"
  | "include_invalid"
  | "not_supported"
  | "line_too_long"
  | "text_empty"
  | "text_required"
  | "text_too_long"
  | "token_ids"
  | "vector_required"
  | "vector_unused"
  | "vector_or_chunks"
  | "model_mismatch"
  | "model_not_loaded"
  | "chunk_out_of_range"
  | "collection_name_invalid"
  | "cursor_invalid"
  | "dimension_mismatch"
  | "dimensions_out_of_range"
  | "duplicate_id"
  | "empty"
  | "facet_too_many_values"
  | "id_empty"
  | "id_too_long"
  | "ids_used_up"
  | "setting_fixed"
  | "key_invalid"
  | "limit_out_of_range"
  | "payload_too_deep"
  | "payload_too_large"
  | "recall_out_of_range"
  | "request_too_large"
  | "too_many"
  | "vector_missing"
  | "vector_not_finite"
  | "vector_too_large"
  | "zero_vector"
  | "alias_not_found"
  | "collection_not_found"
  | "point_not_found"
  | "collection_in_use"
  | "name_taken"
  | "schema_conflict"
  | "sequence_conflict"
  | "point_absent"
  | "rate_limited"
  | "overloaded"
  | "corrupt"
  | "internal"
  | "collection_poisoned"
  | "data_folder"
  | "io"
  | "model_unavailable"
  | "not_ready"
  | "request_timeout"
  | "shutting_down"
  | "timeout";

/** A collection: what was fixed when it was created, and what it holds. */
export interface Collection {
  dimensions: number;
  distance: Distance;
  index: IndexState;
  /** Null when callers bring vectors. */
  model?: CollectionModel | null;
  name: string;
  /** Points that exist. */
  points: number;
  /** Why writes are stopped, if they are. */
  poisoned?: string | null;
  recall: number;
  /** The sequence number of the last write. */
  sequence: number;
  /** Vectors that exist: one or more for each point. */
  vectors: number;
}

/** A collection is gone. */
export interface CollectionDeleted {
  deleted: boolean;
}

/** The model a collection is of. */
export interface CollectionModel {
  chunking: Chunking;
  fingerprint: string;
  /** Whether it is the model that the server has loaded; if not, texts are refused. */
  loaded: boolean;
  name: string;
}

/** All collections, by name. */
export interface Collections {
  collections: Collection[];
}

/** Which points to count; all by default. */
export interface CountPoints {
  filter?: Filter | null;
}

/** How many points match. */
export interface Counted {
  count: number;
}

/** What a collection is to be. Everything may be left out. */
export interface CreateCollection {
  /**
   * How texts become words. `auto`, the only one, reads scripts off the characters and guesses the
   * language of each text.
   */
  analyzer?: string | null;
  /** How texts are cut; needs a model. */
  chunking?: Chunking | null;
  /**
   * Numbers in a vector. With a model, one of its matryoshka lengths, and by default the full one;
   * without a model it is required.
   */
  dimensions?: number | null;
  /** How closeness is computed; cosine by default. */
  distance?: Distance | null;
  /**
   * The model that embeds its texts, which must be the one the server has loaded. Left out, it is
   * that one; `null` means that callers bring vectors.
   */
  model?: string | null;
  /** The recall a search aims for when it does not say, above 0 and at most 1. */
  recall?: number | null;
}

/** An alias that is to go. */
export interface DeleteAliasAction {
  alias: string;
}

/** Points to delete: `ids` or `filter`. */
export interface DeletePoints {
  filter?: Filter | null;
  ids?: readonly Id[] | null;
}

/** What a delete did. */
export interface Deleted {
  /** Points deleted; ids that did not exist are not counted. */
  deleted: number;
  /** The write's sequence number, or the last one when nothing was deleted. */
  sequence: number;
}

/** Least first, or greatest first. */
export type Direction = "asc" | "desc";

/** How closeness is computed. Scores are higher for closer, for each of them. */
export type Distance = "cosine" | "dot" | "euclid";

/** One text's embedding. */
export interface EmbeddingItem {
  embedding: EmbeddingNumbers;
  index: number;
  object: string;
}

/** A vector, as asked for. */
export type EmbeddingNumbers = number[] | string;

/** A request for embeddings. */
export interface Embeddings {
  /** One of the model's matryoshka lengths; the full one by default. */
  dimensions?: number | null;
  encoding_format?: EncodingFormat;
  input: StringOrList;
  input_type?: InputType;
  /** The loaded model's name; left out, it is that one. */
  model?: string | null;
  /** Accepted and not used. */
  user?: string | null;
}

/** Embeddings, in the order of the input. */
export interface EmbeddingsAnswer {
  data: EmbeddingItem[];
  model: string;
  object: string;
  usage: Usage;
}

/** How vectors are written. */
export type EncodingFormat = "float" | "base64";

/** How one segment was searched. */
export interface ExplainedSegment {
  plan: string;
  /** The recall measured for the plan; 1 for the exact scan. */
  recall: number;
  /** Null for the active segment. */
  segment?: number | null;
  took_us: number;
  vectors: number;
}

/** One line of an export: a point as an upsert takes it. */
export interface ExportedPoint {
  chunks?: StoredChunk[] | null;
  /** Milliseconds since the Unix epoch from which on the point is hidden. */
  expires_at?: number | null;
  id: Id;
  /** The model that made the vectors, in a collection with a model. */
  model_fingerprint?: string | null;
  payload?: Record<string, unknown> | null;
  text?: string | null;
}

/** A question for the values at a payload path. */
export interface Facet {
  /** Which points count; all by default. */
  filter?: Filter | null;
  /** The dotted path; of a list, every element counts. */
  key: string;
  /** How many values; 10 by default. */
  limit?: number | null;
}

/** The values, the most frequent first, then by value. */
export interface FacetAnswer {
  values: FacetValue[];
}

/** A value and the points that have it. */
export interface FacetValue {
  /** Points with this value, exactly; one whose list holds it twice counts once. */
  count: number;
  value: Scalar;
}

/** A group of conditions on payloads; empty lists do not constrain. */
export interface Filter {
  must?: readonly (FilterCondition | HasId | NestedFilter | Filter)[];
  must_not?: readonly (FilterCondition | HasId | NestedFilter | Filter)[];
  should?: readonly (FilterCondition | HasId | NestedFilter | Filter)[];
}

/**
 * A condition on the payload value at a dotted path: exactly one of `match`, `range`, `geo_radius`,
 * `geo_box`, `exists`, `is_null` and `is_empty`. For a list, one element that fits is enough.
 * Bounds of a range are numbers, or RFC 3339 strings, which are compared as instants. A place is an
 * object with `lat` and `lon`; a box whose left edge is east of its right one crosses the 180th
 * meridian.
 */
export interface FilterCondition {
  exists?: boolean;
  geo_box?: {
    bottom_right: {
      lat: number;
      lon: number;
    };
    top_left: {
      lat: number;
      lon: number;
    };
  };
  geo_radius?: {
    center: {
      lat: number;
      lon: number;
    };
    radius_m: number;
  };
  is_empty?: boolean;
  is_null?: boolean;
  key: string;
  match?: {
    any?: readonly (string | number | boolean)[];
    other_than?: readonly (string | number | boolean)[];
    prefix?: string;
    value?: string | number | boolean;
  };
  range?: {
    gt?: number | string;
    gte?: number | string;
    lt?: number | string;
    lte?: number | string;
  };
}

/** How two rankings become one. */
export interface Fusion {
  method?: FusionMethod;
  /**
   * For `rrf`. Dampens the first ranks: a rank adds `weight / (rank_constant + rank)`. 60 by
   * default.
   */
  rank_constant?: number | null;
  weights?: FusionWeights;
}

/** A way of fusing. */
export type FusionMethod = "scores" | "rrf";

/**
 * What each ranking counts: by default 1 each for `rrf`, and what was measured to be best for
 * `scores`.
 */
export interface FusionWeights {
  text?: number | null;
  vector?: number | null;
}

/** Ids of points to read. */
export interface GetPoints {
  ids: readonly Id[];
  /** Text and payload by default. */
  include?: readonly IncludePart[] | null;
}

/** Points that were asked for by id. */
export interface GotPoints {
  /** Those that do not. */
  missing: Id[];
  /** Those that exist, in the order asked for. */
  points: Point[];
}

/** The point has one of these ids. */
export interface HasId {
  has_id: readonly Id[];
}

/** The server answers. */
export interface Health {
  status: string;
}

/** One ranked point. */
export interface Hit {
  chunk?: HitChunk | null;
  explain?: HitRanks | null;
  id: Id;
  neighbours?: Neighbours | null;
  payload?: Record<string, unknown> | null;
  /** Higher is closer. */
  score: number;
  text?: string | null;
}

/** The part of the text that is closest to the query. */
export interface HitChunk {
  /** One past the last character, in Unicode code points. */
  end: number;
  /** Its position among the point's chunks, from 0. */
  index: number;
  /** First character, in Unicode code points. */
  start: number;
  text: string;
}

/** A part of a hit. */
export type HitPart = "text" | "payload" | "chunk" | "neighbours";

/** Where a hit stood in each ranking. */
export interface HitRanks {
  text?: Standing | null;
  vector?: Standing | null;
}

/** A string of 1 to 256 bytes or an unsigned 64-bit integer. `7` and `"7"` name one point. */
export type Id = string | number;

/** A bad line, or what ended the import. */
export interface ImportFault {
  code: Code;
  /** What was found and what was expected. */
  detail: string;
  /** The part of the line at fault. */
  field?: string | null;
  /** The line, from 1. */
  line: number;
}

/** An acknowledgement: every line up to `lines` is on disk or was reported as bad. */
export interface ImportProgress {
  /** Only on the last line of the answer: whether the whole input was dealt with. */
  done?: boolean | null;
  /** Bad lines so far. */
  failed: number;
  /** Lines dealt with, from the first. */
  lines: number;
  /** The last write's sequence number. */
  sequence: number;
  /** Points inserted or replaced so far. */
  upserted: number;
}

/** A part of a point. */
export type IncludePart = "text" | "payload" | "vectors";

/** The state of a collection's views. */
export interface IndexState {
  /** Vectors not yet in a graph; they are searched exactly. */
  active_vectors: number;
  segments: Segment[];
  /** The last write that text search shows. */
  text_sequence: number;
  /** The last write that the vector view keeps on disk. */
  vector_sequence: number;
}

/** What the texts are. */
export type InputType = "document" | "query";

/** The measured recall of one plan in one segment. */
export interface MeasuredRecall {
  /** Candidates taken from the graph. */
  beam: number;
  /** Median time of one search when it was measured, in microseconds. */
  cost_us: number;
  /** Hits it was measured for. */
  limit: number;
  /** Length of the prefix whose graph is entered. */
  prefix: number;
  recall: number;
}

/** The loaded model. `fingerprint` and what follows are ours, not OpenAI's. */
export interface Model {
  created: number;
  dimensions: number;
  fingerprint: string;
  id: string;
  object: string;
  owned_by: string;
  parameters: number;
  /** Matryoshka lengths, the full one first. */
  prefix_lengths: number[];
  /** The longest text, in tokens. */
  tokens_max: number;
}

/** The models that can be asked for: the one that is loaded. */
export interface Models {
  data: Model[];
  object: string;
}

/** A chunk beside the closest one. */
export interface NeighbourChunk {
  /** One past the last character, in Unicode code points. */
  end: number;
  /** First character, in Unicode code points. */
  start: number;
  text: string;
}

/** The chunks around the closest one; they may share some text with it. */
export interface Neighbours {
  /** Left out where it is the last. */
  after?: NeighbourChunk | null;
  /** Left out where it is the first. */
  before?: NeighbourChunk | null;
}

/**
 * One object at the path `key`, of a list one element, passes the whole filter by itself. Paths in
 * the filter begin at the object, and `has_id` has no place in it.
 */
export interface NestedFilter {
  nested: {
    filter: Filter;
    key: string;
  };
}

/** An error in OpenAI's shape. */
export interface OpenAiError {
  error: OpenAiErrorBody;
}

/** What went wrong. */
export interface OpenAiErrorBody {
  code?: string | null;
  message: string;
  param?: string | null;
  type: string;
}

/** By which payload value points are ordered; those without it come last. */
export interface OrderBy {
  direction?: Direction;
  /**
   * The dotted path. Values stand in this order: booleans, numbers, RFC 3339 dates as instants,
   * other strings by their first 256 bytes. Of a list, the element that comes first counts.
   */
  key: string;
}

/** A point as it is stored. */
export interface Point {
  /** Its chunks with their vectors; one chunk for a ready vector. */
  chunks?: StoredChunk[] | null;
  /** Milliseconds since the Unix epoch from which on the point is hidden. */
  expires_at?: number | null;
  id: Id;
  payload?: Record<string, unknown> | null;
  /** The sequence number of the last write that changed it. */
  sequence: number;
  text?: string | null;
}

/** An error (RFC 9457), sent as `application/problem+json`. */
export interface Problem {
  code: Code;
  /** What was found, what was expected and what to do. For people; it may change. */
  detail: string;
  /** The part of the request at fault, as a path such as `points[3].vector`. */
  field?: string | null;
  /** When to try again, in milliseconds; the `Retry-After` header has it in seconds. */
  retry_after_ms?: number | null;
  /** The HTTP status. */
  status: number;
  /** What the code means, the same for every occurrence. */
  title: string;
  /** `urn:kukla:problem:` and the code. */
  type: string;
}

/** A value that can be counted; only for the contract. */
export type Scalar = string | number | boolean;

/** A page of points in a stable order. */
export interface ScrollPoints {
  /** Where the last page ended; `filter` and `order_by` must be those of that page. */
  cursor?: string | null;
  filter?: Filter | null;
  /** Text and payload by default. */
  include?: readonly IncludePart[] | null;
  /** How many points; 100 by default. */
  limit?: number | null;
  /** By default points come in the order in which their ids were first written. */
  order_by?: OrderBy | null;
}

/** A page of points. */
export interface ScrolledPoints {
  /** Send it for the next page; null at the end. */
  cursor?: string | null;
  points: Point[];
}

/** A search by text, by vector, or by both. */
export interface Search {
  /** Whether to say how the answer came about. */
  explain?: boolean;
  filter?: Filter | null;
  /** How the two rankings of a hybrid search become one. */
  fusion?: Fusion | null;
  /** What each hit carries; text, payload and chunk by default. */
  include?: readonly HitPart[] | null;
  /** How many points; 10 by default. */
  limit?: number | null;
  /**
   * The richest the inputs allow by default: hybrid for a text in a collection with a model and for
   * text and vector together, text for a text alone, vector for a vector alone.
   */
  mode?: SearchMode | null;
  /** The question, as text. */
  query?: string | null;
  /**
   * The recall to aim for, above 0 and at most 1; 1 is the exact scan. The collection's own by
   * default.
   */
  recall?: number | null;
  /** The question, as a vector of the collection's dimensions. */
  vector?: readonly number[] | null;
}

/** Ranked points, best first. */
export interface SearchAnswer {
  explain?: SearchExplanation | null;
  hits: Hit[];
  /** Time in the server, in milliseconds, embedding the query included. */
  took_ms: number;
}

/** How an answer came about. */
export interface SearchExplanation {
  /** Points that passed the filter, where there is one. */
  filtered_points?: number | null;
  mode: SearchMode;
  /** How each segment was searched. */
  segments: ExplainedSegment[];
  text_candidates: number;
  /** What a text that holds every word of the query could score by BM25, about. */
  text_possible: number;
  vector_candidates: number;
}

/** Which rankings a search uses. */
export type SearchMode = "hybrid" | "vector" | "text";

/** One sealed segment. */
export interface Segment {
  bytes: number;
  deleted_vectors: number;
  id: number;
  /** The recall measured for each plan, against the exact scan. */
  measured: MeasuredRecall[];
  /** Vectors, deleted ones counted. */
  vectors: number;
}

/** Where an alias is to lead. */
export interface SetAlias {
  /** The name of a collection, not of an alias. */
  collection: string;
}

/** An alias and where it is to lead. */
export interface SetAliasAction {
  alias: string;
  /** The name of a collection, not of an alias. */
  collection: string;
}

/** A place in a ranking. */
export interface Standing {
  /** What it adds to the hit's score. */
  added: number;
  /** From 1. */
  rank: number;
  /** In the ranking's own terms: closeness, or BM25. */
  score: number;
}

/** A part of a point's text with its vector. */
export interface StoredChunk {
  /** One past the last character, in Unicode code points. */
  end: number;
  /** First character, in Unicode code points. */
  start: number;
  vector: number[];
}

/** One text or several; only for the contract. */
export type StringOrList = string | readonly string[];

/**
 * What a text is. However it is, a long one is cut at headings, paragraphs and sentences where it
 * can be.
 */
export type TextFormat = "plain" | "markdown" | "html";

/** Points to insert or replace, all or none. */
export interface Upsert {
  points: readonly UpsertPoint[];
}

/** A part of a text with its vector. */
export interface UpsertChunk {
  /** One past the last character, in Unicode code points. */
  end: number;
  /** First character, in Unicode code points. */
  start: number;
  vector: readonly number[];
}

/** One point to insert or replace. */
export interface UpsertPoint {
  /**
   * Ready vectors with the parts of the text they are of, as an export writes them; instead of
   * `vector`.
   */
  chunks?: readonly UpsertChunk[] | null;
  /** Milliseconds since the Unix epoch from which on the point is hidden. */
  expires_at?: number | null;
  /** What `text` is. */
  format?: TextFormat | null;
  id: Id;
  /**
   * True: writes only if the point exists, at whatever sequence number. Not beside `if_sequence`.
   */
  if_exists?: boolean | null;
  /** Writes only if the point is at this sequence number; 0: only if it does not exist. */
  if_sequence?: number | null;
  /** The fingerprint of the model that made `vector` or `chunks`. */
  model_fingerprint?: string | null;
  payload?: Record<string, unknown> | null;
  /** Embedded by the collection's model, and searched by words. */
  text?: string | null;
  /**
   * A ready vector. In a collection with a model it must name the `model_fingerprint` it is from.
   */
  vector?: readonly number[] | null;
}

/** What an upsert did. */
export interface Upserted {
  /** The write's sequence number. */
  sequence: number;
  /** Points inserted or replaced. */
  upserted: number;
}

/** Tokens counted. */
export interface Usage {
  prompt_tokens: number;
  total_tokens: number;
}

/** A collection that was created or found. */
export interface Created {
  /** Whether it is new. */
  is_new: boolean;
  collection: Collection;
}

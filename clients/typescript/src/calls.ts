/** Every call that is one request. Made from openapi.json by clients/generate; not to be edited. */

import type * as models from "./models.js";
import { type Answer, pathOf, type Query } from "./transport.js";

/** Every call that is one request. */
export abstract class Calls {
  protected abstract send(
    method: string,
    path: string,
    query?: Query,
    body?: unknown,
  ): Promise<Answer>;

  protected abstract lines(
    method: string,
    path: string,
    query?: Query,
    body?: unknown,
  ): AsyncIterable<unknown>;

  /** Tells where an alias leads. */
  async alias(alias: string): Promise<models.Alias> {
    const answer = await this.send("GET", pathOf("v1", "aliases", alias));
    return answer.json() as models.Alias;
  }

  /** Lists all aliases. */
  async aliases(): Promise<models.Alias[]> {
    const answer = await this.send("GET", pathOf("v1", "aliases"));
    return (answer.json() as { aliases: models.Alias[] }).aliases;
  }

  /**
   * Carries out several steps at once, all or none: a search sees the aliases as they were before
   * or as they are after.
   */
  async changeAliases(actions: readonly models.AliasAction[]): Promise<models.Alias[]> {
    const answer = await this.send("POST", pathOf("v1", "aliases"), undefined, { actions });
    return (answer.json() as { aliases: models.Alias[] }).aliases;
  }

  /**
   * Changes settings of a collection. What is fixed is refused by name.
   *
   * @param options.recall The recall a search aims for when it does not say, above 0 and at most 1.
   */
  async changeCollection(
    collection: string,
    options: models.ChangeCollection = {},
  ): Promise<models.Collection> {
    const answer = await this.send(
      "PATCH",
      pathOf("v1", "collections", collection),
      undefined,
      options,
    );
    return answer.json() as models.Collection;
  }

  /**
   * Changes a point's payload with a JSON merge patch (RFC 7396): null removes a key.
   *
   * @param options.wait When the write is answered.
   */
  async changePayload(
    collection: string,
    id: models.Id,
    patch: Record<string, unknown>,
    options: { wait?: "durable" | "searchable" } = {},
  ): Promise<models.Changed> {
    const answer = await this.send(
      "PATCH",
      pathOf("v1", "collections", collection, "points", id, "payload"),
      options,
      patch,
    );
    return answer.json() as models.Changed;
  }

  /**
   * Changes the payloads of several points, by id or by filter. Each point is a write of its own; the first that fails ends it, and what was changed before stays changed.
   *
   * @param options.wait When the write is answered.
   * @param options.filter At most 10,000 points may match.
   * @param options.merge A JSON merge patch (RFC 7396): null removes a key.
   * @param options.remove Removes these keys of the payload's first level.
   * @param options.replace Becomes the whole payload; `{}` empties it.
   * @param options.set Sets these keys as they are, and keeps the others.
   */
  async changePayloads(
    collection: string,
    options: models.ChangePayloads & { wait?: "durable" | "searchable" } = {},
  ): Promise<models.Changed> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "payload"),
      { wait: options.wait },
      { filter: options.filter, ids: options.ids, merge: options.merge, remove: options.remove, replace: options.replace, set: options.set },
    );
    return answer.json() as models.Changed;
  }

  /** Describes a collection: schema, counts, state of the index, measured recall. */
  async collection(collection: string): Promise<models.Collection> {
    const answer = await this.send("GET", pathOf("v1", "collections", collection));
    return answer.json() as models.Collection;
  }

  /** Lists the collections that the caller's key is for. */
  async collections(): Promise<models.Collection[]> {
    const answer = await this.send("GET", pathOf("v1", "collections"));
    return (answer.json() as { collections: models.Collection[] }).collections;
  }

  /** Counts points. */
  async count(collection: string, options: models.CountPoints = {}): Promise<number> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "count"),
      undefined,
      options,
    );
    return (answer.json() as { count: number }).count;
  }

  /**
   * Creates a collection, or finds it if it exists just so.
   *
   * @param collection 1 to 64 of a-z A-Z 0-9 _ -
   * @param options.analyzer How texts become words. `auto`, the only one, reads scripts off the
   *   characters and guesses the language of each text.
   * @param options.chunking How texts are cut; needs a model.
   * @param options.dimensions Numbers in a vector. With a model, one of its matryoshka lengths, and
   *   by default the full one; without a model it is required.
   * @param options.distance How closeness is computed; cosine by default.
   * @param options.model The model that embeds its texts, which must be the one the server has
   *   loaded. Left out, it is that one; `null` means that callers bring vectors.
   * @param options.recall The recall a search aims for when it does not say, above 0 and at most 1.
   */
  async createCollection(
    collection: string,
    options: models.CreateCollection = {},
  ): Promise<models.Created> {
    const answer = await this.send(
      "PUT",
      pathOf("v1", "collections", collection),
      undefined,
      options,
    );
    return { is_new: answer.status === 201, collection: answer.json() as models.Collection };
  }

  /** Deletes an alias; its collection stays. */
  async deleteAlias(alias: string): Promise<void> {
    await this.send("DELETE", pathOf("v1", "aliases", alias));
  }

  /** Deletes a collection and everything in it. One that an alias names is refused. */
  async deleteCollection(collection: string): Promise<void> {
    await this.send("DELETE", pathOf("v1", "collections", collection));
  }

  /**
   * Deletes the points that match a filter.
   *
   * @param options.wait When the write is answered.
   */
  async deleteMatching(
    collection: string,
    filter: models.Filter,
    options: { wait?: "durable" | "searchable" } = {},
  ): Promise<models.Deleted> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "delete"),
      options,
      { filter },
    );
    return answer.json() as models.Deleted;
  }

  /**
   * Deletes one point; that it did not exist is not an error.
   *
   * @param options.wait When the write is answered.
   */
  async deletePoint(
    collection: string,
    id: models.Id,
    options: { wait?: "durable" | "searchable" } = {},
  ): Promise<models.Deleted> {
    const answer = await this.send(
      "DELETE",
      pathOf("v1", "collections", collection, "points", id),
      options,
    );
    return answer.json() as models.Deleted;
  }

  /**
   * Deletes points by id.
   *
   * @param options.wait When the write is answered.
   */
  async deletePoints(
    collection: string,
    ids: readonly models.Id[],
    options: { wait?: "durable" | "searchable" } = {},
  ): Promise<models.Deleted> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "delete"),
      options,
      { ids },
    );
    return answer.json() as models.Deleted;
  }

  /**
   * Embeds texts, in OpenAI's shape.
   *
   * @param input One text or a list of texts. Token ids are refused.
   * @param options.dimensions One of the model's matryoshka lengths; the full one by default.
   * @param options.input_type Our extension: whether the texts are documents or queries.
   * @param options.model The loaded model's name; left out, it is that one.
   * @param options.user Accepted and not used.
   */
  async embed(
    input: models.StringOrList,
    options: Omit<models.Embeddings, "input"> = {},
  ): Promise<models.EmbeddingsAnswer> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "embeddings"),
      undefined,
      { input, ...options },
    );
    return answer.json() as models.EmbeddingsAnswer;
  }

  /**
   * Exports all points of one moment as JSON lines, streamed. Each line is a point that an upsert as `application/x-ndjson` takes as it is. An answer without its regular end was cut off.
   *
   * @param options.include `text`, `payload` and `vectors`, separated by commas; all by default.
   *   Without vectors, an import embeds the texts again.
   */
  export(
    collection: string,
    options: { include?: readonly models.IncludePart[] } = {},
  ): AsyncIterable<models.ExportedPoint> {
    return this.lines(
      "GET",
      pathOf("v1", "collections", collection, "export"),
      options,
    ) as AsyncIterable<models.ExportedPoint>;
  }

  /**
   * Counts points by the values at a payload path.
   *
   * @param key The dotted path; of a list, every element counts.
   * @param options.filter Which points count; all by default.
   * @param options.limit How many values; 10 by default.
   */
  async facet(
    collection: string,
    key: string,
    options: Omit<models.Facet, "key"> = {},
  ): Promise<models.FacetValue[]> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "facet"),
      undefined,
      { key, ...options },
    );
    return (answer.json() as { values: models.FacetValue[] }).values;
  }

  /**
   * Reads one point.
   *
   * @param options.include `text`, `payload` and `vectors`, separated by commas; text and payload
   *   by default.
   */
  async getPoint(
    collection: string,
    id: models.Id,
    options: { include?: readonly models.IncludePart[] } = {},
  ): Promise<models.Point> {
    const answer = await this.send(
      "GET",
      pathOf("v1", "collections", collection, "points", id),
      options,
    );
    return answer.json() as models.Point;
  }

  /**
   * Reads points by id.
   *
   * @param options.include Text and payload by default.
   */
  async getPoints(
    collection: string,
    ids: readonly models.Id[],
    options: Omit<models.GetPoints, "ids"> = {},
  ): Promise<models.GotPoints> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "get"),
      undefined,
      { ids, ...options },
    );
    return answer.json() as models.GotPoints;
  }

  /** Answers as long as the process runs. */
  async health(): Promise<void> {
    await this.send("GET", pathOf("healthz"));
  }

  /** Metrics for Prometheus. */
  async metrics(): Promise<string> {
    const answer = await this.send("GET", pathOf("metrics"));
    return answer.text;
  }

  /** Lists the loaded model, in OpenAI's shape. */
  async models(): Promise<models.Model[]> {
    const answer = await this.send("GET", pathOf("v1", "models"));
    return (answer.json() as { data: models.Model[] }).data;
  }

  /** The contract in OpenAPI 3.1. */
  async openapi(): Promise<unknown> {
    const answer = await this.send("GET", pathOf("openapi.json"));
    return answer.json();
  }

  /**
   * Answers 200 when requests are welcome, else 503 with the reason. Where keys are configured, a
   * reason that names a collection is for the holders of a key for it.
   */
  async ready(): Promise<void> {
    await this.send("GET", pathOf("readyz"));
  }

  /**
   * Reads points page by page, in the order in which their ids were first written or by a payload value.
   *
   * @param options.cursor Where the last page ended; `filter` and `order_by` must be those of that
   *   page.
   * @param options.include Text and payload by default.
   * @param options.limit How many points; 100 by default.
   * @param options.order_by By default points come in the order in which their ids were first
   *   written.
   */
  async scroll(
    collection: string,
    options: models.ScrollPoints = {},
  ): Promise<models.ScrolledPoints> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "points", "scroll"),
      undefined,
      options,
    );
    return answer.json() as models.ScrolledPoints;
  }

  /**
   * Searches by text, by vector, or by both.
   *
   * @param options.explain Whether to say how the answer came about.
   * @param options.fusion How the two rankings of a hybrid search become one.
   * @param options.include What each hit carries; text, payload and chunk by default.
   * @param options.limit How many points; 10 by default.
   * @param options.mode The richest the inputs allow by default: hybrid for a text in a collection
   *   with a model and for text and vector together, text for a text alone, vector for a vector
   *   alone.
   * @param options.query The question, as text.
   * @param options.recall The recall to aim for, above 0 and at most 1; 1 is the exact scan. The
   *   collection's own by default.
   * @param options.vector The question, as a vector of the collection's dimensions.
   */
  async search(collection: string, options: models.Search = {}): Promise<models.SearchAnswer> {
    const answer = await this.send(
      "POST",
      pathOf("v1", "collections", collection, "search"),
      undefined,
      options,
    );
    return answer.json() as models.SearchAnswer;
  }

  /**
   * Makes an alias of a collection, or moves it there. Every path that takes a collection takes its alias.
   *
   * @param alias 1 to 64 of a-z A-Z 0-9 _ -, and no collection's name
   * @param collection The name of a collection, not of an alias.
   */
  async setAlias(alias: string, collection: string): Promise<models.Alias> {
    const answer = await this.send(
      "PUT",
      pathOf("v1", "aliases", alias),
      undefined,
      { collection },
    );
    return answer.json() as models.Alias;
  }

  /**
   * Inserts or replaces points.
   *
   * @param options.wait When each write is answered.
   */
  async upsert(
    collection: string,
    points: readonly models.UpsertPoint[],
    options: { wait?: "durable" | "searchable" } = {},
  ): Promise<models.Upserted> {
    const answer = await this.send(
      "PUT",
      pathOf("v1", "collections", collection, "points"),
      options,
      { points },
    );
    return answer.json() as models.Upserted;
  }
}

/** The positional arguments of each call, by their names on the wire. */
export const callArguments: Record<string, readonly string[]> = {
  alias: ["alias"],
  aliases: [],
  changeAliases: ["actions"],
  changeCollection: ["collection"],
  changePayload: ["collection", "id", "patch"],
  changePayloads: ["collection"],
  collection: ["collection"],
  collections: [],
  count: ["collection"],
  createCollection: ["collection"],
  deleteAlias: ["alias"],
  deleteCollection: ["collection"],
  deleteMatching: ["collection", "filter"],
  deletePoint: ["collection", "id"],
  deletePoints: ["collection", "ids"],
  embed: ["input"],
  export: ["collection"],
  facet: ["collection", "key"],
  getPoint: ["collection", "id"],
  getPoints: ["collection", "ids"],
  health: [],
  metrics: [],
  models: [],
  openapi: [],
  ready: [],
  scroll: ["collection"],
  search: ["collection"],
  setAlias: ["alias", "collection"],
  upsert: ["collection", "points"],
};

/** The client. */

import { Calls } from "./calls.js";
import { KuklaError } from "./errors.js";
import { Import, type ImportOptions, type ImportSummary, type Line, segments } from "./importing.js";
import type { IncludePart } from "./models.js";
import {
  type Answer,
  baseOf,
  bytesOf,
  type ClientOptions,
  defaultOptions,
  fetchOnce,
  fetchWithRetries,
  linesOf,
  partsOf,
  pathOf,
  pause,
  type Query,
  queryOf,
  type Request,
} from "./transport.js";

/**
 * A client of one server.
 *
 * Every call is tried again after 429, after 503 and when no connection was made, with growing
 * pauses; `Retry-After` is honoured. A streamed answer is not. Errors are `KuklaError`s.
 */
export class Client extends Calls {
  readonly options: Readonly<ClientOptions>;
  private readonly base: string;

  constructor(url = "http://127.0.0.1:6363", options: Partial<ClientOptions> = {}) {
    super();
    this.base = baseOf(url);
    this.options = { ...defaultOptions, ...options };
  }

  protected override send(
    method: string,
    path: string,
    query?: Query,
    body?: unknown,
  ): Promise<Answer> {
    const timeoutMs = this.options.requestTimeoutMs;
    const request = this.request(method, path, query, body);
    return fetchWithRetries({ ...request, timeoutMs }, this.options);
  }

  protected override async *lines(
    method: string,
    path: string,
    query?: Query,
    body?: unknown,
  ): AsyncGenerator<unknown> {
    const request = this.request(method, path, query, body);
    yield* linesOf(await fetchOnce(request), request.url);
  }

  private request(method: string, path: string, query?: Query, body?: unknown): Request {
    const url = this.base + path + queryOf(query);
    const { apiKey } = this.options;
    const sent =
      body === undefined ? {} : { contentType: "application/json", body: JSON.stringify(body) };
    return { method, url, apiKey, ...sent };
  }

  /**
   * Exports all points of one moment as a Parquet file, in pieces of any length.
   *
   * @param options.include `text`, `payload` and `vectors`; all by default.
   */
  async *exportParquet(
    collection: string,
    options: { include?: readonly IncludePart[] } = {},
  ): AsyncGenerator<Uint8Array> {
    const path = pathOf("v1", "collections", collection, "export");
    const request = this.request("GET", path, { ...options, format: "parquet" });
    yield* bytesOf(await fetchOnce(request), request.url);
  }

  /**
   * Streams points, one a line, and tells each acknowledgement and each bad line.
   *
   * What was cut off is sent again from the last acknowledged line; after the last retry the error
   * is thrown, and `resume_from` goes on from the last progress another time.
   *
   * @param lines Points, or lines of JSON that are one each, also from an asynchronous generator.
   */
  async importPoints(
    collection: string,
    lines: Iterable<Line> | AsyncIterable<Line>,
    options: ImportOptions = {},
  ): Promise<ImportSummary> {
    const state = new Import(this.options, options);
    const query = queryOf({ wait: options.wait, on_error: options.on_error });
    const url = this.base + pathOf("v1", "collections", collection, "points") + query;
    for await (const segment of segments(lines, this.options, options.resume_from ?? 0)) {
      state.beginSegment(segment);
      while (state.pending.length > 0) {
        try {
          await this.sendSegment(state, url);
        } catch (error) {
          const pauseMs = error instanceof KuklaError ? state.pauseMs(error) : undefined;
          if (pauseMs === undefined) {
            throw error;
          }
          await pause(pauseMs);
        }
      }
      if (state.isStopped) {
        break;
      }
    }
    return state.summary();
  }

  /** Sends what is not acknowledged, and reads the answer to its end. */
  private async sendSegment(state: Import, url: string): Promise<void> {
    const { apiKey } = this.options;
    const body = state.beginRequest();
    const contentType = "application/x-ndjson";
    const response = await fetchOnce({ method: "PUT", url, contentType, body, apiKey });
    for await (const part of partsOf(response, url)) {
      state.take(part);
    }
    state.endRequest();
  }
}

/** What every request has in common: paths, retries, answers. The only file that uses fetch. */

import { AddressError, AnswerError, ConnectionFailedError, KuklaError, ProblemError, problemOf } from "./errors.js";

/** How a client behaves. */
export interface ClientOptions {
  /** The key to send, where the server asks for one. */
  apiKey?: string;
  /** How long one try may take, above the server's own bound; imports are not bounded by it. */
  requestTimeoutMs: number;
  /** How often a request is tried again after 429 or 503, or when no connection was made. */
  retriesMax: number;
  /** The first pause between tries; each is twice the last. */
  pauseFirstMs: number;
  /** The longest pause, also where the server asks for more. */
  pauseMaxMs: number;
  /** The most lines of an import in one request. */
  segmentLinesMax: number;
  /** The most bytes of an import in one request, a longer line excepted. */
  segmentBytesMax: number;
}

export const defaultOptions: Readonly<ClientOptions> = {
  requestTimeoutMs: 90_000,
  retriesMax: 4,
  pauseFirstMs: 200,
  pauseMaxMs: 10_000,
  segmentLinesMax: 10_000,
  segmentBytesMax: 8 << 20,
};

/** Parameters of a query string; lists are separated by commas. */
export type Query = Readonly<Record<string, unknown>>;

/** One request, ready to be sent as often as needed. */
export interface Request {
  method: string;
  url: string;
  contentType?: string;
  body?: Uint8Array | string;
  apiKey?: string | undefined;
  timeoutMs?: number;
}

/** A success. */
export class Answer {
  constructor(
    readonly url: string,
    readonly status: number,
    readonly text: string,
  ) {}

  /** The answer as JSON. */
  json(): unknown {
    try {
      return parse(this.text);
    } catch (error) {
      throw new AnswerError(`the answer of ${this.url} is not understood: ${String(error)}`);
    }
  }
}

/** Counts the tries of one request. */
export class Retries {
  private tries = 0;

  constructor(private readonly options: Readonly<ClientOptions>) {}

  /**
   * How long to wait before the next try; nothing where another would not help.
   *
   * It is what the server asks for, or twice as long each time, with up to half of it more, so that
   * callers who were refused together do not come back together.
   */
  pauseMs(error: unknown): number | undefined {
    if (this.tries >= this.options.retriesMax || !mayRetry(error)) {
      return undefined;
    }
    const asked = error instanceof ProblemError ? error.retryAfterMs : null;
    const doubled = this.options.pauseFirstMs * 2 ** this.tries;
    const pause = Math.min(asked ?? doubled, this.options.pauseMaxMs);
    this.tries += 1;
    return pause * (1 + Math.random() * 0.5);
  }
}

/** 429 and 503 mean that nothing was done; a connection that was not made, too. */
export function mayRetry(error: unknown): boolean {
  if (error instanceof ProblemError) {
    return (error.status === 429 || error.status === 503) && error.code !== "not_ready";
  }
  return error instanceof ConnectionFailedError && !error.wasMade;
}

/** Waits. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** The server's address without what does not belong there. */
export function baseOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw new AddressError(`\`${url}\` is not an address such as http://127.0.0.1:6363: ${String(error)}`);
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new AddressError(
      `\`${url}\` is not an address such as http://127.0.0.1:6363: its scheme is \`${parsed.protocol}\``,
    );
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, "");
}

/** A path, each segment percent-encoded. */
export function pathOf(...segments: (string | number)[]): string {
  return segments
    .map((segment) => {
      if (segment === "." || segment === "..") {
        throw new AddressError(
          `\`${segment}\` cannot stand in a path; use a call that takes ids in its body`,
        );
      }
      return `/${encodeURIComponent(segment)}`;
    })
    .join("");
}

/** A query string with its question mark. */
export function queryOf(query: Query = {}): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

/**
 * Reads JSON. An integer that a number cannot hold, such as a large id, comes as the string of its
 * digits instead of another number; `7` and `"7"` name one point.
 */
export function parse(text: string): unknown {
  return JSON.parse(/\d{16}/.test(text) ? text.replace(TOKENS, exact) : text);
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function exact(token: string): string {
  return /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}

function headersOf(request: Request): Record<string, string> {
  const { contentType, apiKey } = request;
  return {
    ...(contentType === undefined ? {} : { "content-type": contentType }),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.trim()}` }),
  };
}

/** The parts of a response's body as text. */
export async function* partsOf(response: Response, url: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const part of bytesOf(response, url)) {
    yield decoder.decode(part, { stream: true });
  }
}

/** The parts of a response's body. */
export async function* bytesOf(response: Response, url: string): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return;
  }
  try {
    for (;;) {
      let part: { done: boolean; value?: Uint8Array };
      try {
        part = await reader.read();
      } catch (error) {
        throw connection(url, error);
      }
      if (part.done || part.value === undefined) {
        return;
      }
      yield part.value;
    }
  } finally {
    // Whoever stops reading early does not want the rest; that it may fail is nothing to them.
    reader.cancel().catch(() => undefined);
  }
}

/** The longest line of a streamed answer that is waited for, in characters. */
const LINE_LENGTH_MAX = 256 << 20;

/** The values of a streamed answer's lines. */
export async function* linesOf(response: Response, url: string): AsyncGenerator<unknown> {
  let pending: string[] = [];
  let length = 0;
  for await (const part of partsOf(response, url)) {
    const ends = part.split("\n");
    const rest = ends.pop() ?? "";
    for (const end of ends) {
      const line = [...pending, end].join("");
      pending = [];
      length = 0;
      if (line.trim() !== "") {
        yield new Answer(url, response.status, line).json();
      }
    }
    pending.push(rest);
    length += rest.length;
    if (length > LINE_LENGTH_MAX) {
      throw new AnswerError(`the answer of ${url} has a line of over ${LINE_LENGTH_MAX} characters`);
    }
  }
  if (length > 0) {
    throw new AnswerError(`the answer of ${url} ends within a line`);
  }
}

/** Sends one request and passes a success on; everything else is an error. */
export async function fetchOnce(request: Request): Promise<Response> {
  const { url, timeoutMs } = request;
  let response: Response;
  try {
    response = await fetch(url, {
      method: request.method,
      headers: headersOf(request),
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
    });
  } catch (error) {
    throw connection(url, error);
  }
  if (!response.ok) {
    const retryAfter = response.headers.get("retry-after");
    throw problemOf(response.status, await textOf(response, url), retryAfter);
  }
  return response;
}

/** Sends, and tries again where that can help and does no harm. */
export async function fetchWithRetries(
  request: Request,
  options: Readonly<ClientOptions>,
): Promise<Answer> {
  const retries = new Retries(options);
  for (;;) {
    try {
      const response = await fetchOnce(request);
      return new Answer(request.url, response.status, await textOf(response, request.url));
    } catch (error) {
      const pauseMs = retries.pauseMs(error);
      if (pauseMs === undefined) {
        throw error;
      }
      await pause(pauseMs);
    }
  }
}

async function textOf(response: Response, url: string): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw connection(url, error);
  }
}

/** What the platform says when nothing was sent. */
const NOT_MADE = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** An error of the platform's as one of ours. */
export function connection(url: string, error: unknown): KuklaError {
  if (error instanceof KuklaError) {
    return error;
  }
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : "";
  const reason = cause instanceof Error && cause.message !== "" ? cause.message : String(code);
  return new ConnectionFailedError(`cannot reach ${url}: ${reason}`, !NOT_MADE.has(String(code)));
}

/** What can go wrong, sorted by what the caller can do about it. */

/**
 * What a caller can do: fix the request; send a key, or one that allows it; create it or correct the
 * name; read again and decide; try again after the stated delay; try again later and tell the
 * operator; report a fault of the server's.
 */
export type ErrorKind =
  | "invalid"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "overloaded"
  | "unavailable"
  | "server";

/** Why a call did not do what it was asked. */
export class KuklaError extends Error {
  override readonly name: string = "KuklaError";

  constructor(
    readonly kind: ErrorKind,
    message: string,
    /** The server's stable word, where the server answered. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** The server's address, or a part of a path, cannot be used. */
export class AddressError extends KuklaError {
  override readonly name = "AddressError";

  constructor(message: string) {
    super("invalid", message);
  }
}

/** The server was not reached, or the connection broke. */
export class ConnectionFailedError extends KuklaError {
  override readonly name = "ConnectionFailedError";

  constructor(
    message: string,
    /** Whether there was a connection; without one, nothing can have been done. */
    readonly wasMade: boolean,
  ) {
    super("unavailable", message);
  }
}

/** The server's answer is not what the contract says. */
export class AnswerError extends KuklaError {
  override readonly name = "AnswerError";

  constructor(message: string) {
    super("server", message);
  }
}

/** An import ended before its input did; lines up to the last progress are on disk. */
export class ImportEndedError extends KuklaError {
  override readonly name = "ImportEndedError";

  constructor(
    readonly line: number,
    code: string,
    readonly detail: string,
  ) {
    super(kindOfCode(code), `the import ended at line ${line}: ${detail} (${code})`, code);
  }
}

/** What a problem body holds (RFC 9457). */
export interface ProblemParts {
  type?: string | undefined;
  title?: string | undefined;
  detail?: string | undefined;
  code?: string | undefined;
  field?: string | null | undefined;
  retry_after_ms?: number | null | undefined;
}

/** The server refused the request, or could not carry it out. */
export class ProblemError extends KuklaError {
  override readonly name: string = "ProblemError";
  /** A stable word to match on. */
  declare readonly code: string;
  readonly type: string;
  /** What the code means, the same for every occurrence. */
  readonly title: string;
  /** What was found, what was expected and what to do; for people. */
  readonly detail: string;
  /** The part of the request at fault. */
  readonly field: string | null;
  /** When to try again, in milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: ErrorKind,
    /** The HTTP status. */
    readonly status: number,
    problem: ProblemParts,
  ) {
    const code = problem.code ?? "unknown";
    const detail = problem.detail ?? `the server answered ${status}`;
    super(kind, `${detail} (${code})`, code);
    this.type = problem.type ?? `urn:kukla:problem:${code}`;
    this.title = problem.title ?? `status ${status}`;
    this.detail = detail;
    this.field = problem.field ?? null;
    this.retryAfterMs = problem.retry_after_ms ?? null;
  }
}

/** Fix the request. */
export class InvalidError extends ProblemError {
  override readonly name = "InvalidError";
}

/** Send a key, or one that allows it. */
export class ForbiddenError extends ProblemError {
  override readonly name = "ForbiddenError";
}

/** Create it or correct the name. */
export class NotFoundError extends ProblemError {
  override readonly name = "NotFoundError";
}

/** Read again, then decide. */
export class ConflictError extends ProblemError {
  override readonly name = "ConflictError";
}

/** Try again after the stated delay; the client has already tried. */
export class OverloadedError extends ProblemError {
  override readonly name = "OverloadedError";
}

/** Try again later and tell the operator. */
export class UnavailableError extends ProblemError {
  override readonly name = "UnavailableError";
}

/** A fault of the server's; report it. */
export class ServerError extends ProblemError {
  override readonly name = "ServerError";
}

/** Reads our error body or OpenAI's, or makes an error of what is there. */
export function problemOf(status: number, body: string, retryAfter: string | null): ProblemError {
  const problem = partsOf(body);
  if (problem.retry_after_ms == null && retryAfter !== null && /^\d+$/.test(retryAfter)) {
    problem.retry_after_ms = Number(retryAfter) * 1000;
  }
  switch (status) {
    case 401:
    case 403:
      return new ForbiddenError("forbidden", status, problem);
    case 404:
      return new NotFoundError("not_found", status, problem);
    case 409:
      return new ConflictError("conflict", status, problem);
    case 429:
      return new OverloadedError("overloaded", status, problem);
    case 503:
      return new UnavailableError("unavailable", status, problem);
    default:
      return status >= 400 && status < 500
        ? new InvalidError("invalid", status, problem)
        : new ServerError("server", status, problem);
  }
}

function partsOf(body: string): ProblemParts {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    found = undefined;
  }
  if (typeof found !== "object" || found === null) {
    return {};
  }
  if ("error" in found && typeof found.error === "object" && found.error !== null) {
    const inner = found.error as { message?: string; param?: string | null; code?: string };
    return { code: inner.code, detail: inner.message, field: inner.param };
  }
  return { ...found };
}

function kindOfCode(code: string): ErrorKind {
  switch (code) {
    case "shutting_down":
    case "collection_poisoned":
    case "io":
    case "timeout":
    case "model_unavailable":
      return "unavailable";
    case "internal":
    case "corrupt":
      return "server";
    default:
      return "invalid";
  }
}

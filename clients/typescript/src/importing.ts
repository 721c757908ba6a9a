/**
 * Imports: lines are sent a segment at a time, and a cut is resumed after what was acknowledged.
 *
 * A segment is one streamed request. What the server has not acknowledged is kept until it has, so
 * that an import survives a refused request, a broken connection and a server that starts again.
 */

import { AnswerError, ConnectionFailedError, ImportEndedError, type KuklaError } from "./errors.js";
import type { ImportFault, ImportProgress, UpsertPoint } from "./models.js";
import { type ClientOptions, mayRetry, parse, Retries } from "./transport.js";

/** The longest line of an answer; the server's are a few hundred bytes. */
const ANSWER_LINE_LENGTH_MAX = 1 << 20;

/** What ended an import in a way that trying again can help. */
const CODES_RESUMED = ["shutting_down", "timeout", "overloaded", "model_unavailable"];

/** A point, or a line of JSON that is one. */
export type Line = UpsertPoint | string;

/** How an import is carried out. */
export interface ImportOptions {
  /** When lines are acknowledged. */
  wait?: "durable" | "searchable";
  /** What the server is to do with a bad line. */
  on_error?: "skip" | "stop";
  /** How many lines of the input to skip, because they were acknowledged. */
  resume_from?: number;
  /** Called with every acknowledgement, counted from the first line. */
  on_progress?: (progress: ImportProgress) => void;
  /** Called with every bad line. */
  on_fault?: (fault: ImportFault) => void;
}

/** What an import did. */
export interface ImportSummary {
  /** Lines dealt with, from the first of the input, skipped ones included. */
  lines: number;
  /** Points inserted or replaced. */
  upserted: number;
  /** Bad lines. */
  failed: number;
  /** The last write's sequence number. */
  sequence: number;
  /** Whether the whole input was dealt with; false when a bad line stopped it, as asked. */
  is_done: boolean;
}

/** Puts lines together to segments, the first `skipped` ones left out. */
export async function* segments(
  lines: Iterable<Line> | AsyncIterable<Line>,
  options: Readonly<ClientOptions>,
  skipped: number,
): AsyncGenerator<Uint8Array[]> {
  const encoder = new TextEncoder();
  let segment: Uint8Array[] = [];
  let sizeBytes = 0;
  let left = skipped;
  for await (const line of lines) {
    if (left > 0) {
      left -= 1;
      continue;
    }
    const bytes = encoder.encode(textOf(line));
    const isFull =
      segment.length >= options.segmentLinesMax ||
      sizeBytes + bytes.length > options.segmentBytesMax;
    if (isFull && segment.length > 0) {
      yield segment;
      segment = [];
      sizeBytes = 0;
    }
    segment.push(bytes);
    sizeBytes += bytes.length;
  }
  if (segment.length > 0) {
    yield segment;
  }
}

function textOf(line: Line): string {
  const text = typeof line === "string" ? line.replace(/[\r\n]+$/, "") : JSON.stringify(line);
  if (text.includes("\n")) {
    throw new TypeError("a line of an import has a line end within it; give one point a line");
  }
  return `${text}\n`;
}

type AnswerLine = ImportProgress | ImportFault;

/** The state of one import: what is sent, what is acknowledged, what comes back. */
export class Import {
  pending: Uint8Array[] = [];
  isStopped = false;
  private progress: ImportProgress;
  private retries: Retries;
  private base: ImportProgress;
  private buffer = "";
  private faults: ImportFault[] = [];
  private done: boolean | undefined;

  constructor(
    private readonly clientOptions: Readonly<ClientOptions>,
    private readonly options: ImportOptions,
  ) {
    this.progress = { lines: options.resume_from ?? 0, upserted: 0, failed: 0, sequence: 0 };
    this.base = this.progress;
    this.retries = new Retries(clientOptions);
  }

  /** Takes the next lines to send. */
  beginSegment(lines: Uint8Array[]): void {
    this.pending = lines;
    this.retries = new Retries(this.clientOptions);
  }

  /** Everything that is not acknowledged, as a body. */
  beginRequest(): Uint8Array {
    this.base = this.progress;
    this.buffer = "";
    this.faults = [];
    this.done = undefined;
    const body = new Uint8Array(this.pending.reduce((sum, line) => sum + line.length, 0));
    let offset = 0;
    for (const line of this.pending) {
      body.set(line, offset);
      offset += line.length;
    }
    return body;
  }

  /** Takes a part of the answer. */
  take(text: string): void {
    this.buffer += text;
    for (let end = this.buffer.indexOf("\n"); end >= 0; end = this.buffer.indexOf("\n")) {
      const line = this.buffer.slice(0, end);
      this.buffer = this.buffer.slice(end + 1);
      let parsed: AnswerLine;
      try {
        parsed = parse(line) as AnswerLine;
      } catch (error) {
        throw new AnswerError(`a line of the answer is not understood: ${String(error)}`);
      }
      this.takeLine(parsed);
    }
    if (this.buffer.length > ANSWER_LINE_LENGTH_MAX) {
      throw new AnswerError(`the answer has a line of more than ${ANSWER_LINE_LENGTH_MAX} characters`);
    }
  }

  private takeLine(line: AnswerLine): void {
    if ("line" in line) {
      this.faults.push({ ...line, line: this.base.lines + line.line });
      return;
    }
    const lines = this.base.lines + line.lines;
    const acknowledged = lines - this.progress.lines;
    // Written so that what is no number fails it, too.
    if (!(acknowledged >= 0 && acknowledged <= this.pending.length)) {
      throw new AnswerError(`${line.lines} lines are acknowledged that were not sent`);
    }
    if (acknowledged > 0) {
      this.retries = new Retries(this.clientOptions);
    }
    this.pending.splice(0, acknowledged);
    this.progress = {
      lines,
      upserted: this.base.upserted + line.upserted,
      failed: this.base.failed + line.failed,
      sequence: Math.max(this.progress.sequence, line.sequence),
    };
    this.done = line.done ?? undefined;
    this.tell();
  }

  /** Tells what is certain: a fault of a line that is not acknowledged may come again. */
  private tell(): void {
    const { lines } = this.progress;
    const certain = this.faults.filter((fault) => fault.line <= lines);
    this.faults = this.faults.filter((fault) => fault.line > lines);
    for (const fault of certain) {
      this.options.on_fault?.(fault);
    }
    this.options.on_progress?.({ ...this.progress });
  }

  /** Judges an answer that came to its end. */
  endRequest(): void {
    if (this.done === undefined) {
      throw new ConnectionFailedError("the answer ended before the import did", true);
    }
    if (this.done) {
      if (this.pending.length > 0) {
        throw new AnswerError(`${this.pending.length} lines were sent and not dealt with`);
      }
      return;
    }
    const fault = this.faults.at(-1);
    if (fault !== undefined) {
      throw new ImportEndedError(fault.line, fault.code, fault.detail);
    }
    this.isStopped = true;
    this.pending = [];
  }

  /**
   * How long to wait before what is not acknowledged is sent again; nothing to give up.
   *
   * Here a broken connection is resumed, too: sending a line twice does what sending it once does,
   * except where it has `if_sequence`, whose second answer is a conflict.
   */
  pauseMs(error: KuklaError): number | undefined {
    const isCut =
      error instanceof ConnectionFailedError ||
      (error instanceof ImportEndedError && CODES_RESUMED.includes(error.code ?? ""));
    const judged = isCut ? new ConnectionFailedError(error.message, false) : error;
    return mayRetry(judged) ? this.retries.pauseMs(judged) : undefined;
  }

  /** What was done so far. */
  summary(): ImportSummary {
    const { lines, upserted, failed, sequence } = this.progress;
    return { lines, upserted, failed, sequence, is_done: !this.isStopped };
  }
}

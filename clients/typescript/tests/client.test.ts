/** Retries, errors, addresses, large integers, and imports that are cut. */

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import {
  AddressError,
  AnswerError,
  Client,
  type ClientOptions,
  ConnectionFailedError,
  ForbiddenError,
  ImportEndedError,
  InvalidError,
  KuklaError,
  NotFoundError,
  OverloadedError,
  ServerError,
  UnavailableError,
} from "../src/index.js";
import { problemOf } from "../src/errors.js";
import { defaultOptions, parse, pathOf, queryOf, Retries } from "../src/transport.js";
import { freePort, Server } from "./live.js";
import { type Reply, ScriptedServer, type Seen } from "./scripted.js";

const BUSY: Reply = {
  status: 429,
  body: {
    type: "urn:kukla:problem:overloaded",
    title: "Too much work is waiting",
    status: 429,
    detail: "busy; try again in 1 ms",
    code: "overloaded",
    retry_after_ms: 1,
  },
};

const POINTS = [1, 2, 3, 4, 5].map((id) => ({ id, text: `text ${id}` }));

/** A server with a script and a client of it that does not wait long. */
async function scripted(
  context: TestContext,
  replies: Reply[],
  options: Partial<ClientOptions> = {},
): Promise<{ server: ScriptedServer; client: Client }> {
  const server = await ScriptedServer.open(...replies);
  context.after(() => server.close());
  return { server, client: new Client(server.url, { pauseFirstMs: 1, pauseMaxMs: 2, ...options }) };
}

function progress(lines: number, upserted: number, failed = 0, done?: boolean): object {
  const found = { lines, upserted, failed, sequence: lines };
  return done === undefined ? found : { ...found, done };
}

function fault(line: number, code = "text_empty"): object {
  return { line, code, detail: "it is bad", field: "text" };
}

function sent(seen: Seen | undefined): number[] {
  const lines = (seen?.body ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { id: number }).id);
}

async function caught(promise: Promise<unknown>): Promise<KuklaError> {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof KuklaError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "it succeeded" });
}

test("a busy server is asked again", async (context) => {
  const busy: Reply = { status: 503, headers: { "retry-after": "0" } };
  const { server, client } = await scripted(context, [BUSY, busy, { body: { count: 5 } }]);
  assert.equal(await client.count("docs", { filter: {} }), 5);
  assert.deepEqual(
    server.seen.map((seen) => seen.body),
    Array(3).fill('{"filter":{}}'),
  );
});

test("retries end with the server's error", async (context) => {
  const { server, client } = await scripted(context, Array<Reply>(5).fill(BUSY));
  const error = await caught(client.collections());
  assert(error instanceof OverloadedError);
  assert.deepEqual(
    [error.status, error.code, error.title, error.type, error.retryAfterMs, error.field],
    [429, "overloaded", "Too much work is waiting", "urn:kukla:problem:overloaded", 1, null],
  );
  assert.equal(server.seen.length, 5);
});

test("what cannot help is not tried again", async (context) => {
  for (const [status, code] of [[400, "x"], [500, "internal"], [503, "not_ready"]] as const) {
    const { server, client } = await scripted(context, [{ status, body: { code, detail: "d" } }]);
    assert.equal((await caught(client.collections())).code, code);
    assert.equal(server.seen.length, 1);
  }
});

test("a server that is not there is asked again", async () => {
  const client = new Client(`http://127.0.0.1:${await freePort()}`, { pauseFirstMs: 1 });
  const error = await caught(client.collections());
  assert(error instanceof ConnectionFailedError, String(error));
  assert.equal(error.kind, "unavailable");
  assert.equal(error.wasMade, false);
});

test("a server that says nothing is not waited for without end", async (context) => {
  const { createServer } = await import("node:net");
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  context.after(() => silent.close());
  const address = silent.address();
  assert(typeof address === "object" && address !== null);
  const client = new Client(`http://127.0.0.1:${address.port}`, { requestTimeoutMs: 50 });
  const error = await caught(client.health());
  assert(error instanceof ConnectionFailedError && error.wasMade, String(error));
});

test("pauses double with jitter up to a bound", () => {
  const retries = new Retries({ ...defaultOptions, retriesMax: 9 });
  const error = new ConnectionFailedError("none", false);
  for (const least of [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]) {
    const pauseMs = retries.pauseMs(error) ?? 0;
    assert(pauseMs >= least && pauseMs <= 1.5 * least, `${pauseMs} for ${least}`);
  }
  assert.equal(retries.pauseMs(error), undefined);
});

test("errors are sorted by what to do", () => {
  const wanted = [
    [400, InvalidError, "invalid"],
    [401, ForbiddenError, "forbidden"],
    [403, ForbiddenError, "forbidden"],
    [404, NotFoundError, "not_found"],
    [429, OverloadedError, "overloaded"],
    [500, ServerError, "server"],
    [503, UnavailableError, "unavailable"],
  ] as const;
  for (const [status, type, kind] of wanted) {
    const error = problemOf(status, '{"code": "x", "detail": "d", "field": "f"}', "2");
    assert(error instanceof type);
    assert.deepEqual(
      [error.kind, error.code, error.detail, error.field, error.retryAfterMs],
      [kind, "x", "d", "f", 2_000],
    );
  }
  const other = problemOf(400, '{"error": {"message": "m", "param": "input", "code": "c"}}', null);
  assert.deepEqual([other.detail, other.field, other.code], ["m", "input", "c"]);
  assert.equal(problemOf(502, "<html>", null).code, "unknown");
});

test("an address that cannot be used is refused", () => {
  for (const url of ["localhost:6363", "ftp://localhost", "http://", ""]) {
    assert.throws(() => new Client(url), AddressError, url);
  }
});

test("paths and queries are encoded", () => {
  assert.equal(pathOf("v1", "a/b", 7, "ü ?"), "/v1/a%2Fb/7/%C3%BC%20%3F");
  assert.equal(
    queryOf({ include: ["text", "vectors"], wait: "durable", left: undefined }),
    "?include=text%2Cvectors&wait=durable",
  );
  for (const segment of [".", ".."]) {
    assert.throws(() => pathOf("v1", segment), AddressError);
  }
});

test("a key is sent", async (context) => {
  const { server, client } = await scripted(context, [{ body: { count: 1 } }], { apiKey: " k\n" });
  await client.count("docs");
  assert.equal(server.seen[0]?.headers.authorization, "Bearer k");
});

test("integers that a number cannot hold come as their digits", () => {
  assert.deepEqual(
    parse('[9007199254740993, -9007199254740993, 9007199254740991, 0.12345678901234567, 1e300]'),
    ["9007199254740993", "-9007199254740993", 9007199254740991, 0.12345678901234567, 1e300],
  );
  assert.deepEqual(parse('{"a": "9007199254740993 \\" 9007199254740993"}'), {
    a: '9007199254740993 " 9007199254740993',
  });
});

test("a large id survives the way there and back", async (context) => {
  const server = await Server.open();
  context.after(() => server.close());
  const client = new Client(server.url);
  await client.createCollection("docs", { model: null, dimensions: 1, distance: "dot" });
  await client.upsert("docs", [{ id: "18446744073709551615", vector: [1] }]);
  assert.equal((await client.getPoint("docs", "18446744073709551615")).id, "18446744073709551615");
});

test("lines are given as they come", async (context) => {
  const values = Array.from({ length: 200 }, (_, id) => ({ id, text: "ü".repeat(id * 500) }));
  const { client } = await scripted(context, [
    { body: values },
    { body: [{ id: 1 }], isCut: true },
    { text: '{"id": 1}' },
  ]);
  const lines = async () => {
    const found = [];
    for await (const line of client["lines"]("GET", "/lines")) {
      found.push(line);
    }
    return found;
  };
  assert.deepEqual(await lines(), values);
  assert((await caught(lines())) instanceof ConnectionFailedError);
  assert((await caught(lines())) instanceof AnswerError);
});

test("a cut import goes on after the last acknowledged line", async (context) => {
  const { server, client } = await scripted(context, [
    { status: 503, body: { code: "request_timeout", detail: "slow" } },
    { body: [fault(2), progress(2, 1, 1)], isCut: true },
    { body: [progress(1, 1), fault(3)], isCut: true },
    { body: [fault(2), progress(2, 1, 1, true)] },
  ]);
  const faults: number[] = [];
  const lines: number[] = [];
  const summary = await client.importPoints("docs", POINTS, {
    wait: "searchable",
    on_error: "skip",
    on_fault: (found) => faults.push(found.line),
    on_progress: (found) => lines.push(found.lines),
  });
  assert.deepEqual(server.seen.map(sent), [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [3, 4, 5], [4, 5]]);
  assert.equal(server.seen[0]?.url, "/v1/collections/docs/points?wait=searchable&on_error=skip");
  assert.deepEqual(summary, { lines: 5, upserted: 3, failed: 2, sequence: 2, is_done: true });
  assert.deepEqual(faults, [2, 5]);
  assert.deepEqual(lines, [2, 3, 5]);
});

test("an import without progress gives up", async (context) => {
  const { server, client } = await scripted(context, Array<Reply>(5).fill({ body: [], isCut: true }));
  assert((await caught(client.importPoints("docs", POINTS))) instanceof ConnectionFailedError);
  assert.equal(server.seen.length, 5);
});

test("an import that the server ends says where", async (context) => {
  const { client } = await scripted(context, [
    { body: [progress(1, 1), fault(2, "collection_poisoned"), progress(1, 1, 0, false)] },
  ]);
  const options = { resume_from: 1 };
  const lines = [{ id: 0, text: "skipped" }, ...POINTS];
  const error = await caught(client.importPoints("docs", lines, options));
  assert(error instanceof ImportEndedError);
  assert.deepEqual([error.line, error.code, error.kind], [3, "collection_poisoned", "unavailable"]);
});

test("an import that a stopping server ends is resumed", async (context) => {
  const { server, client } = await scripted(context, [
    { body: [progress(1, 1), fault(2, "shutting_down"), progress(1, 1, 0, false)] },
    { body: [progress(4, 4, 0, true)] },
  ]);
  assert.equal((await client.importPoints("docs", POINTS)).lines, 5);
  assert.deepEqual(sent(server.seen[1]), [2, 3, 4, 5]);
});

test("segments are bounded by lines and by bytes", async (context) => {
  const bounds: [Partial<ClientOptions>, number[][]][] = [
    [{ segmentLinesMax: 2 }, [[1, 2], [3, 4], [5]]],
    [{ segmentBytesMax: 60 }, [[1, 2], [3, 4], [5]]],
    [{ segmentBytesMax: 1 }, [[1], [2], [3], [4], [5]]],
  ];
  for (const [options, wanted] of bounds) {
    const replies = wanted.map((ids) => ({ body: [progress(ids.length, ids.length, 0, true)] }));
    const { server, client } = await scripted(context, replies, options);
    const summary = await client.importPoints("docs", POINTS);
    assert.deepEqual(server.seen.map(sent), wanted);
    assert.deepEqual([summary.lines, summary.upserted], [5, 5]);
  }
});

test("a stop ends the import and leaves the rest unread", async (context) => {
  const replies = [{ body: [fault(2), progress(2, 1, 1, false)] }];
  const { server, client } = await scripted(context, replies, { segmentLinesMax: 2 });
  let taken = 0;
  async function* points() {
    for (const point of POINTS) {
      taken += 1;
      yield point;
    }
  }
  const summary = await client.importPoints("docs", points(), { on_error: "stop" });
  assert.deepEqual([summary.is_done, summary.lines, summary.failed], [false, 2, 1]);
  assert.deepEqual([taken, server.seen.length], [3, 1]);
});

test("an answer against the contract is an error", async (context) => {
  const bodies = [
    [{ lines: 9, upserted: 9, failed: 0, sequence: 1 }],
    [progress(2, 2), progress(1, 1)],
    [{ unknown: true }],
    [progress(3, 3, 0, true)],
  ];
  for (const body of bodies) {
    const { client } = await scripted(context, [{ body }]);
    assert((await caught(client.importPoints("docs", POINTS))) instanceof AnswerError);
  }
  const { client } = await scripted(context, [{ text: "no JSON\n" }]);
  assert((await caught(client.importPoints("docs", POINTS))) instanceof AnswerError);
});

test("a line with a line end within it is refused", async (context) => {
  const { server, client } = await scripted(context, []);
  await assert.rejects(client.importPoints("docs", ['{"id": 1}\n{"id": 2}']), TypeError);
  assert.equal(server.seen.length, 0);
});

test("an import survives a server that is killed", async (context) => {
  const server = await Server.open();
  context.after(() => server.close());
  const client = new Client(server.url, { segmentLinesMax: 1_000, retriesMax: 40 });
  await client.createCollection("docs", { model: null, dimensions: 1, distance: "dot" });
  let started: Promise<void> | undefined;
  async function* points() {
    for (let id = 0; id < 3_000; id += 1) {
      if (id === 1_500) {
        await server.kill();
        started = server.start();
      }
      yield { id, vector: [id] };
    }
  }
  const summary = await client.importPoints("docs", points());
  await started;
  assert.deepEqual([summary.lines, summary.upserted, summary.is_done], [3_000, 3_000, true]);
  assert.equal(await client.count("docs"), 3_000);
});

/** The conformance cases. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { callArguments } from "../src/calls.js";
import { Client, type ImportFault, KuklaError } from "../src/index.js";
import { type Case, cases, expand, mismatch, pointed, type Saved, type Step } from "./cases.js";
import { Server } from "./live.js";

/** Calls that are written by hand, with their arguments. */
const HAND_WRITTEN: Record<string, string[]> = {
  exportParquet: ["collection"],
  importPoints: ["collection", "lines"],
};

/** Calls without anything that a caller can get wrong. */
const CANNOT_BE_REFUSED = ["aliases", "collections", "health", "metrics", "models", "openapi", "ready"];

let server: Server;
let client: Client;

before(async () => {
  server = await Server.open();
  client = new Client(server.url, { retriesMax: 0 });
});

after(async () => {
  await server.close();
});

function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Makes a step's call with its arguments by name, and gives back what it returned. */
async function make(step: Step, saved: Saved, faults: ImportFault[]): Promise<unknown> {
  const given = expand(step.arguments, saved) as Record<string, unknown>;
  const name = camel(step.call);
  const positional = HAND_WRITTEN[name] ?? callArguments[name];
  assert(positional !== undefined, `${name} is no call`);
  const options = Object.fromEntries(
    Object.entries(given).filter(([key]) => !positional.includes(key)),
  );
  if (step.faults !== undefined) {
    options.on_fault = (fault: ImportFault) => faults.push(fault);
  }
  const call = client[name as keyof Client] as (...values: unknown[]) => Promise<unknown>;
  const answer = await call.apply(client, [...positional.map((key) => given[key]), options]);
  if (!isIterable(answer)) {
    return answer;
  }
  const pieces = await collected(answer);
  return name === "exportParquet" ? ends(pieces as Uint8Array[]) : pieces;
}

/** The first and the last four bytes of a file. */
function ends(pieces: Uint8Array[]): string {
  const file = Buffer.concat(pieces).toString("latin1");
  return file.slice(0, 4) + file.slice(-4);
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

async function collected(lines: AsyncIterable<unknown>): Promise<unknown[]> {
  const found = [];
  for await (const line of lines) {
    found.push(line);
  }
  return found;
}

async function run(entry: Case): Promise<void> {
  const saved: Saved = {};
  for (const [index, step] of entry.steps.entries()) {
    const place = `step ${index + 1}, ${step.call}`;
    const faults: ImportFault[] = [];
    let answer: unknown;
    try {
      answer = await make(step, saved, faults);
    } catch (error) {
      assert(error instanceof KuklaError && step.error !== undefined, `${place}: ${String(error)}`);
      const problem = mismatch(step.error, { ...error }, saved);
      assert.equal(problem, undefined, `${place}: ${problem} (${error.message})`);
      continue;
    }
    assert.equal(step.error, undefined, `${place} succeeded: ${JSON.stringify(answer)}`);
    if ("answer" in step) {
      const problem = mismatch(step.answer, answer, saved);
      assert.equal(problem, undefined, `${place}: ${problem}`);
    }
    if (step.faults !== undefined) {
      faults.sort((left, right) => left.line - right.line);
      const problem = mismatch(step.faults, faults, saved);
      assert.equal(problem, undefined, `${place}: faults${problem}`);
    }
    for (const [name, pointer] of Object.entries(step.save ?? {})) {
      saved[name] = pointed(answer, pointer);
    }
  }
}

for (const { file, case: entry } of cases()) {
  const reason = entry.left_out?.typescript;
  test(`${file}: ${entry.name}`, { skip: reason ?? false }, () => run(entry));
}

test("every call succeeds in a case and is refused in another", () => {
  const steps = cases().flatMap((entry) => entry.case.steps);
  const names = (kept: Step[]) => [...new Set(kept.map((step) => camel(step.call)))].sort();
  const wanted = [...Object.keys(callArguments), ...Object.keys(HAND_WRITTEN)].sort();
  assert.deepEqual(names(steps.filter((step) => step.error === undefined)), wanted);
  assert.deepEqual(
    names(steps.filter((step) => step.error !== undefined)),
    wanted.filter((name) => !CANNOT_BE_REFUSED.includes(name)),
  );
});

test("the matcher can fail", () => {
  const value = { a: [1, "x", null, true], vector: [0.6, 0.8] };
  const wrong = [
    { a: [1, "x"] },
    { a: [1.1, "x", null, true] },
    { a: [1, "x", null, 1] },
    { b: 1 },
    { vector: { $unit: 3 } },
    { vector: { $kind: "string" } },
    { a: { $length: 3 } },
  ];
  for (const pattern of wrong) {
    assert.notEqual(mismatch(pattern, value, {}), undefined, JSON.stringify(pattern));
  }
  for (const pattern of [{ a: [1.00001, "x", null, true] }, { vector: { $unit: 2 } }, { b: null }]) {
    assert.equal(mismatch(pattern, value, {}), undefined, JSON.stringify(pattern));
  }
});

/**
 * Reads the conformance cases and matches what the calls return; the format is described in
 * tests/conformance/README.md.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { repository } from "./live.js";

const FOLDER = join(repository, "tests/conformance");

export interface Step {
  call: string;
  arguments: Record<string, unknown>;
  answer?: unknown;
  faults?: unknown;
  error?: unknown;
  save?: Record<string, string>;
}

export interface Case {
  name: string;
  left_out?: Record<string, string>;
  steps: Step[];
}

export type Saved = Record<string, unknown>;

/** Every case with its file's name. */
export function cases(): { file: string; case: Case }[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(FOLDER, file), "utf8");
    const read = JSON.parse(text) as { cases: Case[] };
    return read.cases.map((entry) => ({ file: file.replace(".json", ""), case: entry }));
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The operator of an object that is one, with what it is given. */
function operator(value: Record<string, unknown>): [string, unknown] | undefined {
  const entries = Object.entries(value);
  const first = entries[0];
  return entries.length === 1 && first?.[0].startsWith("$") ? first : undefined;
}

/** An argument with what its operators stand for; `index` is the place in an `$each`. */
export function expand(value: unknown, saved: Saved, index = 0): unknown {
  if (Array.isArray(value)) {
    return value.map((entry) => expand(entry, saved, index));
  }
  if (!isObject(value)) {
    return value;
  }
  const found = operator(value);
  if (found === undefined) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([name, entry]) => [name, expand(entry, saved, index)]));
  }
  const [name, given] = found;
  if (name === "$saved") {
    return saved[given as string];
  }
  if (name === "$index") {
    return (given as number) + index;
  }
  const [inner, count] = given as [unknown, unknown];
  const times = expand(count, saved) as number;
  const places = Array.from({ length: times }, (_, place) => place);
  switch (name) {
    case "$repeat":
      return typeof inner === "string" ? inner.repeat(times) : places.map(() => expand(inner, saved));
    case "$list":
      return places.map(() => inner);
    case "$each":
      return places.map((place) => expand(inner, saved, place));
    case "$nest":
      return places.reduce<unknown>((nested) => [nested], inner);
    default:
      throw new Error(`${name} is not an operator`);
  }
}

/** The part of a value at a JSON pointer. */
export function pointed(value: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], value);
}

/** Why a value does not match a pattern; nothing when it does. */
export function mismatch(
  pattern: unknown,
  found: unknown,
  saved: Saved,
  place = "",
): string | undefined {
  const said = `${place}: ${String(JSON.stringify(found)).slice(0, 200)}`;
  if (Array.isArray(pattern)) {
    if (!Array.isArray(found) || found.length !== pattern.length) {
      return `${said} is no list of ${pattern.length}`;
    }
    return firstOf(pattern.map((inner, i) => mismatch(inner, found[i], saved, `${place}/${i}`)));
  }
  if (isObject(pattern)) {
    const given = operator(pattern);
    if (given !== undefined) {
      return holds(given, found, saved, place) ? undefined : `${said} is not ${JSON.stringify(pattern)}`;
    }
    if (!isObject(found)) {
      return `${said} is no object`;
    }
    const entries = Object.entries(pattern);
    return firstOf(entries.map(([key, inner]) => mismatch(inner, found[key], saved, `${place}/${key}`)));
  }
  return isEqual(pattern, found) ? undefined : `${said} is not ${JSON.stringify(pattern)}`;
}

function firstOf(problems: (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function isEqual(pattern: unknown, found: unknown): boolean {
  if (typeof pattern === "number" && typeof found === "number") {
    return Math.abs(pattern - found) <= 1e-4 * Math.max(1, Math.abs(pattern));
  }
  return pattern === (found ?? null);
}

function holds([name, given]: [string, unknown], found: unknown, saved: Saved, place: string): boolean {
  switch (name) {
    case "$saved":
      return mismatch(saved[given as string], found, saved, place) === undefined;
    case "$kind":
      return kindOf(found) === given;
    case "$length":
      return (typeof found === "string" || Array.isArray(found)) && found.length === given;
    case "$contains":
      return typeof found === "string" && found.includes(given as string);
    case "$unit": {
      const numbers = Array.isArray(found) ? (found as number[]) : [];
      const square = numbers.reduce((sum, number) => sum + number * number, 0);
      return numbers.length === expand(given, saved) && Math.abs(square - 1) < 1e-3;
    }
    default:
      throw new Error(`${place}: ${name} is not an operator`);
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) {
    return "list";
  }
  return value === null ? "null" : typeof value;
}

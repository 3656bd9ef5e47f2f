import { LoopForgeError } from "./errors.js";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const MAX_DEPTH = 64;

/**
 * Takes what a caller hands over as metadata and keeps what JSON can carry without loss: a `Date` becomes ISO 8601 text and a
 * field that is `undefined` is left out.
 * @throws LoopForgeError `invalid_metadata` for a bigint, an integer beyond 2^53, NaN, a function, a cycle, or text with half a surrogate pair.
 */
export function toJsonObject(value: object): JsonObject {
  const json = toJson(value, ["metadata"]);
  if (json === null || typeof json !== "object" || Array.isArray(json)) throw refuse(["metadata"], "is not an object");
  return json as JsonObject;
}

/** @param path where the value stands; one list for the whole walk, for it is only read when something is refused */
function toJson(value: unknown, path: string[]): Json {
  if (path.length > MAX_DEPTH + 1) throw refuse(path, "is nested too deep, or refers to itself");
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw refuse(path, "holds half a surrogate pair, which is not Unicode text");
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw refuse(path, `is ${value}, which JSON cannot carry`);
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw refuse(path, "is an integer beyond 2^53, which JSON numbers do not keep exactly: pass it as text");
      }
      return value === 0 ? 0 : value;
    case "object":
      return value === null ? null : fromObject(value, path);
    default:
      throw refuse(path, `is ${value === undefined ? "undefined" : `a ${typeof value}`}, which JSON cannot carry`);
  }
}

function fromObject(value: object, path: string[]): Json {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refuse(path, "is not a valid date");
    return value.toISOString();
  }
  // Not `map`, which steps over the holes of a list.
  if (Array.isArray(value)) return Array.from(value, (item, index) => at(item, path, `[${index}]`));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refuse(path, `is a ${value.constructor.name}, of which JSON would keep nothing or not all`);
  }
  const fields: [string, Json][] = [];
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    if (!key.isWellFormed()) throw refuse(path, "has a key that is not Unicode text");
    fields.push([key, at(field, path, `.${key}`)]);
  }
  return Object.fromEntries(fields);
}

function at(value: unknown, path: string[], step: string): Json {
  path.push(step);
  const json = toJson(value, path);
  path.pop();
  return json;
}

function refuse(path: readonly string[], why: string): LoopForgeError {
  return new LoopForgeError("invalid_metadata", `${path.join("")} ${why}`);
}

/** Whether a value is an object and no list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects in a list; none where it is no list. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts in a list; none where it is no list. */
export function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** 0 for what is no number. */
export function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

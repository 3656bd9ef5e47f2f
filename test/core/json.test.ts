import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonObject, toJsonObject } from "../../src/core/index.js";
import { anyJsonObject } from "../builders/arbitraries.js";

describe("metadata that a caller hands over", () => {
  it("is kept as it is where JSON can carry it", () => {
    fc.assert(
      fc.property(anyJsonObject, (metadata) => {
        expect(toJsonObject(metadata)).toEqual(metadata);
      }),
    );
  });

  it("is copied, so that what the caller does to it later changes nothing", () => {
    const inner = { list: [1] };
    const kept = toJsonObject({ inner });
    inner.list.push(2);
    expect(kept).toEqual({ inner: { list: [1] } });
  });

  it("keeps a date as ISO 8601 text in UTC", () => {
    expect(toJsonObject({ at: new Date("2026-01-01T02:00:00+02:00") })).toEqual({ at: "2026-01-01T00:00:00.000Z" });
  });

  it("leaves out fields that are undefined, however deep", () => {
    const kept = toJsonObject({ a: undefined, b: { c: undefined, d: null } });
    expect(Object.keys(kept)).toEqual(["b"]);
    expect(kept).toEqual({ b: { d: null } });
  });

  it("keeps a key that names an object's prototype as a key like any other", () => {
    const kept = toJsonObject(JSON.parse('{"__proto__":{"polluted":true}}') as object);
    expect(canonicalJson(kept)).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });

  it("has one zero, as JSON has", () => {
    expect(toJsonObject({ zero: -0 })).toEqual({ zero: 0 });
  });

  it("may be nested as deep as 64", () => {
    expect(() => toJsonObject(nested(64))).not.toThrow();
    expect(() => toJsonObject(nested(65))).toThrow("is nested too deep, or refers to itself");
  });

  it("may hold the same object twice: only one that holds itself has no end", () => {
    const shared = { n: 1 };
    expect(toJsonObject({ a: shared, b: [shared] })).toEqual({ a: { n: 1 }, b: [{ n: 1 }] });
  });

  const cycle: { self?: object } = {};
  cycle.self = cycle;

  it.each<{ what: string; metadata: object; message: string }>([
    { what: "a bigint", metadata: { n: 1n }, message: "metadata.n is a bigint, which JSON cannot carry" },
    {
      what: "an integer that a double does not keep",
      metadata: { a: [{ n: 2 ** 53 + 2 }] },
      message: "metadata.a[0].n is an integer beyond 2^53, which JSON numbers do not keep exactly: pass it as text",
    },
    {
      what: "2^53, which is also what 2^53 + 1 becomes",
      metadata: { n: 2 ** 53 },
      message: "metadata.n is an integer beyond 2^53, which JSON numbers do not keep exactly: pass it as text",
    },
    { what: "NaN", metadata: { list: [1, Number.NaN] }, message: "metadata.list[1] is NaN, which JSON cannot carry" },
    { what: "infinity", metadata: { n: -Infinity }, message: "metadata.n is -Infinity, which JSON cannot carry" },
    {
      what: "a function",
      metadata: { deep: { call: () => 1 } },
      message: "metadata.deep.call is a function, which JSON cannot carry",
    },
    { what: "a symbol", metadata: { s: Symbol("s") }, message: "metadata.s is a symbol, which JSON cannot carry" },
    {
      what: "undefined in a list, where leaving it out would move the rest",
      metadata: { list: [undefined] },
      message: "metadata.list[0] is undefined, which JSON cannot carry",
    },
    {
      what: "a hole in a list",
      metadata: { list: new Array<number>(1) },
      message: "metadata.list[0] is undefined, which JSON cannot carry",
    },
    {
      what: "half a surrogate pair",
      metadata: { name: "\ud83d" },
      message: "metadata.name holds half a surrogate pair, which is not Unicode text",
    },
    {
      what: "half a surrogate pair in a key",
      metadata: { in: { "\udc00": 1 } },
      message: "metadata.in has a key that is not Unicode text",
    },
    { what: "a date that is none", metadata: { at: new Date(Number.NaN) }, message: "metadata.at is not a valid date" },
    { what: "a list", metadata: [1], message: "metadata is not an object" },
    { what: "a date", metadata: new Date(0), message: "metadata is not an object" },
  ])("is refused for $what", ({ metadata, message }) => {
    expect(() => toJsonObject(metadata)).toThrow(expect.objectContaining({ code: "invalid_metadata", message }));
  });

  it("is refused for a cycle, with the way into it", () => {
    expect(() => toJsonObject({ cycle })).toThrow(
      expect.objectContaining({
        code: "invalid_metadata",
        message: expect.stringMatching(/^metadata\.cycle(\.self)+ is nested too deep, or refers to itself$/),
      }),
    );
  });

  it.each(["text", 1, null])("is refused when it is %s, as untyped code may hand it over", (metadata) => {
    expect(() => toJsonObject(metadata as unknown as object)).toThrow("metadata is not an object");
  });
});

function nested(depth: number): JsonObject {
  return depth === 1 ? { end: 1 } : { in: nested(depth - 1) };
}

import type { Json } from "../json.js";

/** Characters that JSON escapes, and surrogates, of which a lone one is not text: such a string takes the slow road. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be found
const NEEDS_CARE = /[\u0000-\u001f"\\\ud800-\udfff]/;

/**
 * The one text of a JSON value by RFC 8785 (JSON Canonicalization Scheme): no white space, keys in the order of their UTF-16
 * code units, numbers and escapes as ECMAScript writes them.
 * @throws TypeError for what the scheme has no text for: NaN, infinities, lone surrogates.
 */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON`);
      return String(value === 0 ? 0 : value);
    case "boolean":
      return value ? "true" : "false";
    default:
      if (value === null) return "null";
      return Array.isArray(value) ? list(value) : object(value as { readonly [key: string]: Json });
  }
}

function text(value: string): string {
  if (!NEEDS_CARE.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw new TypeError("A lone surrogate has no canonical JSON");
  return JSON.stringify(value);
}

function list(items: readonly Json[]): string {
  let out = "[";
  for (let i = 0; i < items.length; i++) out += (i === 0 ? "" : ",") + canonicalJson(items[i] ?? null);
  return `${out}]`;
}

function object(value: { readonly [key: string]: Json }): string {
  let out = "{";
  for (const key of Object.keys(value).sort()) {
    const field = value[key];
    if (field !== undefined) out += `${out === "{" ? "" : ","}${text(key)}:${canonicalJson(field)}`;
  }
  return `${out}}`;
}

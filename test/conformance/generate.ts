import type { Random } from "../support/proof-random.js";
import type { Schema } from "./schemas.js";

/** How often a property that may be missing is there, and a value that may be null is not. */
const OFTEN = 0.7;

/** How deep a value goes before it has only what it must have. */
const DEEP = 8;

/**
 * Makes values that a schema of GitHub's allows: properties that may be missing are missing now and then, nullable ones null, and of
 * several shapes each comes.
 */
export class Generator {
  readonly #definitions: { readonly [name: string]: Schema };
  readonly #random: Random;

  /** @param random the same numbers make the same values */
  constructor({ $defs }: { readonly $defs: { readonly [name: string]: Schema } }, random: Random) {
    this.#definitions = $defs;
    this.#random = random;
  }

  /** @param name `definition.property` whose value it is: GitHub's schemas call a SHA or a name a string like any other */
  of(schema: Schema, name = "", depth = 0): unknown {
    const settled = this.#settled(schema);
    const definition = definitionIn(schema);
    if (settled.enum !== undefined) return this.#one(settled.enum);
    const types = [settled.type ?? (settled.properties ? "object" : "string")].flat();
    const others = types.filter((type) => type !== "null");
    if (others.length === 0 || (others.length < types.length && !this.#often())) return null;
    switch (this.#one(others)) {
      case "object":
        return this.#object(settled, definition, depth);
      case "array":
        return this.#array(settled, name, depth);
      case "boolean":
        return this.#random.next() < 0.5;
      case "integer":
        return this.#integer(settled);
      case "number":
        return this.#random.next() * 100;
      default:
        return textOf(name, settled.format, this.#random);
    }
  }

  /** One schema without references, in which one of several shapes is chosen, and what must all hold is one. */
  #settled({ $ref, anyOf, allOf = [], ...own }: Schema): Schema {
    if ($ref !== undefined) return this.#settled(this.#definition($ref));
    const others = [...allOf, ...(anyOf === undefined ? [] : [this.#one(anyOf)])];
    return others.reduce((all: Schema, one) => both(all, this.#settled(one)), own);
  }

  #definition($ref: string): Schema {
    const definition = this.#definitions[$ref.replace("#/$defs/", "")];
    if (definition === undefined) throw new Error(`No definition ${$ref}`);
    return definition;
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema, definition: string, depth: number): object {
    const kept = Object.entries(properties).filter(
      ([name]) => required.includes(name) || (depth < DEEP && this.#often()),
    );
    const own = kept.map(([name, schema]): readonly [string, unknown] => [
      name,
      this.of(schema, `${definition}.${name}`, depth + 1),
    ]);
    const isOpen = typeof additionalProperties === "object" && depth < DEEP;
    return Object.fromEntries(isOpen ? [...own, ["another", this.of(additionalProperties, "", depth + 1)]] : own);
  }

  #array({ items = {}, minItems = 0, maxItems = 3 }: Schema, name: string, depth: number): unknown[] {
    const length = Math.max(minItems, depth < DEEP ? this.#random.upTo(Math.min(maxItems, 3) + 1) - 1 : 0);
    return Array.from({ length }, () => this.of(items, name, depth + 1));
  }

  #integer({ minimum = 1, maximum = 2 ** 31 - 1 }: Schema): number {
    return minimum - 1 + this.#random.upTo(Math.min(maximum, this.#often() ? minimum + 999 : maximum) - minimum + 1);
  }

  #one<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#random.next() * choices.length)];
    if (choice === undefined) throw new Error("Nothing to choose from");
    return choice;
  }

  #often(): boolean {
    return this.#random.next() < OFTEN;
  }
}

/** The name of the definition that a schema is, or is one of; empty where it is written out. */
function definitionIn({ $ref, allOf = [] }: Schema): string {
  return $ref?.replace("#/$defs/", "") ?? allOf.map(definitionIn).find((name) => name !== "") ?? "";
}

/** What two schemas without references say together. */
function both(one: Schema, other: Schema): Schema {
  const [types, others] = [one.type, other.type].map((type) => (type === undefined ? undefined : [type].flat()));
  const type = types && others ? types.filter((name) => others.includes(name)) : (types ?? others);
  const names = [...new Set([...Object.keys(one.properties ?? {}), ...Object.keys(other.properties ?? {})])];
  const properties = names.map((name) => {
    const known = [one.properties?.[name], other.properties?.[name]].filter((schema) => schema !== undefined);
    return [name, known.length === 1 ? known[0] : { allOf: known }];
  });
  return {
    ...one,
    ...other,
    ...(type ? { type } : {}),
    ...(one.items && other.items ? { items: { allOf: [one.items, other.items] } } : {}),
    ...(names.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    required: [...(one.required ?? []), ...(other.required ?? [])],
  };
}

const HEX = "0123456789abcdef";
const SHA_NAMES = /(^|_)sha$|^(before|after|commit_id|commit_oid|tree_id)$/;

/** What GitHub says where its description of an answer has just a string, by definition and property, or by property alone. */
const SAID: { readonly [name: string]: readonly [string, ...string[]] } = {
  "issue.state": ["open", "closed"],
  "status.state": ["pending", "success", "failure", "error"],
  "pull-request-review.state": ["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"],
  "repository-collaborator-permission.permission": ["admin", "write", "read", "none"],
  "content-tree.type": ["file", "dir", "symlink", "submodule"],
  guid: ["0b989ba4-242f-11e5-81e1-c7b6966d2516"],
  ref: ["main", "mend/7"],
  token: ["ghs_0123456789"],
};

const WORDS = ["build", "main", "Fixes #7", "", "ä🦊\u0000", "x".repeat(400), "a\nb"] as const;

/** A text as GitHub has it where a property of that name stands. */
export function textOf(path: string, format: string | undefined, random: Random): string {
  const name = path.slice(path.lastIndexOf(".") + 1);
  const said = SAID[path] ?? SAID[name];
  if (said !== undefined) return random.oneOf(said);
  const number = random.upTo(9999);
  if (format === "date-time" || name.endsWith("_at") || ["date", "timestamp"].includes(name)) {
    const at = new Date(Date.UTC(2008) + random.upTo(5 * 10 ** 11));
    return random.next() < 0.5 ? at.toISOString().replace(".000Z", "Z") : at.toISOString().replace("Z", "+00:00");
  }
  if (format === "date") return "2026-01-05";
  if (format === "email") return `${number}@example.com`;
  if (format === "uri" || format === "uri-template" || name.endsWith("url"))
    return `https://github.com/acme/shop/${number}`;
  if (SHA_NAMES.test(name)) return Array.from({ length: 40 }, () => HEX[random.upTo(16) - 1]).join("");
  if (name === "full_name") return `acme/shop-${number}`;
  if (name === "login") return `user-${number}`;
  if (name === "head_ref") return `refs/heads/gh-readonly-queue/main/pr-${number}-0123abc`;
  return random.oneOf(WORDS);
}

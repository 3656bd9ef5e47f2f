import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { buildSchema } from "graphql";

/** A JSON Schema, as `fixtures/github` has them. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly method: string;
  /** With `{owner}` and its like. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  /** Schemas by status and media type. */
  readonly answers: { readonly [status: string]: { readonly [mediaType: string]: Schema } };
}

interface Definitions {
  readonly $defs: { readonly [name: string]: Schema };
}

/** GitHub's descriptions: `npm run github-schemas` renews them. */
export const OPENAPI = read("openapi.json") as Definitions & {
  readonly operations: { readonly [id: string]: Operation };
};
export const WEBHOOKS = read("webhooks.json") as Definitions & {
  readonly payloads: { readonly [kind: string]: Schema };
};

export const GRAPHQL = buildSchema(text("schema.graphql"));

/** What is wrong with a value, in words; empty where nothing is. */
export type Validate = (value: unknown) => readonly string[];

/** Validates against a schema whose references lead into one of GitHub's descriptions. */
export class Validators {
  readonly #ajv: Ajv;
  readonly #compiled = new WeakMap<Schema, ValidateFunction>();

  /** @param coerces whether text stands for numbers and truth values, as in addresses */
  constructor({ $defs }: Definitions, { coerces = false }: { readonly coerces?: boolean } = {}) {
    this.#ajv = new Ajv({
      strict: true,
      strictRequired: false,
      allErrors: true,
      allowUnionTypes: true,
      coerceTypes: coerces,
    });
    addFormats.default(this.#ajv);
    // GitHub's own are none: `1+dependabot[bot]@users.noreply.github.com`.
    this.#ajv.addFormat("email", true);
    this.#ajv.addSchema({ $id: "github", $defs });
  }

  of(schema: Schema): Validate {
    const validate = this.#compiled.get(schema) ?? this.#ajv.compile(inDescription(schema));
    this.#compiled.set(schema, validate);
    return (value) => {
      if (validate(value)) return [];
      return (validate.errors ?? []).map(({ instancePath, message, params }) =>
        `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
      );
    };
  }
}

/** The schema with its references made absolute. */
function inDescription(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"github#/$defs/')) as Schema;
}

function read(name: string): unknown {
  return JSON.parse(text(name));
}

function text(name: string): string {
  return readFileSync(new URL(`../../fixtures/github/${name}`, import.meta.url), "utf8");
}

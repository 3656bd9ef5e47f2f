import { createRequire } from "node:module";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import type { Delivery } from "../../src/sandbox/index.js";

const schema: { definitions: Record<string, unknown> } = createRequire(import.meta.url)(
  "@octokit/webhooks-schemas/schema.json",
);

const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, inlineRefs: false });
addFormats.default(ajv);
ajv.addKeyword("tsAdditionalProperties");
ajv.addSchema(schema, "webhooks");

/** What GitHub sends since these schemas were published. They forbid what they do not know, which the newer ones do not. */
const NEWER: ReadonlySet<unknown> = new Set(["verified_at"]);

/** What is wrong with a delivery by GitHub's published schema of its event and action. */
export function schemaErrors(delivery: Delivery): string[] {
  const name = delivery.action === null ? `${delivery.event}_event` : `${delivery.event}$${delivery.action}`;
  const key = name in schema.definitions ? name : `${delivery.event}$event`;
  const validate = ajv.getSchema(`webhooks#/definitions/${key}`);
  if (validate === undefined) return [`no schema for ${key}`];
  const body: unknown = JSON.parse(delivery.body);
  if (validate(body) === true) return [];
  return (validate.errors ?? [])
    .filter(({ params }) => !NEWER.has(params.additionalProperty))
    .map((error) => `${key}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

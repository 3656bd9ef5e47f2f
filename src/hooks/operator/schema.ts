import { z } from "zod";
import { PERSONA_NAMES } from "../gates/personas.js";
import { REPOSITORY_PATTERN } from "../repository-pattern.js";
import type { Values } from "./values.js";

export type HookConfig = z.infer<ReturnType<typeof operatorSchema>>["hooks"][number];
export type GateConfig = z.infer<ReturnType<typeof operatorSchema>>["gates"][number];

const NAME = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be a lower-case word such as team-chat, at most 40 characters");
const REPOSITORIES = z
  .array(z.string().regex(REPOSITORY_PATTERN, "must be owner/name, in which * stands for any characters"))
  .min(1)
  .optional();
const TEXT = z.string().trim().min(1).max(1000);
const VARIABLE = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "must be the name of an environment variable");

/** What every hook and every gate has. */
const COMMON = {
  name: NAME,
  timeout_ms: z.number().int().min(100).max(600_000).default(10_000),
  concurrency: z.number().int().min(1).max(100).default(4),
};

const HOOK = {
  ...COMMON,
  filters: z
    .strictObject({
      states: z.array(TEXT).min(1).optional(),
      repositories: REPOSITORIES,
      exceptions_only: z.boolean().optional(),
    })
    .default({}),
  publish: z.enum(["comment", "check_run", "none"]).default("comment"),
};

const GATE = {
  ...COMMON,
  filters: z.strictObject({ repositories: REPOSITORIES }).default({}),
  on_failure: z.enum(["neutral", "block"]).default("neutral"),
};

const ALLOW_PRIVATE = { allow_private: z.boolean().default(false) };

/** The file that `LOOPFORGE_CONFIG` names. A name that it does not know is refused: it is more likely a slip than of no matter. */
export function operatorSchema({ secret, address, secretAddress }: Values) {
  const slack = z.strictObject({ ...HOOK, type: z.literal("slack"), url: secretAddress, ...ALLOW_PRIVATE });
  const webhook = z.strictObject({
    ...{ ...HOOK, type: z.literal("webhook"), url: address, signing_secret: secret },
    ...ALLOW_PRIVATE,
  });
  const auditLog = z.strictObject({
    ...{ ...HOOK, type: z.literal("audit-log"), destination: TEXT.default("stdout") },
    format: z.enum(["plain", "ocsf"]).default("plain"),
  });
  const module = z.strictObject({ ...HOOK, type: z.literal("module"), module: TEXT });

  const http = z.strictObject({
    ...{ ...GATE, type: z.literal("http"), url: address, signing_secret: secret },
    ...ALLOW_PRIVATE,
  });
  const gatekeep = { ...GATE, type: z.literal("gatekeep"), persona: z.enum(PERSONA_NAMES) };
  const command = z.strictObject({
    ...{ ...gatekeep, transport: z.literal("command"), command: TEXT.default("gatekeep") },
    pass_env: z.array(VARIABLE).default(["OPENROUTER_API_KEY"]),
  });
  const endpoint = z.strictObject({
    ...{ ...gatekeep, transport: z.literal("endpoint"), base_url: address, model: TEXT, api_key: secret },
    ...ALLOW_PRIVATE,
  });
  return z
    .strictObject({
      hooks: z.array(z.discriminatedUnion("type", [slack, webhook, auditLog, module])).default([]),
      gates: z
        .array(z.discriminatedUnion("type", [http, z.discriminatedUnion("transport", [command, endpoint])]))
        .default([]),
      /** In the words of a repository's `loopforge.yml`: whoever knows these, reads it. */
      settings: z.unknown().optional(),
    })
    .superRefine(namesAreUnique);
}

/** Reports and repositories know a hook and a gate by its name alone. */
function namesAreUnique(
  { hooks, gates }: { hooks: readonly { name: string }[]; gates: readonly { name: string }[] },
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>();
  for (const [list, named] of Object.entries({ hooks, gates })) {
    for (const [index, { name }] of named.entries()) {
      const path = [list, index, "name"];
      if (seen.has(name)) context.addIssue({ code: "custom", path, message: "is the name of another one already" });
      seen.add(name);
    }
  }
}

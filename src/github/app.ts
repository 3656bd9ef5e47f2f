import type { ApplicationFunction, Context } from "probot";
import type { Observed } from "../recorder.js";
import { answerMergeGroup } from "./merge-queue.js";
import { ANSWERED, type HandledEvent, OBSERVERS, type ObservedEvent } from "./observe/index.js";
import { envelopePayload, mergeGroupPayload, parsePayload } from "./observe/payload.js";
import type { AppParts } from "./parts.js";
import { payloadHash } from "./payload-hash.js";
import type { Visit } from "./pipeline.js";

const HANDLED = [...Object.keys(OBSERVERS), ...ANSWERED] as HandledEvent[];

/** The Probot application: every event of {@link OBSERVERS} goes through the pipeline, and commands and merge queues are answered. */
export function createApp(parts: AppParts): ApplicationFunction {
  return (app) => {
    app.on(HANDLED, async (context: Context<HandledEvent>) => {
      const { id, name, payload } = context;
      const event = "action" in payload ? `${name}.${payload.action}` : name;
      const octokit = (await mayAsk(context)) ? context.octokit : null;
      const source = { kind: "webhook", event, delivery: id, payloadSha256: payloadHash(payload) } as const;
      const observed = await handle(event, payload, { source, key: id, octokit }, parts);
      if (octokit) await parts.conclusions.of(observed, octokit);
    });
  };
}

async function handle(event: string, payload: object, visit: Visit, parts: AppParts): Promise<readonly Observed[]> {
  if (isObserved(event)) return parts.pipeline.take({ event, payload }, visit);
  const { octokit } = visit;
  if (!octokit) return [];
  const { configuration } = await parts.configurations.of(octokit, repoOf(payload));
  switch (event) {
    case "issue_comment.created":
      return parts.commands.handle(payload, { ...visit, octokit }, configuration);
    case "merge_group.checks_requested":
      await answerMergeGroup(octokit, parts.store, parsePayload(mergeGroupPayload, payload), configuration);
      return [];
    default:
      return [];
  }
}

function repoOf(payload: object) {
  return parsePayload(envelopePayload, payload).repository;
}

/** A webhook of a repository's own, not of an App, names no installation: unless there is a token, there is nobody to ask GitHub as. */
async function mayAsk({ payload, octokit }: Context<HandledEvent>): Promise<boolean> {
  if ("installation" in payload && payload.installation !== undefined) return true;
  const { type } = (await octokit.auth({ type: "token" })) as { readonly type: string };
  return type !== "unauthenticated";
}

function isObserved(event: string): event is ObservedEvent {
  return Object.hasOwn(OBSERVERS, event);
}

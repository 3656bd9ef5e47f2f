import type { ApplicationFunction, Context } from "probot";
import { withLogContext } from "../log-context.js";
import type { Observed } from "../recorder/recorder.js";
import { refresh } from "./catch-up/refresh.js";
import type { Octokit } from "./client/octokit.js";
import { withCheckedAnswers } from "./client/reliable.js";
import { agentCalled } from "./commands/agent-called.js";
import { PATH } from "./config/read-file.js";
import { answerMergeGroup } from "./merge/merge-queue.js";
import { ANSWERED, type HandledEvent, OBSERVERS, type ObservedEvent } from "./observe/index.js";
import { isOfNoRepository } from "./observe/merge-groups.js";
import { envelopePayload, mergeGroupPayload, parsePayload } from "./observe/payload.js";
import { configurationPush } from "./observe/pushes.js";
import type { AppParts } from "./parts.js";
import type { EventContext } from "./pipeline.js";
import { refreshRequested } from "./publish/refresh-requested.js";
import { reportEdited } from "./publish/report-edited.js";
import { receiptOf } from "./receipt.js";

const HANDLED = [...Object.keys(OBSERVERS), ...ANSWERED] as HandledEvent[];

/** The Probot application: every event of {@link OBSERVERS} goes through the pipeline, and commands and merge queues are answered. */
export function createApp(parts: AppParts): ApplicationFunction {
  return (app) => {
    app.on(HANDLED, async (context: Context<HandledEvent>) => {
      const { id, name, payload } = context;
      const event = "action" in payload ? `${name}.${payload.action}` : name;
      const octokit = (await mayAsk(context)) ? withCheckedAnswers(context.octokit) : null;
      const { payloadSha256, receivedAt } = receiptOf(payload);
      const source = { kind: "webhook", event, delivery: id, payloadSha256 } as const;
      await withLogContext({ delivery: id, event }, async () => {
        const observed = await handle(
          event,
          payload,
          { source, key: id, octokit, ...(receivedAt ? { receivedAt } : {}) },
          parts,
        );
        if (octokit) await parts.conclusions.of(observed, octokit);
      });
    });
  };
}

async function handle(
  event: string,
  payload: object,
  visit: EventContext,
  parts: AppParts,
): Promise<readonly Observed[]> {
  if (isOfNoRepository(event, payload)) return [];
  const { octokit } = visit;
  const observed = isObserved(event) ? await parts.pipeline.take({ event, payload }, visit) : [];
  if (!octokit) return observed;
  switch (event) {
    case "push": {
      const push = configurationPush(payload, PATH);
      return push ? parts.pipeline.takePush(push, visit) : [];
    }
    case "issue_comment.created": {
      const { configuration } = await parts.configurations.of(octokit, repoOf(payload));
      const called = await agentCalled(payload, configuration.agents.logins, parts.pipeline.persons);
      const noted = called ? await parts.pipeline.apply(called, visit) : [];
      return [...noted, ...(await parts.commands.handle(payload, { ...visit, octokit }, configuration))];
    }
    case "issue_comment.edited":
    case "issue_comment.deleted": {
      const { store, appId, pipeline } = parts;
      const edit = await reportEdited(payload, { store, appId, persons: pipeline.persons });
      return edit ? pipeline.apply(edit, visit) : [];
    }
    case "merge_group.checks_requested": {
      const { configuration } = await parts.configurations.of(octokit, repoOf(payload));
      return answerMergeGroup(parsePayload(mergeGroupPayload, payload), { ...visit, octokit }, parts, configuration);
    }
    case "check_run.requested_action":
    case "check_run.rerequested":
    case "check_suite.rerequested":
      return [...observed, ...(await lookAgain(payload, { ...visit, octokit }, parts))];
    default:
      return observed;
  }
}

/** Somebody pressed "Refresh", or "Re-run" at the App's own check: GitHub is read again, and the report written anew. */
async function lookAgain(
  payload: object,
  visit: EventContext & { readonly octokit: Octokit },
  { appId, pipeline, conclusions }: AppParts,
): Promise<readonly Observed[]> {
  const observed: Observed[] = [];
  for (const subject of await refreshRequested(payload, { workItems: pipeline.workItems, appId })) {
    observed.push(...(await refresh(pipeline, subject, visit)).observed);
    const { repo, number } = subject;
    await conclusions.again({ repoId: repo.id, repoName: repo.name, number }, visit.octokit);
  }
  return observed;
}

function repoOf(payload: object) {
  return parsePayload(envelopePayload, payload).repository;
}

/** A webhook of a repository's own, not of an App, names no installation: unless there is a token, there is nobody to ask GitHub as. */
async function mayAsk({ payload, octokit }: Context<HandledEvent>): Promise<boolean> {
  if ("installation" in payload && typeof payload.installation?.id === "number") return true;
  const { type } = (await octokit.auth({ type: "token" })) as { readonly type: string };
  return type !== "unauthenticated";
}

function isObserved(event: string): event is ObservedEvent {
  return Object.hasOwn(OBSERVERS, event);
}

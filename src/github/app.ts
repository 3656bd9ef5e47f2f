import type { ApplicationFunction, Context } from "probot";
import { DEFAULT_POLICY, GITHUB, type GithubState, type Policy } from "../core/index.js";
import type { Logger, TransitionHook } from "../hook.js";
import { LoopService } from "../service.js";
import type { LoopStore } from "../store/repository.js";
import { OBSERVERS, type ObservedEvent } from "./observe/index.js";
import { payloadHash } from "./payload-hash.js";
import { Pipeline } from "./pipeline.js";
import { Reporter } from "./reporter.js";

export interface AppOptions {
  readonly store: LoopStore;
  /** This App's id at GitHub: its own check runs are not CI. */
  readonly appId: number;
  readonly hooks?: readonly TransitionHook<GithubState>[];
  readonly hookTimeoutMs?: number;
  readonly policy?: Policy;
  /** The label on an issue that says somebody took it up; `queued` by default. */
  readonly queueLabel?: string;
  readonly clock?: () => Date;
  readonly logger?: Logger;
}

const OBSERVED = Object.keys(OBSERVERS) as ObservedEvent[];

/** The Probot application: every event of {@link OBSERVERS} goes through the pipeline. */
export function createApp({
  store,
  appId,
  hooks = [],
  hookTimeoutMs = 10_000,
  policy = DEFAULT_POLICY,
  queueLabel = "queued",
  clock = () => new Date(),
  logger,
}: AppOptions): ApplicationFunction {
  return (app) => {
    const log = logger ?? app.log;
    const service = new LoopService({ repository: store, hooks, hookTimeoutMs, lifecycle: GITHUB, clock, logger: log });
    const reporter = new Reporter({ store, policy, logger: log });
    const pipeline = new Pipeline({ service, store, reporter, policy, appId, queueLabel, clock });
    app.on(OBSERVED, async (context: Context<ObservedEvent>) => {
      const { id, name, payload, octokit } = context;
      const event = `${name}.${payload.action}`;
      if (!isObserved(event)) return;
      const delivery = { id, event, payload, payloadSha256: payloadHash(payload) };
      await pipeline.handle(delivery, (await mayAsk(context)) ? octokit : null);
    });
  };
}

/** A webhook of a repository's own, not of an App, names no installation: unless there is a token, there is nobody to ask GitHub as. */
async function mayAsk({ payload, octokit }: Context<ObservedEvent>): Promise<boolean> {
  if (payload.installation !== undefined) return true;
  const { type } = (await octokit.auth({ type: "token" })) as { readonly type: string };
  return type !== "unauthenticated";
}

function isObserved(event: string): event is ObservedEvent {
  return Object.hasOwn(OBSERVERS, event);
}

import type { PersonId } from "../core/index.js";
import { operatorSettings } from "../github/config/operator-settings.js";
import { type AppParts, createParts } from "../github/parts.js";
import type { EntryListener, Logger, TransitionHook } from "../hook.js";
import type { Operator } from "../hooks/operator/operator.js";
import type { LoopStore } from "../store/repository.js";
import type { ServerConfig } from "./config.js";

export type LoginOf = (person: PersonId) => Promise<string | null>;

/** Who a pseudonym is, as far as the store still knows. */
export function loginsIn({ people }: Pick<LoopStore, "people">): LoginOf {
  return async (person) => (await people.find(person))?.account.login ?? null;
}

export interface AssembleOptions {
  readonly config: Pick<ServerConfig, "appId" | "queueLabel" | "organizationConfig">;
  readonly store: LoopStore;
  readonly clock: () => Date;
  readonly log: Logger;
  /** What the operator configured to run beside the App. */
  readonly operator?: Operator | undefined;
  readonly hooks?: readonly TransitionHook[];
  readonly listeners?: readonly EntryListener[];
}

/** A hook's own timeout speaks first. */
const HOOK_MARGIN_MS = 1000;

/** The App with what its operator configured, on a server, on Lambda and on the command line alike. */
export function assemble(options: AssembleOptions): AppParts {
  const { config, store, clock, log: logger, operator, hooks = [], listeners = [] } = options;
  return createParts({
    ...{ store, clock, logger, appId: config.appId },
    hooks: [...hooks, ...(operator?.hooks ?? []).map(({ run }) => run)],
    hookTimeoutMs: Math.max(10_000, (operator?.hookTimeoutMs ?? 0) + HOOK_MARGIN_MS),
    listeners: [...(operator?.listeners ?? []), ...listeners],
    gates: operator?.gates ?? [],
    defaults: { queue: { labels: [config.queueLabel] }, ...operatorSettings(operator?.settings) },
    organizationConfig: config.organizationConfig,
  });
}

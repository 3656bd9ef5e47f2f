import type { Writable } from "node:stream";
import type { Logger } from "../../hook.js";
import type { GuardedFetch } from "../guarded-fetch.js";
import type { LoginOf } from "../slack.js";
import type { HookStats } from "../stats.js";
import type { Environment } from "./values.js";

/** Everything of the world outside that hooks and gates use. */
export interface Dependencies {
  readonly env: Environment;
  readonly logger: Logger;
  readonly stats: HookStats;
  readonly clock: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly newMark: () => string;
  readonly fetchFor: (options: { readonly allowPrivate: boolean }) => GuardedFetch;
  readonly loginOf: LoginOf;
  readonly stdout: Writable;
}

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { EntryListener } from "../../hook.js";
import type { ConfiguredGate } from "../gates/ask-gates.js";
import { buildGate } from "../gates/build-gate.js";
import { createGuardedFetch } from "../guarded-fetch.js";
import { redactor } from "../redact.js";
import { HookStats } from "../stats.js";
import { buildHook, type ConfiguredHook } from "./build-hook.js";
import { type ReadFile, readOperatorConfig } from "./config.js";
import type { Dependencies } from "./dependencies.js";
import { secretsOf } from "./environment-secrets.js";
import type { Environment } from "./values.js";

/** All that the operator configured to run beside LoopForge, ready to run. */
export interface Operator {
  readonly hooks: readonly ConfiguredHook[];
  readonly gates: readonly ConfiguredGate[];
  readonly listeners: readonly EntryListener[];
  /** What shall hold for all repositories, as the file says it; undefined where it says nothing. */
  readonly settings?: unknown;
  /** The longest that any hook may take, in milliseconds: whoever waits for hooks has to wait as long. */
  readonly hookTimeoutMs: number;
  /** Writes what waits to be written, and closes files. */
  close(): Promise<void>;
}

export type OperatorOptions = Pick<Dependencies, "logger"> &
  Partial<Omit<Dependencies, "env">> & {
    /** Secrets of the server's that need not be in the environment, such as a key that it reads from a file. */
    readonly secrets?: readonly string[];
  };

/**
 * Loads the operator's hooks and gates from `LOOPFORGE_CONFIG` and the short forms of the environment.
 * @throws LoopForgeError `usage` for what cannot be used, in words that hold no secret
 */
export async function loadOperatorConfig(
  env: Environment,
  readFile: ReadFile,
  options: OperatorOptions,
): Promise<Operator> {
  const config = await readOperatorConfig(env, readFile);
  const dependencies = { ...defaults(), ...options, env };
  const passed = config.gates.flatMap((gate) => ("pass_env" in gate ? gate.pass_env : []));
  const { secrets = [] } = options;
  const redact = redactor([
    ...[...config.secrets, ...secrets, ...secretsOf(env)],
    ...passed.flatMap((name) => env[name] ?? []),
  ]);

  const built = await Promise.all(config.hooks.map((hook) => buildHook(hook, config.folder, redact, dependencies)));
  const listeners = built.filter((one) => one.is === "listener");
  return {
    hooks: built.flatMap((one) => (one.is === "hook" ? [one.hook] : [])),
    gates: config.gates.map((gate) => buildGate(gate, redact, dependencies)),
    listeners: listeners.map(({ listen }) => listen),
    settings: config.settings,
    hookTimeoutMs: Math.max(0, ...config.hooks.map((hook) => hook.timeout_ms)),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

function defaults(): Omit<Dependencies, "env" | "logger"> {
  const open = createGuardedFetch({ allowPrivate: true });
  const guarded = createGuardedFetch({ allowPrivate: false });
  return {
    stats: new HookStats(),
    clock: () => new Date(),
    random: Math.random,
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
    newMark: () => randomBytes(12).toString("hex"),
    fetchFor: ({ allowPrivate }) => (allowPrivate ? open : guarded),
    loginOf: async () => null,
    stdout: process.stdout,
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ServerConfig } from "../../src/server/config.js";
import type { BundledServer } from "./proof-bundle.js";
import type { Hurry } from "./proof-time.js";

/** How it serves. */
export interface Settings {
  readonly config: ServerConfig;
  /** Whether it takes the care that GitHub wants: a second between two writes, and none repeated blindly. */
  readonly throttle: boolean;
}

/** What the server's process can be asked. */
export type Question =
  | ({ readonly ask: "serve" } & Settings)
  | { readonly ask: "idle" }
  | { readonly ask: "memory" }
  | { readonly ask: "snapshot"; readonly file: string };

export interface Memory {
  /** Bytes in use after a full garbage collection. */
  readonly heap: number;
  /** The most bytes that the process ever had of the machine's memory. */
  readonly peak: number;
}

/** A server in a process of its own. What it is asked for never comes once it was killed. */
export interface ServerProcess {
  /** Begins to serve. @returns where it takes deliveries */
  serve(settings: Settings): Promise<string>;
  idle(): Promise<void>;
  memory(): Promise<Memory>;
  /** Writes all that is in its heap into a file, as DevTools reads it. */
  snapshot(file: string): Promise<void>;
  /** SIGKILL: nothing is finished, nothing is said. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** @param hurry how its time runs; as the machine's where nothing is said */
export function startProcess({ server, hurry: preload }: BundledServer, hurry?: Hurry): ServerProcess {
  const args = ["--expose-gc", "--no-warnings", ...(hurry ? ["--import", preload] : []), server];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...settingsOf(hurry) },
  });
  const gone = once(child, "exit");
  return {
    serve: async (settings) => (await ask<{ readonly url: string }>(child, { ask: "serve", ...settings })).url,
    idle: async () => {
      await ask(child, { ask: "idle" });
    },
    memory: () => ask<Memory>(child, { ask: "memory" }),
    snapshot: async (file) => {
      await ask(child, { ask: "snapshot", file });
    },
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function settingsOf(hurry: Hurry | undefined): Readonly<Record<string, string>> {
  if (!hurry) return {};
  return { LOOPFORGE_HURRY: String(hurry.factor), LOOPFORGE_HURRY_SINCE: String(hurry.since) };
}

/** Rejects when it ended by itself: of one that is killed, nobody waits for an answer. */
async function ask<Answer>(child: ChildProcess, question: Question): Promise<Answer> {
  const answered = new AbortController();
  const ended = once(child, "exit", answered).then(([code]: (number | null)[]) => {
    if (code === null) return new Promise<never>(() => undefined);
    throw new Error(`The server ended by itself, with code ${code}`);
  });
  ended.catch(() => undefined);
  const said = once(child, "message", answered);
  said.catch(() => undefined);
  child.send(question);
  const [answer] = (await Promise.race([said, ended])) as [Answer];
  answered.abort();
  return answer;
}

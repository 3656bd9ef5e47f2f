import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Places } from "./http-backends.js";

/** What a server under test is told when it is forked. */
export interface ServerJob {
  /** Where LoopForge keeps things; null for the bare Probot server, which keeps nothing. */
  readonly places: Places | null;
  readonly githubUrl: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** A server in a process of its own. */
export interface ServerUnderTest {
  readonly url: string;
  /** Resolves when all deliveries have been worked. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServerUnderTest(job: ServerJob): Promise<ServerUnderTest> {
  const child = fork(new URL("./server-under-test.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
  const { url } = (await ask(child, job)) as { readonly url: string };
  return {
    url,
    idle: async () => {
      await ask(child, "idle");
    },
    stop: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

async function ask(child: ChildProcess, message: ServerJob | "idle"): Promise<unknown> {
  const answer = once(child, "message");
  child.send(message);
  const [value] = (await answer) as [unknown];
  return value;
}

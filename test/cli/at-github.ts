import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { type Entry, openEntry, type RecordHead } from "../../src/core/index.js";
import { backfill } from "../../src/github/catch-up/backfill.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import { createParts } from "../../src/github/parts.js";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.js";
import { type Stage, setStage } from "../../src/sandbox/scenarios/index.js";
import { openStore } from "../../src/store/open.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { outsideOf } from "../support/in-process.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { collectedLog } from "../support/log.js";
import { temporaryFolder } from "../support/running.js";
import { headsOf } from "../support/scenarios.js";

/** GitHub's stand-in over HTTP, and the environment that makes a command the App there, with a store of its own. */
export interface AtGithub extends Stage {
  readonly sandbox: Sandbox;
  readonly clock: ReturnType<typeof testClock>;
  /** `LOOPFORGE_STORE`. */
  readonly store: string;
  /** Takes in what is there now, without the pauses that a command makes between two requests. */
  learn(): Promise<void>;
  /** What is in the store now. */
  recorded(): Promise<{ readonly heads: readonly RecordHead[]; readonly entries: readonly Entry[] }>;
}

export async function givenAtGithub({ configuration }: { readonly configuration?: string } = {}): Promise<AtGithub> {
  const clock = testClock();
  const sandbox = createSandbox({
    clock,
    authClock: () => new Date(),
    guid: countingGuid(),
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
  });
  const github = await sandbox.listen();
  onTestFinished(() => github.close());
  const store = `sqlite:${join(temporaryFolder(), "records.db")}`;
  setEnvironment({
    ...{ APP_ID: "4711", PRIVATE_KEY: TEST_KEY, WEBHOOK_SECRET },
    ...{ GHE_HOST: new URL(github.url).host, GHE_PROTOCOL: "http", LOOPFORGE_STORE: store },
  });
  const stage = setStage(sandbox, configuration);
  return {
    ...{ sandbox, clock, store, ...stage },
    async learn() {
      const opened = await openStore(store);
      const parts = createParts({ store: opened, appId: 4711, clock, logger: collectedLog().log });
      const { id, fullName: name } = stage.repository;
      const octokit = await octokitsFor(outsideOf(sandbox))({ name });
      const steps = octokit ? backfill({ parts, octokit, clock, sleep: async () => {} }, { id, name }) : [];
      for await (const _ of steps);
      await opened.close();
    },
    async recorded() {
      const opened = await openStore(store);
      try {
        const heads = await headsOf(opened);
        const ledgers = await Promise.all(heads.map(({ recordId }) => opened.entries(recordId)));
        return { heads, entries: ledgers.flat().map(openEntry) };
      } finally {
        await opened.close();
      }
    },
  };
}

/** The process's environment, until the test ends. Undefined takes a variable away. */
export function setEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** GitHub fails at requests of paths that end so: with an error that its client does not try again, for that would take its time. */
export function failAt({ sandbox }: AtGithub, pathEnd: string): void {
  sandbox.faults = async (context, next) => {
    if (!context.req.path.endsWith(pathEnd)) return next();
    context.res = Response.json({ message: "Teapot" }, { status: 400 });
  };
}

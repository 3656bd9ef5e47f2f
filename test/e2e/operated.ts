import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Entry, openEntry, recordId } from "../../src/core/index.js";
import { loadOperatorConfig } from "../../src/hooks/operator/operator.js";
import { HookStats } from "../../src/hooks/stats.js";
import { createSandbox, type PullRequest, type Sandbox } from "../../src/sandbox/index.js";
import { type Stage, setStage } from "../../src/sandbox/scenarios/index.js";
import type { ServerConfig } from "../../src/server/config.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { type CollectedLog, collectedLog } from "../support/log.js";
import { temporaryFolder } from "../support/running.js";
import { headsOf } from "../support/scenarios.js";

/** A server as `serve` starts it, with an operator's file, and GitHub's stand-in, over real HTTP. Both end with the test. */
export interface Operated extends Stage {
  readonly sandbox: Sandbox;
  readonly clock: ReturnType<typeof testClock>;
  readonly config: ServerConfig;
  readonly server: RunningServer;
  readonly collected: CollectedLog;
  /** Where the operator's file is, and the files of the stores. */
  readonly folder: string;
  /** Delivers all that waits and works it, until GitHub and the App have nothing more to tell each other. */
  settle(): Promise<void>;
  /** Stops the server, and starts it again on the same files. */
  restart(): Promise<void>;
  /** All ledgers, one after the other. */
  entries(): Promise<readonly Entry[]>;
  /** The text of a page of the server's own. */
  page(path: string): Promise<string>;
}

export interface OperatedOptions {
  /** The file that `LOOPFORGE_CONFIG` names. In it, `{folder}` stands for where it is. */
  readonly operator?: string;
  /** Files beside it. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** `.github/loopforge.yml` of acme/shop. */
  readonly configuration?: string;
  readonly config?: Partial<ServerConfig>;
}

export async function givenOperated(options: OperatedOptions = {}): Promise<Operated> {
  const clock = testClock();
  const sandbox = createSandbox({
    clock,
    authClock: () => new Date(),
    guid: countingGuid(),
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
  });
  const github = await sandbox.listen();
  onTestFinished(() => github.close());
  const stage = setStage(sandbox, options.configuration);
  const folder = temporaryFolder();
  const file = join(folder, "operator.yml");
  writeFileSync(file, (options.operator ?? "").replaceAll("{folder}", folder));
  for (const [name, text] of Object.entries(options.beside ?? {})) writeFileSync(join(folder, name), text);
  const config: ServerConfig = {
    ...{ appId: sandbox.app.id, privateKey: TEST_KEY, webhookSecret: WEBHOOK_SECRET, previousWebhookSecret: null },
    ...{
      host: "127.0.0.1",
      port: 0,
      githubUrl: `${github.url}/api/v3`,
      logLevel: "warn",
      queueLabel: "queued",
      organizationConfig: [],
    },
    ...{ store: `sqlite:${join(folder, "records.db")}`, inbox: `sqlite:${join(folder, "inbox.db")}` },
    inboxLimit: 100_000,
    ...options.config,
  };
  const collected = collectedLog(config.logLevel);

  const start = async () => {
    const [{ log }, stats] = [collected, new HookStats()];
    const env = { PATH: process.env.PATH, ...options.env, LOOPFORGE_CONFIG: file };
    const server = await startServer({
      ...{ config, log, stats, clock, throttle: false },
      loadOperator: (loginOf) =>
        loadOperatorConfig(env, (path) => readFile(path, "utf8"), { logger: log, stats, loginOf, random: () => 0 }),
    });
    sandbox.deliverTo(server.webhookUrl);
    return server;
  };
  let server = await start();
  onTestFinished(() => server.stop());
  return {
    ...{ sandbox, clock, config, collected, folder, ...stage },
    get server() {
      return server;
    },
    async settle() {
      let before: number;
      do {
        before = sandbox.deliveries.length;
        await sandbox.flush();
        await server.idle();
      } while (sandbox.deliveries.length > before);
    },
    async restart() {
      await server.stop();
      server = await start();
    },
    async entries() {
      const heads = await headsOf(server.store);
      const ledgers = await Promise.all(heads.map(({ recordId: id }) => server.store.entries(recordId(id))));
      return ledgers.flat().map(openEntry);
    },
    page: async (path) => (await fetch(server.url + path)).text(),
  };
}

/** A pull request of Alice's on a branch of its own. */
export function aPull({ repository, alice }: Stage, head = "mend"): PullRequest {
  return repository.openPullRequest({ by: alice, title: "Mend the cart", body: "", head });
}

/** A check of the pull request's head as it is, that ended well. */
export function passCi({ repository, ci }: Stage, { headSha: sha }: PullRequest): void {
  repository.startCheck({ app: ci, sha, name: "build" }).start().complete("success");
}

/** A pull request that waits for nothing but a merge, and all is worked. */
export async function readyPull(app: Operated): Promise<PullRequest> {
  const pull = aPull(app);
  await app.settle();
  passCi(app, pull);
  await app.settle();
  return pull;
}

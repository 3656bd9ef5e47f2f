import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TransitionHook } from "../../src/hook.js";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.js";
import type { ServerConfig } from "../../src/server/config.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import type { Disk } from "../../src/store/disk.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { TEST_KEY, WEBHOOK_SECRET } from "./keys.js";
import { type CollectedLog, collectedLog } from "./log.js";

/** GitHub's stand-in and a LoopForge server that is its App, over real HTTP. Both end with the test. */
export interface Running {
  readonly sandbox: Sandbox;
  readonly clock: ReturnType<typeof testClock>;
  readonly config: ServerConfig;
  readonly server: RunningServer;
  readonly collected: CollectedLog;
  /** Delivers all that waits and works it, until GitHub and the App have nothing more to tell each other. */
  settle(): Promise<void>;
  /** Another server on the same files, once the one before was stopped. */
  start(): Promise<void>;
}

export interface RunningOptions {
  readonly sandbox?: Partial<SandboxOptions>;
  readonly config?: Partial<ServerConfig>;
  readonly hooks?: readonly TransitionHook[];
  /** Below what path of the stand-in its API is: `/api/v3` on an Enterprise Server. */
  readonly githubPath?: string;
  /** The server's; the machine's by default. */
  readonly serverClock?: () => Date;
  /** The server's way to the disk; the system's own by default. */
  readonly disk?: Disk;
}

export async function givenRunning(options: RunningOptions = {}): Promise<Running> {
  const clock = testClock();
  const sandbox = createSandbox({
    clock,
    authClock: () => new Date(),
    guid: countingGuid(),
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
    ...options.sandbox,
  });
  const github = await sandbox.listen();
  onTestFinished(() => github.close());
  const folder = temporaryFolder();
  const config: ServerConfig = {
    appId: sandbox.app.id,
    privateKey: TEST_KEY,
    webhookSecret: WEBHOOK_SECRET,
    previousWebhookSecret: null,
    inboxLimit: 100_000,
    host: "127.0.0.1",
    port: 0,
    githubUrl: github.url + (options.githubPath ?? ""),
    logLevel: "warn",
    store: "memory:",
    inbox: `sqlite:${join(folder, "inbox.db")}`,
    queueLabel: "queued",
    organizationConfig: [],
    ...options.config,
  };
  const collected = collectedLog(config.logLevel);
  const start = async () => {
    const { hooks = [], serverClock: clock = () => new Date(), disk } = options;
    const beside = disk ? { disk } : {};
    const server = await startServer({ config, log: collected.log, throttle: false, hooks, clock, ...beside });
    sandbox.deliverTo(server.webhookUrl);
    return server;
  };
  let server = await start();
  onTestFinished(() => server.stop());
  return {
    ...{ sandbox, clock, config, collected },
    get server() {
      return server;
    },
    async settle() {
      do {
        await sandbox.flush();
        await server.idle();
      } while (sandbox.deliveries.some((delivery) => delivery.attempts.length === 0));
    },
    async start() {
      server = await start();
    },
  };
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loopforge-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

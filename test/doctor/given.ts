import { join } from "node:path";
import { onTestFinished } from "vitest";
import { examine } from "../../src/doctor/examine.js";
import type { Finding } from "../../src/doctor/finding.js";
import { readManifest } from "../../src/doctor/manifest.js";
import { openInbox } from "../../src/inbox/open.js";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.js";
import type { Environment } from "../../src/server/config.js";
import { openStore } from "../../src/store/open.js";
import { testClock } from "../sandbox/given.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { temporaryFolder } from "../support/running.js";

/** A LoopForge with nothing wrong with it: App, webhook, installation, store and inbox. */
export interface Healthy {
  readonly sandbox: Sandbox;
  readonly clock: ReturnType<typeof testClock>;
  readonly env: Environment;
  /** What GitHub's deliveries are answered with. */
  answer: number;
  examine(env?: Environment, clock?: () => Date): Promise<readonly Finding[]>;
}

/** @param start what time it is at GitHub */
export async function givenHealthy(start?: string): Promise<Healthy> {
  const clock = testClock(start);
  const { permissions, events } = await readManifest();
  const sandbox = createSandbox({
    clock,
    authClock: () => new Date(),
    app: {
      ...{ id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
      permissions: permissions as NonNullable<SandboxOptions["app"]["permissions"]>,
      events: events as NonNullable<SandboxOptions["app"]["events"]>,
    },
  });
  const github = await sandbox.listen();
  onTestFinished(() => github.close());
  const folder = temporaryFolder();
  const env: Environment = {
    APP_ID: "4711",
    PRIVATE_KEY: TEST_KEY,
    WEBHOOK_SECRET,
    GHE_HOST: new URL(github.url).host,
    GHE_PROTOCOL: "http",
    LOOPFORGE_STORE: `sqlite:${join(folder, "records.db")}`,
    LOOPFORGE_INBOX: `sqlite:${join(folder, "inbox.db")}`,
  };
  await (await openStore(env.LOOPFORGE_STORE ?? "")).close();
  await (await openInbox(env.LOOPFORGE_INBOX ?? "")).close();
  const healthy: Healthy = {
    ...{ sandbox, clock, env },
    answer: 202,
    examine: (more = {}, at = clock) => examine({ env: { ...env, ...more }, clock: at }),
  };
  sandbox.deliverTo("https://loopforge.example/api/github/webhooks", {
    fetch: async () => new Response(null, { status: healthy.answer }),
  });
  sandbox.repository("acme/shop").openIssue({ by: sandbox.user("alice"), title: "An issue" });
  await sandbox.flush();
  return healthy;
}

/** `check: status`, a line for each finding that is not ok. */
export function troubles(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ status }) => status !== "ok").map(({ check, status }) => `${check}: ${status}`);
}

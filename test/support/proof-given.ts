import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Inbox } from "../../src/inbox/inbox.js";
import { openInbox } from "../../src/inbox/open.js";
import type { ServerConfig } from "../../src/server/config.js";
import { openStore } from "../../src/store/open.js";
import type { LoopStore } from "../../src/store/repository.js";
import { TEST_KEY, WEBHOOK_SECRET } from "./keys.js";
import type { BundledServer } from "./proof-bundle.js";
import { ProofClient } from "./proof-client.js";
import { Fuse } from "./proof-fuse.js";
import { type Hurry, hurried } from "./proof-time.js";
import { startVictim, type Victim } from "./proof-victim.js";
import { type ProofWorld, proofWorld } from "./proof-world.js";
import { temporaryFolder } from "./running.js";

/** A GitHub with work items, a client that posts what it tells, and a server in a process of its own that is to be made to suffer. */
export interface Proof {
  readonly world: ProofWorld;
  readonly client: ProofClient;
  readonly victim: Victim;
  /** The server's own inbox, seen from beside it. */
  readonly inbox: Inbox;
  /** What is seen of the server from outside. */
  readonly fuse: Fuse;
  /** The server's own store, seen from beside it. */
  openStore(): Promise<LoopStore>;
}

export interface ProofOptions {
  readonly bundled: BundledServer;
  /** Both in SQLite files of their own where nothing is said. */
  readonly places?: Pick<ServerConfig, "store" | "inbox">;
  readonly hurry?: Hurry;
  /** Whether the server takes the care that GitHub wants; a stand-in needs none where it always answers. */
  readonly throttle?: boolean;
  /** What stands between the server and GitHub. */
  readonly line?: (githubUrl: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
}

/** Ends with the test. */
export async function givenProof({ bundled, places, hurry, line, throttle = false }: ProofOptions): Promise<Proof> {
  const world = proofWorld(hurry ? { now: hurried(hurry) } : {});
  const fuse = new Fuse();
  world.sandbox.faults = async (_, next) => {
    fuse.spark("asked");
    await next();
    fuse.spark("answered");
  };
  const github = await world.sandbox.listen();
  onTestFinished(() => github.close());
  const reached = (await line?.(github.url)) ?? github;
  onTestFinished(() => (reached === github ? undefined : reached.close()));
  const folder = temporaryFolder();
  const config: ServerConfig = {
    ...{ appId: 4711, privateKey: TEST_KEY, webhookSecret: WEBHOOK_SECRET, previousWebhookSecret: null },
    ...{ githubUrl: reached.url, host: "127.0.0.1", port: 0, inboxLimit: 100_000, logLevel: "fatal" },
    queueLabel: "queued",
    organizationConfig: [],
    store: `sqlite:${join(folder, "store.db")}`,
    inbox: `sqlite:${join(folder, "inbox.db")}`,
    ...places,
  };
  const inbox = await openInbox(config.inbox);
  onTestFinished(() => inbox.close());
  const victim = startVictim(bundled, { config, throttle }, hurry);
  onTestFinished(() => victim.end());
  const client = new ProofClient(victim.url, () => fuse.spark("acknowledged"));
  return {
    ...{ world, client, victim, inbox, fuse },
    async openStore() {
      const store = await openStore(config.store);
      onTestFinished(() => store.close());
      return store;
    },
  };
}

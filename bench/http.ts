import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { createSandbox, type Delivery, type Sandbox } from "../src/sandbox/index.js";
import { median, type Result } from "./measure.js";

const DELIVERIES = 1500;
const CONNECTIONS = 64;
const ROUNDS = 3;

/** What a server under test is told when it is forked, and what it says once it listens. */
export interface ServerJob {
  readonly kind: "loopforge" | "probot";
  readonly folder: string;
  readonly githubUrl: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/**
 * Signed `pull_request.opened` deliveries, each of a pull request of its own, posted over HTTP to a server in a process of its own:
 * how many a second are answered, and how many are worked to the end (record, check run, comment). Beside a bare Probot server with an
 * empty handler, which stores nothing.
 */
export async function benchHttp(): Promise<readonly Result[]> {
  const bare: number[] = [];
  const acknowledged: number[] = [];
  const worked: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push((await measure("probot")).acknowledged);
    const own = await measure("loopforge");
    acknowledged.push(own.acknowledged);
    worked.push(own.worked);
  }
  const peer = { name: "bare Probot server, empty handler", value: median(bare) };
  return [
    {
      name: "deliveries acknowledged, stored durably",
      unit: "deliveries/s",
      value: median(acknowledged),
      peer,
      target: 1,
    },
    { name: "deliveries worked to the end", unit: "deliveries/s", value: median(worked), peer, target: 0.2 },
  ];
}

async function measure(kind: ServerJob["kind"]): Promise<{ readonly acknowledged: number; readonly worked: number }> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-bench-"));
  const sandbox = createSandbox({
    clock: () => new Date(),
    keepDeliveries: true,
    app: { id: 1, slug: "loopforge", name: "LoopForge", webhookSecret: "of the benchmark only" },
  });
  const github = await sandbox.listen({ host: "127.0.0.1", port: 0 });
  const deliveries = openPullRequests(sandbox);
  const { privateKey, webhookSecret } = sandbox.app;
  const server = await start({ kind, folder, githubUrl: `${github.url}/api/v3`, privateKey, webhookSecret });
  try {
    const begin = performance.now();
    await post(server.url, deliveries);
    const answered = performance.now();
    await server.idle();
    const seconds = (until: number) => (until - begin) / 1000;
    return {
      acknowledged: deliveries.length / seconds(answered),
      worked: deliveries.length / seconds(performance.now()),
    };
  } finally {
    await server.stop();
    await github.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Signed before the clock runs. */
function openPullRequests(
  sandbox: Sandbox,
): readonly { readonly headers: Delivery["headers"]; readonly body: string }[] {
  const repository = sandbox.repository("acme/shop");
  const alice = sandbox.user("alice");
  repository.grant(alice, "write");
  for (let i = 0; i < DELIVERIES; i++)
    repository.openPullRequest({ by: alice, title: `Change ${i}`, head: `change-${i}` });
  const opened = sandbox.takePending().filter(({ event, action }) => event === "pull_request" && action === "opened");
  return opened.map(({ headers, body }) => ({ headers, body }));
}

async function post(
  url: string,
  deliveries: readonly { readonly headers: Delivery["headers"]; readonly body: string }[],
): Promise<void> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const queue = deliveries.values();
  const poster = async () => {
    for (const { headers, body } of queue) {
      const answer = await pool.request({ method: "POST", path: pathname, headers, body });
      await answer.body.dump();
      if (answer.statusCode >= 300) throw new Error(`A delivery was answered ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, poster));
  await pool.close();
}

async function start(job: ServerJob): Promise<{ readonly url: string; idle(): Promise<void>; stop(): Promise<void> }> {
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

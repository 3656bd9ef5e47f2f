import { Pool } from "undici";
import type { Delivery, Sandbox } from "../src/sandbox/index.js";

const CONNECTIONS = 64;

/** Signed before the clock runs. */
export interface Signed {
  readonly headers: Delivery["headers"];
  readonly body: string;
}

/** What brings a delivery of a new pull request to the 24 KB that GitHub's are long on average. */
const DESCRIPTION = "What this change is good for, and how it was tried. ".repeat(60);

/** `pull_request.opened`, each of a pull request of its own. */
export function openPullRequests(sandbox: Sandbox, count: number): readonly Signed[] {
  const repository = sandbox.repository("acme/shop");
  const alice = sandbox.user("alice");
  repository.grant(alice, "write");
  const signed: Signed[] = [];
  for (let i = 0; i < count; i++) {
    repository.openPullRequest({ by: alice, title: `Change ${i}`, head: `change-${i}`, body: DESCRIPTION });
    // One at a time: what is not needed any more goes.
    for (const { event, action, headers, body } of sandbox.takePending()) {
      if (event === "pull_request" && action === "opened") signed.push({ headers, body });
    }
  }
  return signed;
}

/** Posts all of them as fast as they are taken. @returns how long each answer took, in milliseconds */
export async function post(url: string, deliveries: readonly Signed[]): Promise<readonly number[]> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const queue = deliveries.values();
  const latencies: number[] = [];
  const poster = async () => {
    for (const { headers, body } of queue) {
      const begin = performance.now();
      const answer = await pool.request({ method: "POST", path: pathname, headers, body });
      await answer.body.dump();
      latencies.push(performance.now() - begin);
      if (answer.statusCode >= 300) throw new Error(`A delivery was answered ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, poster));
  await pool.close();
  return latencies;
}

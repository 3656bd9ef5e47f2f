import { describe, expect, test } from "vitest";
import { linkOf, openEntry, type RecordHead } from "../../src/core/index.js";
import { post } from "../support/post.js";
import { HAS_RECORDING, type Recorded, recordedRuns } from "../support/recorded.js";
import { givenRunning, type Running } from "../support/running.js";
import { headsOf } from "../support/scenarios.js";

/**
 * 2,615 real deliveries of 172 runs. The runs share nothing: GUIDs are unique, and no pull request is in two of them. So they are
 * replayed side by side, each in its order. GitHub's stand-in knows none of their repositories and answers 404 to all that it is asked.
 */
const SIDE_BY_SIDE = 24;

if (!HAS_RECORDING && !process.env.CI) {
  console.warn("Skipped: the recorded deliveries are not in ../shared/recorded/. With CI set, they have to be.");
}

describe.skipIf(!HAS_RECORDING && !process.env.CI)("given the recorded deliveries", () => {
  const runs = HAS_RECORDING ? recordedRuns() : new Map<string, readonly Recorded[]>();
  const deliveries = [...runs.values()].flat();

  test("then no GUID stands twice, and no pull request is in two runs", () => {
    expect([deliveries.length, runs.size]).toEqual([2615, 172]);
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(deliveries.length);
    const seen = deliveries.flatMap(pullOf);
    expect(new Set(seen.map(({ link }) => link)).size).toBe(289);
    expect(new Set(seen.map(({ run, link }) => `${run} ${link}`)).size).toBe(289);
  });

  test("when they are posted, then each is taken and worked, and each pull request's record ends where it did", async () => {
    const app = await givenRunning();
    const started = performance.now();
    expect(await replay(app, runs)).toEqual({ 202: deliveries.length });
    await app.server.idle();
    const seconds = (performance.now() - started) / 1000;

    const { waiting, leased, failed, done, ignored } = await app.server.inbox.stats(new Date());
    const counted = Object.values(ignored).reduce((sum, count) => sum + count, 0);
    expect({ waiting, leased, failed }).toEqual({ waiting: 0, leased: 0, failed: 0 });
    expect(done + counted).toBe(deliveries.length);
    expect(app.sandbox.errors).toEqual([]);

    const heads = await headsOf(app.server.store);
    const ends = endsOf(heads);
    for (const [link, { merged, closed }] of lastKnown(deliveries)) {
      const state = ends.get(link);
      if (merged) expect(["merged", "closed"], link).toContain(state);
      else if (closed) expect(state, link).toBe("task_queued");
      else expect(OPEN, link).toContain(state);
    }
    expect(heads).toHaveLength(289);
    await report(app, heads, seconds);
  }, 120_000);
});

const OPEN = ["pr_created", "ci_pending", "ci_failed", "ci_passed", "awaiting_review", "approved"];

/** @returns how often each status was answered */
async function replay({ server }: Running, runs: ReadonlyMap<string, readonly Recorded[]>) {
  const waiting = [...runs.values()];
  const answers: Record<number, number> = {};
  const work = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      for (const { id, event, payload } of run) {
        const { status } = await post(server.webhookUrl, { guid: id, event, body: JSON.stringify(payload) });
        answers[status] = (answers[status] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return answers;
}

function pullOf({ run, payload }: Recorded) {
  const { repository, pull_request: pull, action } = payload;
  return repository && pull ? [{ run, action, pull, link: linkOf.pull(repository.id, pull.number) }] : [];
}

/** How the recording leaves each pull request. */
function lastKnown(deliveries: readonly Recorded[]) {
  const ends = new Map<string, { merged: boolean; closed: boolean }>();
  for (const { link, pull, action } of deliveries.flatMap(pullOf)) {
    const { merged = false, closed = false } = ends.get(link) ?? {};
    ends.set(link, {
      merged: merged || pull.merged === true || Boolean(pull.merged_at),
      closed: closed || action === "closed",
    });
  }
  return ends;
}

/** The state of each pull request's record. */
function endsOf(heads: readonly RecordHead[]): ReadonlyMap<string, string> {
  return new Map(
    heads.flatMap(({ state, links }) => links.filter((link) => link.startsWith("pull:")).map((link) => [link, state])),
  );
}

/** For whoever wants to know: `LOOPFORGE_REPORT=1`. */
async function report({ server, collected }: Running, heads: readonly RecordHead[], seconds: number): Promise<void> {
  if (!process.env.LOOPFORGE_REPORT) return;
  const states: Record<string, number> = {};
  for (const { recordId, state } of heads) {
    const entries = (await server.store.entries(recordId)).map(openEntry);
    const rules = entries.filter(({ kind }) => kind === "exception").map(({ metadata }) => String(metadata.rule));
    const end = [state, ...rules].join(" ");
    states[end] = (states[end] ?? 0) + 1;
  }
  console.log({ seconds, states, warnings: collected.lines.length, inbox: await server.inbox.stats(new Date()) });
}

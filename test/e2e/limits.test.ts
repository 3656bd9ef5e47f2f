import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { BusyError, retryAfterOf } from "../../src/core/busy.js";
import { linkOf, sha256, timestamp } from "../../src/core/index.js";
import { parseOwedReport, REPORT_EVENT } from "../../src/github/publish/report-job.js";
import { openInbox } from "../../src/inbox/open.js";
import { createWorker } from "../../src/inbox/worker.js";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import type { Delivery, PullRequest, Repository, User } from "../../src/sandbox/index.js";
import { type Answer, givenPaced, type Paced } from "../report/paced.js";
import { PATIENT } from "../support/patience.js";
import { temporaryFolder } from "../support/running.js";

let app: Paced;
let repository: Repository;
let alice: User;

beforeEach(async () => {
  await begin(givenPaced());
});

async function begin(paced: Paced): Promise<void> {
  app = paced;
  repository = app.sandbox.repository("acme/shop");
  alice = app.sandbox.user("alice");
  repository.grant(alice, "write");
  await app.receiveAll();
}

function openPull(head = "mend", of = repository): PullRequest {
  return of.openPullRequest({ by: alice, title: "Mend the cart", body: "", head });
}

/** The word that a pull request was opened. */
function opened(): Delivery {
  const delivery = app.sandbox.takePending().find(({ event }) => event === "pull_request");
  if (!delivery) throw new Error("No pull request was opened");
  return delivery;
}

function audits(pull: PullRequest): readonly string[] {
  return pull.comments.map(({ body }) => body).filter((body) => body.startsWith(COMMENT_MARKER));
}

function headlineOf(pull: PullRequest): string | undefined {
  return /^### (.*)$/m.exec(audits(pull)[0] ?? "")?.[1];
}

const ofComment = ({ route }: { route: string }) => route.includes("/comments");
const ofCheckRun = ({ route }: { route: string }) => route.includes("/check-runs");

describe("given a burst of deliveries about one pull request", () => {
  test("when they come while its report is being written, then they are reported together, and done when that is", async () => {
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    await begin(givenPaced({ held }));
    const ci = app.sandbox.checksApp("ci");
    const pull = openPull();
    const first = app.sandbox.takePending().map((delivery) => app.receive(delivery));
    await vi.waitFor(
      async () => expect(await app.store.findByLink(linkOf.pull(repository.id, 1))).toHaveLength(1),
      PATIENT,
    );
    for (let number = 1; number <= 25; number++) {
      repository.startCheck({ app: ci, sha: pull.headSha, name: `test ${number}` }).complete("success");
    }
    let done = 0;
    const burst = app.sandbox.takePending().map(async (delivery) => {
      await app.receive(delivery);
      done += 1;
    });
    expect(burst.length).toBeGreaterThanOrEqual(50);
    await vi.waitFor(async () => expect(await greenChecks(pull)).toBe(25), PATIENT);
    expect(done).toBe(0);
    open();
    await Promise.all([...first, ...burst]);

    expect(app.writes.filter(ofComment).length).toBeLessThanOrEqual(3);
    expect(app.writes.filter(ofCheckRun).length).toBeLessThanOrEqual(3);
    expect(headlineOf(pull)).toBe("🟢 LoopForge – Ready to merge – CI passed");
    expect(audits(pull)[0]).toContain("all 25 checks passed");
  });
});

describe("given a burst of deliveries that wait in the inbox, where those of one commit are worked one after the other", () => {
  test("when reports are left to the inbox, then one report shows all of it, and none is owed any more", async () => {
    const ci = app.sandbox.checksApp("ci");
    const pull = openPull();
    await app.receiveAll();
    const before = app.writes.length;
    const { inbox, worker, put } = await givenInbox(app, async () => {
      await vi.waitFor(async () => expect(await greenChecks(pull)).toBe(25), PATIENT);
    });
    for (let number = 1; number <= 25; number++) {
      repository.startCheck({ app: ci, sha: pull.headSha, name: `test ${number}` }).complete("success");
    }
    const burst = app.sandbox.takePending();
    expect(burst.length).toBeGreaterThanOrEqual(50);
    for (const delivery of burst) await put(delivery);
    worker.start();
    await vi.waitFor(async () => expect((await inbox.stats(app.clock())).waiting).toBe(0), PATIENT);
    await worker.idle();

    expect(app.writes.length - before).toBeLessThanOrEqual(3);
    expect(headlineOf(pull)).toBe("🟢 LoopForge – Ready to merge – CI passed");
    expect(await inbox.stats(app.clock())).toMatchObject({ waiting: 0, leased: 0, failed: 0 });
  });
});

/** An inbox with its worker: deliveries go to the App, and the reports that they leave behind come back from it. */
async function givenInbox(paced: Paced, settle: () => Promise<void>) {
  const inbox = await openInbox(`sqlite:${join(temporaryFolder(), "inbox.db")}`);
  const { clock, parts } = paced;
  const stored = (body: string) => ({ body, receivedAt: timestamp(clock()), payloadSha256: sha256(body) });
  const worker = createWorker({
    ...{ inbox, clock, log: { warn: () => undefined, error: () => undefined } },
    handle: async ({ guid, event, action, body }) => {
      if (event !== REPORT_EVENT) return paced.receive({ guid, event, action, body } as Delivery);
      await parts.conclusions.conclude(parseOwedReport(body), await paced.installation(), settle);
    },
  });
  parts.conclusions.leaveTo(async ({ id, key, owed }) => {
    await inbox.put({ guid: id, event: REPORT_EVENT, action: null, key, ...stored(JSON.stringify(owed)) });
    worker.wake();
  });
  onTestFinished(async () => {
    await worker.stop(0);
    await inbox.close();
  });
  const put = ({ guid, event, action, body }: Delivery) =>
    inbox.put({ guid, event, action, key: "one commit", ...stored(body) });
  return { inbox, worker, put };
}

async function greenChecks({ repository: { id }, number }: PullRequest): Promise<number> {
  const pull = await app.parts.pipeline.workItems.pull({ repoId: id, number });
  return (pull?.checks ?? []).filter(({ kind, conclusion }) => kind === "run" && conclusion === "success").length;
}

describe("given many pull requests of one installation", () => {
  test("when all are reported at once, then its writes are at least a second apart", async () => {
    const other = app.sandbox.repository("acme/site");
    await app.receiveAll();
    for (const head of ["one", "two", "three"]) openPull(head);
    openPull("four", other);
    await Promise.all(app.sandbox.takePending().map((delivery) => app.receive(delivery)));
    const times = app.writes.map(({ at }) => at);
    expect(times.length).toBe(8);
    for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  test("when so many wait that a delivery's time would run out, then the rest is left for later, and is written then", async () => {
    for (let number = 1; number <= 30; number++) openPull(`branch-${number}`);
    const deliveries = app.sandbox.takePending().filter(({ event }) => event === "pull_request");
    const outcomes = await Promise.allSettled(deliveries.map((delivery) => app.receive(delivery)));
    const left = deliveries.filter((_, index) => outcomes[index]?.status === "rejected");
    expect(left.length).toBeGreaterThan(0);
    for (const delivery of left) await app.receive(delivery);
    const pulls = [...repository.pulls.values()];
    expect(pulls.map((pull) => audits(pull).length)).toEqual(pulls.map(() => 1));
  });
});

const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

describe("given that GitHub does not take a write now", () => {
  const CASES: readonly (readonly [string, Answer, number])[] = [
    ["403 with Retry-After", { status: 403, message: SECONDARY, headers: { "retry-after": "120" } }, 120],
    ["403 with Retry-After and other words", { status: 403, message: "Slow down", headers: { "retry-after": "7" } }, 7],
    ["403 for a secondary limit, without the header", { status: 403, message: SECONDARY }, 60],
    ["429 with Retry-After", { status: 429, message: "Too Many Requests", headers: { "retry-after": "30" } }, 30],
    ["429 without it", { status: 429, message: "Too Many Requests" }, 60],
    ["502 with Retry-After", { status: 502, headers: { "retry-after": "15" } }, 15],
  ];

  test.each(CASES)(
    "when it answers %s, then it is left alone until then, and the report is written after",
    async (_, answer, seconds) => {
      const pull = openPull();
      const delivery = opened();
      app.answer(answer);
      const failure = await app.receive(delivery).catch((error: unknown) => error);
      expect(waitOf(failure)).toBeGreaterThanOrEqual(seconds * 1000 - 1000);
      expect(app.writes).toHaveLength(1);

      // Too early: nothing is asked of GitHub.
      app.clock.advance(seconds - 2);
      await expect(app.receive(delivery)).rejects.toThrow("left alone");
      expect(app.writes).toHaveLength(1);

      app.clock.advance(2);
      await app.receive(delivery);
      expect(headlineOf(pull)).toBe("🟡 LoopForge – Waiting for CI to start");
      expect(audits(pull)).toHaveLength(1);
      expect(app.writes.filter(({ status }) => status < 400)).toHaveLength(2);
    },
  );

  test("when it answers 502, then it is not asked again at once, and a comment that was written all the same is not written twice", async () => {
    const pull = openPull();
    const delivery = opened();
    app.answer({ status: 502, done: true }, { status: 502, done: true });
    await expect(app.receive(delivery)).rejects.toThrow("Bad Gateway");
    expect(app.writes).toHaveLength(2);
    expect(audits(pull)).toHaveLength(1);

    await app.receive(delivery);
    expect(audits(pull)).toHaveLength(1);
    expect(app.writes.filter(ofComment).map(({ route }) => route.split(" ")[0])).toEqual(["POST", "PATCH"]);
  });

  test("when one installation is to wait, then others are not", async () => {
    const elsewhere = app.sandbox.repository("umbrella/lab");
    elsewhere.grant(alice, "write");
    await app.receiveAll();
    openPull();
    const delivery = opened();
    app.answer({ status: 429, message: "Too Many Requests" });
    await expect(app.receive(delivery)).rejects.toThrow("Too Many Requests");
    const pull = openPull("mend", elsewhere);
    await app.receiveAll();
    expect(headlineOf(pull)).toBe("🟡 LoopForge – Waiting for CI to start");
  });
});

/** How long the inbox has to wait before it tries again, in milliseconds. */
function waitOf(failure: unknown): number {
  const errors = failure instanceof AggregateError ? failure.errors : [failure];
  expect(errors.every((error) => error instanceof BusyError && error.disposition.retry)).toBe(true);
  return retryAfterOf(errors);
}

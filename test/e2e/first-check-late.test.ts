import { describe, expect, test } from "vitest";
import { openEntry, recordId } from "../../src/core/index.js";
import type { Delivery, PullRequest } from "../../src/sandbox/index.js";
import { auditOf, type Flow, givenFlow, idOfPull, openPull, refusal } from "../github/flow.js";

interface Given {
  readonly app: Flow;
  /** Merged without any check, in a repository that nobody had seen a check of. */
  readonly merged: PullRequest;
  /** What the first check of the repository said, on another pull request and before the merge. */
  readonly late: readonly Delivery[];
}

async function givenMergeBeforeTheFirstCheckIsHeard(): Promise<Given> {
  const app = givenFlow();
  const other = openPull(app, { head: "other" });
  const merged = openPull(app);
  await app.settle();
  app.shop.reportCheck({ app: app.ci, sha: other.headSha, name: "build", conclusion: "success" });
  const late = app.sandbox.takePending();
  app.clock.advance(60);
  merged.merge({ by: app.carol });
  await app.settle();
  return { app, merged, late };
}

async function receive(app: Flow, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) await app.receive(delivery);
}

async function rulesOf(app: Flow, pull: PullRequest): Promise<readonly string[]> {
  return ((await app.head(idOfPull(pull)))?.broken ?? []).flatMap(({ rules }) => rules);
}

describe("given a merge without a check in a repository that has shown none", () => {
  test("when it is judged, then it accuses nobody", async () => {
    const { app, merged } = await givenMergeBeforeTheFirstCheckIsHeard();
    expect(await rulesOf(app, merged)).toEqual([]);
    const entry = (await app.entries(idOfPull(merged))).find(({ toState }) => toState === "merged");
    expect(entry?.metadata.grounds).toMatchObject({ ci: "none_known" });
  });

  test("when it is heard that another pull request had shown a check before, then the merge is judged again", async () => {
    const { app, merged, late } = await givenMergeBeforeTheFirstCheckIsHeard();
    await receive(app, late);
    await app.settle();
    const [last] = (await app.store.entries(recordId(idOfPull(merged)))).slice(-1).map(openEntry);
    expect(last).toMatchObject({ kind: "exception", metadata: { rule: "merged_before_ci_passed", late: true } });
    expect(auditOf(merged)).toContain("[!CAUTION]");
  });

  test("when GitHub fails while it is judged again, then it is judged at the next try", async () => {
    const { app, merged, late } = await givenMergeBeforeTheFirstCheckIsHeard();
    let isDown = true;
    app.fault(
      ({ url }) => isDown && url.includes(`/pulls/${merged.number}`),
      () => refusal(500, "Server Error"),
    );
    const [first, ...others] = late;
    if (!first) throw new Error("GitHub said nothing of the check");
    await expect(app.receive(first)).rejects.toThrow();
    isDown = false;
    await receive(app, [first, ...others]);
    expect(await rulesOf(app, merged)).toEqual(["merged_before_ci_passed"]);
  });

  test("when the first check came after the merge, then nothing is said of it", async () => {
    const { app, merged } = await givenMergeBeforeTheFirstCheckIsHeard();
    const other = openPull(app, { head: "later" });
    app.shop.reportCheck({ app: app.ci, sha: other.headSha, name: "build", conclusion: "success" });
    await app.settle();
    expect(await rulesOf(app, merged)).toEqual([]);
  });
});

describe("given a repository that has shown a check", () => {
  test("when more checks are heard, then its merges are not looked for", async () => {
    const { app, late } = await givenMergeBeforeTheFirstCheckIsHeard();
    await receive(app, late);
    let lists = 0;
    const { list } = app.store;
    app.store.list = (query) => {
      lists += 1;
      return list.call(app.store, query);
    };
    const other = openPull(app, { head: "later" });
    await app.settle();
    app.shop.reportCheck({ app: app.ci, sha: other.headSha, name: "build", conclusion: "success" });
    await app.settle();
    expect(lists).toBe(0);
  });
});

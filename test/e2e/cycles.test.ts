import { describe, expect, test } from "vitest";
import type { Delivery, Issue } from "../../src/sandbox/index.js";
import { type Flow, givenFlow, idOfIssue, idOfPull, openPull, passCi } from "../github/flow.js";

/** An issue that was opened, and a minute later closed. */
async function closedIssue(): Promise<{ app: Flow; issue: Issue }> {
  const app = givenFlow();
  await app.settle();
  const issue = app.shop.openIssue({ by: app.alice, title: "Gift wrapping" });
  app.clock.advance(60);
  issue.close({ by: app.bob, reason: "not_planned" });
  app.clock.advance(60);
  return { app, issue };
}

function actionsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(({ event, action }) => `${event}.${action}`);
}

/** Takes what GitHub has to say, and hands it over in another order. */
async function receiveInOrder(app: Flow, order: readonly string[]): Promise<void> {
  const pending = app.sandbox.takePending();
  expect(actionsOf(pending).toSorted()).toEqual(order.toSorted());
  for (const name of order) {
    const delivery = pending.find(({ event, action }) => `${event}.${action}` === name);
    if (delivery) await app.receive(delivery);
  }
}

async function statesOf(app: Flow, issue: Issue) {
  return { first: await app.stateOf(idOfIssue(issue)), second: await app.stateOf(idOfIssue(issue, 2)) };
}

describe("given an issue that is reopened after its end", () => {
  test("when all is heard in order, then its next cycle is a record of its own, and says when it began", async () => {
    const { app, issue } = await closedIssue();
    await app.receiveAll();
    const reopenedAt = app.clock().toISOString();
    issue.reopen({ by: app.alice });
    await app.settle();
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "issue_created" });
    const second = await app.head(idOfIssue(issue, 2));
    expect(second).toMatchObject({ ref: "acme/shop#1", refNumber: 1, repo: "acme/shop" });
    expect((await app.itemOf(idOfIssue(issue, 2))).issue?.since).toBe(reopenedAt);
    expect(second?.createdAt).toBe(reopenedAt);
    const [created] = await app.entries(idOfIssue(issue, 2));
    expect(created).toMatchObject({ kind: "created", metadata: { cause: "issue.reopened" }, occurredAt: reopenedAt });
  });

  test("when it is closed and reopened again, then that is the third", async () => {
    const { app, issue } = await closedIssue();
    for (const step of ["reopen", "close", "reopen"] as const) {
      if (step === "close") issue.close({ by: app.bob });
      else issue.reopen({ by: app.bob });
      await app.settle();
    }
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "cancelled" });
    expect(await app.stateOf(idOfIssue(issue, 3))).toBe("issue_created");
  });

  test("when the word that it was reopened comes twice, then there is one next cycle", async () => {
    const { app, issue } = await closedIssue();
    await app.receiveAll();
    issue.reopen({ by: app.alice });
    const pending = app.sandbox.takePending();
    for (const delivery of pending) await app.receive(delivery);
    const once = await app.history(idOfIssue(issue, 2));
    for (const delivery of pending) await app.receive(delivery);
    expect(await app.recordIds()).toEqual([idOfIssue(issue), idOfIssue(issue, 2)]);
    expect(await app.history(idOfIssue(issue, 2))).toEqual(once);
  });

  test("when it is labelled, assigned and closed in its second cycle, then the first stays as it ended", async () => {
    const { app, issue } = await closedIssue();
    await app.receiveAll();
    const before = await app.history(idOfIssue(issue));
    issue.reopen({ by: app.alice });
    await app.settle();
    issue.label("queued", { by: app.alice });
    await app.settle();
    issue.close({ by: app.bob });
    await app.settle();
    expect(await app.history(idOfIssue(issue))).toEqual(before);
    expect((await app.history(idOfIssue(issue, 2))).slice(-2)).toEqual([
      "transition issue_created → task_queued (worker.picked_up)",
      "transition task_queued → cancelled (issue.closed)",
    ]);
  });

  test("when it is reopened after a merge, then the next pull request is the next cycle's", async () => {
    const app = givenFlow();
    const issue = app.shop.openIssue({ by: app.alice, title: "Gift wrapping" });
    const first = openPull(app, { body: "Fixes #1" });
    passCi(app, first);
    await app.settle();
    first.merge({ by: app.bob });
    await app.settle();
    issue.reopen({ by: app.alice });
    await app.settle();
    const second = openPull(app, { body: "Fixes #1", head: "again" });
    passCi(app, second);
    await app.settle();
    expect(await statesOf(app, issue)).toEqual({ first: "closed", second: "ci_passed" });
    expect((await app.head(idOfIssue(issue)))?.prNumber).toBe(first.number);
    expect((await app.head(idOfIssue(issue, 2)))?.prNumber).toBe(second.number);
    second.merge({ by: app.bob });
    await app.settle();
    expect(await statesOf(app, issue)).toEqual({ first: "closed", second: "closed" });
    const exceptions = [idOfIssue(issue), idOfIssue(issue, 2)].map(async (id) => (await app.head(id))?.exceptions);
    expect(await Promise.all(exceptions)).toEqual([0, 0]);
  });

  test("when it is reopened while its pull request is open, then that moves to the next cycle", async () => {
    const app = givenFlow();
    const issue = app.shop.openIssue({ by: app.alice, title: "Gift wrapping" });
    openPull(app, { body: "Fixes #1" });
    await app.settle();
    issue.close({ by: app.bob });
    await app.settle();
    issue.reopen({ by: app.bob });
    await app.settle();
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "pr_created" });
    expect((await app.itemOf(idOfIssue(issue))).pulls).toEqual([]);
  });
});

describe("given deliveries of an issue that come late", () => {
  test("when the close is heard after the reopening, then it is the first cycle's", async () => {
    const { app, issue } = await closedIssue();
    issue.reopen({ by: app.alice });
    await receiveInOrder(app, ["issues.opened", "issues.reopened", "issues.closed"]);
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "issue_created" });
  });

  test("when the reopening is heard first of all, then the issue's past is read, and both cycles are there", async () => {
    const { app, issue } = await closedIssue();
    issue.reopen({ by: app.alice });
    await receiveInOrder(app, ["issues.reopened", "issues.closed", "issues.opened"]);
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "issue_created" });
    expect(await app.history(idOfIssue(issue))).toEqual([
      "created  → issue_created (created)",
      "transition issue_created → cancelled (issue.closed)",
    ]);
    const [created] = await app.entries(idOfIssue(issue));
    expect(created).toMatchObject({ source: { kind: "snapshot" }, metadata: { cause: "issue.opened" } });
    expect(app.requests()).toContain("GET /repos/acme/shop/issues/1/timeline");
  });

  test("when the reopening is all that is ever heard, then both cycles are there, at GitHub's times", async () => {
    const { app, issue } = await closedIssue();
    const closedAt = `${issue.closedAt?.slice(0, -1)}.000Z`;
    app.lose();
    issue.reopen({ by: app.alice });
    await app.settle();
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "issue_created" });
    expect((await app.entries(idOfIssue(issue))).at(-1)).toMatchObject({ toState: "cancelled", occurredAt: closedAt });
  });

  test("when a label of the first cycle is heard in the second, then the second does not move", async () => {
    const app = givenFlow();
    await app.settle();
    const issue = app.shop.openIssue({ by: app.alice, title: "Gift wrapping" });
    await app.receiveAll();
    app.clock.advance(60);
    issue.assign(app.bob, { by: app.alice });
    const late = app.sandbox.takePending();
    issue.unassign(app.bob, { by: app.alice });
    app.clock.advance(60);
    issue.close({ by: app.bob });
    await app.settle();
    issue.reopen({ by: app.alice });
    await app.settle();
    for (const delivery of late) await app.receive(delivery);
    expect(await statesOf(app, issue)).toEqual({ first: "cancelled", second: "issue_created" });
  });

  test("when the pull request of the first cycle is heard in the second, then it is the first one's", async () => {
    const app = givenFlow();
    await app.settle();
    const issue = app.shop.openIssue({ by: app.alice, title: "Gift wrapping" });
    await app.settle();
    const pull = openPull(app, { body: "Fixes #1" });
    const opened = app.sandbox.takePending();
    app.clock.advance(60);
    pull.close({ by: app.alice });
    app.lose();
    issue.close({ by: app.bob });
    await app.settle();
    issue.reopen({ by: app.alice });
    await app.settle();
    for (const delivery of opened) await app.receive(delivery);
    const [first, second] = [await app.itemOf(idOfIssue(issue)), await app.itemOf(idOfIssue(issue, 2))];
    expect(first.pulls.map(({ number }) => number)).toEqual([pull.number]);
    expect(second.pulls).toEqual([]);
  });

  test("when a pull request was opened while the issue was closed, then it is no work of either cycle yet", async () => {
    const { app, issue } = await closedIssue();
    await app.settle();
    const pull = openPull(app, { body: "Fixes #1" });
    await app.settle();
    expect(await app.head(`gh-${app.shop.id}-pull-${pull.number}`)).toMatchObject({ state: "pr_created" });
    expect((await app.itemOf(idOfIssue(issue))).pulls).toEqual([]);
  });
});

describe("given that the issue goes elsewhere", () => {
  test("when GitHub does not show its past, then the reopening alone begins a record, of the second cycle", async () => {
    const { app, issue } = await closedIssue();
    app.lose();
    app.fault(
      ({ url }) => /\/issues\/1(\/timeline.*)?$/.test(url),
      () => Response.json({ message: "Not Found" }, { status: 404 }),
    );
    issue.reopen({ by: app.alice });
    await app.settle();
    expect(await app.recordIds()).toEqual([idOfIssue(issue, 2)]);
    expect(await app.stateOf(idOfIssue(issue, 2))).toBe("issue_created");
  });

  test("when GitHub fails at its past, then the delivery fails, to be tried again", async () => {
    const { app, issue } = await closedIssue();
    app.lose();
    app.fault(
      ({ url }) => url.includes("/timeline"),
      () => Response.json({ message: "Bad Gateway" }, { status: 502 }),
    );
    issue.reopen({ by: app.alice });
    await expect(app.receiveAll()).rejects.toThrow("Bad Gateway");
    expect(await app.recordIds()).toEqual([]);
  });
});

describe("given a release that comes to name an issue whose close was not heard of", () => {
  test("when the read of the issue fails the first time, then it is read again, and the release is no work on it", async () => {
    const app = givenFlow();
    const issue = app.shop.openIssue({ by: app.alice, title: "The basket cannot be emptied" });
    const release = openPull(app, { head: "release" });
    await app.settle();
    issue.close({ by: app.bob });
    app.lose();
    app.clock.advance(60);
    release.edit({ by: app.carol, body: `Closes #${issue.number}` });
    const [edited] = app.sandbox.takePending();
    let failures = 1;
    app.fault(
      ({ url }) => new URL(url).pathname.endsWith(`/issues/${issue.number}`),
      () => (failures-- > 0 ? Response.json({ message: "Bad gateway" }, { status: 502 }) : null),
    );
    if (!edited) throw new Error("Nothing was edited");
    await expect(app.receive(edited)).rejects.toThrow();
    await app.receive(edited);
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("cancelled");
    expect((await app.itemOf(idOfIssue(issue))).pulls).toEqual([]);
    expect(await app.stateOf(idOfPull(release))).toBe("pr_created");
  });
});

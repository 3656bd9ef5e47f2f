import { describe, expect, test } from "vitest";
import type { PullRequest, User } from "../../src/sandbox/index.js";
import { auditOf, type Flow, givenFlow, idOfIssue, idOfPull, passCi } from "../github/flow.js";

/** An AI agent that may write, as GitHub's own are. */
function agentOf(app: Flow): User {
  const agent = app.sandbox.user("cursoragent");
  app.shop.grant(agent, "write");
  return agent;
}

/** The agent's pull request for an issue that Alice assigned to it. */
async function givenAgentsWork(configuration?: string) {
  const app = givenFlow(configuration === undefined ? {} : { configuration });
  const agent = agentOf(app);
  const issue = app.shop.openIssue({ by: app.bob, title: "Prices have no currency" });
  issue.assign(agent, { by: app.alice });
  const pull = app.shop.openPullRequest({
    ...{ by: agent, title: "Give prices a currency", head: "currency" },
    body: `Fixes #${issue.number}`,
  });
  passCi(app, pull);
  await app.settle();
  return { app, agent, pull, id: idOfIssue(issue) };
}

async function rulesOf(app: Flow, id: string): Promise<readonly string[]> {
  return ((await app.head(id))?.broken ?? []).flatMap(({ rules }) => rules);
}

async function merged(app: Flow, pull: PullRequest, by: User): Promise<void> {
  app.clock.advance(5);
  pull.merge({ by });
  await app.settle();
}

describe("given a change of an AI agent", () => {
  test("when CI has passed, then it waits for a person's approval, though the team asks for none", async () => {
    const { app, id } = await givenAgentsWork();
    expect(await app.stateOf(id)).toBe("awaiting_review");
  });

  test("when whoever set it to work approves it, then that does not count", async () => {
    const { app, pull, id } = await givenAgentsWork();
    pull.review({ by: app.alice, state: "approved" });
    await app.settle();
    expect(await app.stateOf(id)).toBe("awaiting_review");
    expect(auditOf(pull)).toContain("they set the agent to work that wrote it");
    await merged(app, pull, app.alice);
    expect(await rulesOf(app, id)).toEqual(["approved_by_requester"]);
  });

  test("when another person approves it, then it does, and the grounds say who asked for it", async () => {
    const { app, pull, id } = await givenAgentsWork();
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    await merged(app, pull, app.alice);
    expect(await rulesOf(app, id)).toEqual([]);
    expect(auditOf(pull)).toMatch(
      /Written by \[cursoragent\]\(.*\), an AI agent, for \[alice\]\(.*\): \[bob\]\(.*\) approved it\./,
    );
    const merge = (await app.entries(id)).find(({ toState }) => toState === "merged");
    expect(merge?.metadata.grounds).toMatchObject({ by_agent: true, requesters: [expect.stringMatching(/^p_/)] });
  });

  test("when the team lets requesters approve, then so they do", async () => {
    const { app, pull, id } = await givenAgentsWork("approvals:\n  not_from: [author, pusher]\n");
    pull.review({ by: app.alice, state: "approved" });
    await app.settle();
    expect(await app.stateOf(id)).toBe("approved");
  });

  test("when the agent merges it alone, then that is an exception", async () => {
    const { app, agent, pull, id } = await givenAgentsWork();
    await merged(app, pull, agent);
    expect(await rulesOf(app, id)).toEqual(["merged_without_approval", "agent_merged_alone"]);
  });

  test("when the team lets agents merge without a review, then it is none", async () => {
    const { app, agent, pull, id } = await givenAgentsWork("agents:\n  approvals: 0\n  may_merge: true\n");
    await merged(app, pull, agent);
    expect(await rulesOf(app, id)).toEqual([]);
  });

  test("when it is assigned to the agent itself, then whoever did that has set it to work", async () => {
    const app = givenFlow();
    const agent = agentOf(app);
    const pull = app.shop.openPullRequest({ by: agent, title: "Mend", head: "mend", body: "" });
    pull.assign(agent, { by: app.bob });
    passCi(app, pull);
    await app.settle();
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });
});

describe("given a change of an AI agent that nobody was assigned to", () => {
  async function givenOpened() {
    const app = givenFlow();
    const agent = agentOf(app);
    const pull = app.shop.openPullRequest({ by: agent, title: "Mend", head: "mend", body: "" });
    passCi(app, pull);
    await app.settle();
    return { app, agent, pull };
  }

  test.each([
    ["calls it", "@cursor please mend the cart", "awaiting_review"],
    ["calls it by another of its names", "Now, @Codex: mend it", "awaiting_review"],
    ["calls somebody else", "@bobby please look", "approved"],
    ["shows in code how it is called", "`@cursor` is how you call it", "approved"],
  ])("when somebody %s and approves it, then the state is as it should be", async (_, body, state) => {
    const { app, pull } = await givenOpened();
    pull.comment({ by: app.bob, body });
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe(state);
  });
});

test("given commits of several people, when it is merged, then the grounds name those who made them", async () => {
  const app = givenFlow();
  const pull = app.shop.openPullRequest({ by: app.alice, title: "Mend", head: "mend", body: "" });
  pull.push({ by: app.bob, message: "Mend more" });
  passCi(app, pull);
  await app.settle();
  await merged(app, pull, app.alice);
  const merge = (await app.entries(idOfPull(pull))).find(({ toState }) => toState === "merged");
  expect(merge?.metadata.grounds).toMatchObject({
    committers: [expect.stringMatching(/^p_/), expect.stringMatching(/^p_/)],
    unknown_committers: 0,
  });
});

describe("given a change of a person", () => {
  test("when only an AI agent approves it, then that is an exception", async () => {
    const app = givenFlow({ configuration: "approvals:\n  required: 1\n" });
    const agent = agentOf(app);
    const pull = app.shop.openPullRequest({ by: app.alice, title: "Mend", head: "mend", body: "" });
    passCi(app, pull);
    pull.review({ by: agent, state: "approved" });
    await app.settle();
    await merged(app, pull, app.alice);
    expect(await rulesOf(app, idOfPull(pull))).toEqual(["agent_approved"]);
  });

  test("when an account is an agent's by the team's word, then it is one", async () => {
    const app = givenFlow({ configuration: "agents:\n  logins: [acme-coder]\n" });
    const coder = app.sandbox.user("acme-coder");
    app.shop.grant(coder, "write");
    const pull = app.shop.openPullRequest({ by: coder, title: "Mend", head: "mend", body: "" });
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });
});

import { describe, expect, test } from "vitest";
import type { PullRequest } from "../../src/sandbox/index.js";
import { auditOf, type Flow, givenFlow, idOfPull, openPull, passCi } from "../github/flow.js";

const PATH = ".github/loopforge.yml";
const TWICE = "approvals:\n  required: 2\n";
const NONE = "approvals:\n  required: 0\n";

/** A pull request with green CI in a repository that asks for two approvals. */
async function givenPull(app = givenFlow({ configuration: TWICE })) {
  const pull = openPull(app);
  passCi(app, pull);
  await app.settle();
  return { app, pull };
}

/** Somebody commits the file to the default branch. */
function write(app: Flow, configuration: string): void {
  app.clock.advance(5);
  app.shop.putFile(PATH, configuration, { by: app.carol });
  app.clock.advance(5);
}

async function rulesOf(app: Flow, pull: PullRequest): Promise<readonly string[]> {
  return ((await app.head(idOfPull(pull)))?.broken ?? []).flatMap(({ rules }) => rules);
}

async function entry(app: Flow, pull: PullRequest, isMeant: (trigger: string, toState: string | null) => boolean) {
  const found = (await app.entries(idOfPull(pull))).find(({ trigger, toState }) => isMeant(trigger, toState));
  if (!found) throw new Error("There is no such entry");
  return found;
}

describe("given an administrator who takes a rule out of the file", () => {
  test("when that is heard, then each open record says who did it, by which commit, and what is weaker", async () => {
    const { app, pull } = await givenPull();
    write(app, NONE);
    await app.settle();
    const { metadata, people, occurredAt } = await entry(app, pull, (trigger) => trigger === "policy.changed");
    expect(metadata).toMatchObject({
      weaker: ["approvals.required"],
      commit: app.shop.git.branches.get("main")?.sha,
      policy: { approvals: 0, source: ["repository", "default"], files: { repository: expect.any(String) } },
    });
    expect(people).toMatchObject([{ role: "actor", type: "User" }]);
    expect(occurredAt).not.toBeNull();
  });

  test("when they merge and put it back, then the merge has broken what was asked for before", async () => {
    const { app, pull } = await givenPull();
    write(app, NONE);
    pull.merge({ by: app.carol });
    write(app, TWICE);
    await app.settle();
    expect(await rulesOf(app, pull)).toContain("policy_weakened");
    const { metadata } = await entry(app, pull, (_, toState) => toState === "merged");
    expect(metadata.grounds).toMatchObject({
      policy: { approvals: 0 },
      policy_weakened: [{ weaker: ["approvals.required"] }],
    });
    expect(auditOf(pull)).toContain("Merged while the rules were weaker than before");
  });

  test("when each of it is heard at once, then so it is", async () => {
    const { app, pull } = await givenPull();
    write(app, NONE);
    await app.settle();
    pull.merge({ by: app.carol });
    await app.settle();
    write(app, TWICE);
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual(["policy_weakened"]);
  });

  test("when the deliveries of the pushes come last, then so it is", async () => {
    const { app, pull } = await givenPull();
    write(app, NONE);
    pull.merge({ by: app.carol });
    write(app, TWICE);
    const pending = app.sandbox.takePending();
    const [pushes, others] = [true, false].map((are) => pending.filter(({ event }) => (event === "push") === are));
    for (const delivery of [...(others ?? []), ...(pushes ?? [])]) await app.receive(delivery);
    await app.settle();
    expect(await rulesOf(app, pull)).not.toEqual([]);
  });

  test("when the change breaks neither, then it is in the grounds, and no rule is broken", async () => {
    const { app, pull } = await givenPull();
    const dave = app.sandbox.user("dave");
    app.shop.grant(dave, "write");
    for (const by of [app.bob, dave]) pull.review({ by, state: "approved" });
    await app.settle();
    write(app, NONE);
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual([]);
    const { metadata } = await entry(app, pull, (_, toState) => toState === "merged");
    expect(metadata.grounds).toMatchObject({ policy_weakened: [{ weaker: ["approvals.required"] }] });
  });

  test("when that was before the pull request was opened, then it is held to what is asked for since", async () => {
    const app = givenFlow({ configuration: TWICE });
    await givenPull(app);
    write(app, NONE);
    await app.settle();
    const later = openPull(app, { head: "later" });
    passCi(app, later);
    later.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, later)).toEqual([]);
  });
});

describe("given a rule that is made stricter after a merge", () => {
  test("when the merge is worked later, then it is judged by what was asked for at the merge", async () => {
    const app = givenFlow({ configuration: NONE });
    const { pull } = await givenPull(app);
    pull.merge({ by: app.alice });
    const merged = app.sandbox.takePending();
    write(app, TWICE);
    await app.settle();
    for (const delivery of merged) await app.receive(delivery);
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual([]);
  });
});

describe("given a change whose push nobody heard", () => {
  test("when the file is read again, then the open records say it", async () => {
    const { app, pull } = await givenPull();
    write(app, NONE);
    app.lose();
    app.clock.advance(61);
    pull.comment({ by: app.bob, body: "Nice" });
    pull.edit({ by: app.alice, title: "Mend the cart at last" });
    await app.settle();
    const { metadata } = await entry(app, pull, (trigger) => trigger === "policy.changed");
    expect(metadata).toMatchObject({ weaker: ["approvals.required"], policy: { approvals: 0 } });
    expect(metadata).not.toHaveProperty("commit");
  });
});

test("steps say by which policy CI was enough, and a review", async () => {
  const { app, pull } = await givenPull(givenFlow({ configuration: "approvals:\n  required: 1\n" }));
  pull.review({ by: app.bob, state: "approved" });
  await app.settle();
  for (const state of ["ci_passed", "approved"]) {
    const { metadata } = await entry(app, pull, (_, toState) => toState === state);
    expect(metadata.policy).toMatchObject({ approvals: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  }
});

import { describe, expect, test } from "vitest";
import type { PullRequest } from "../../src/sandbox/index.js";
import { answersTo, auditOf, type Flow, givenFlow, idOfPull, openPull, passCi } from "../github/flow.js";

/** A pull request from a fork, by somebody who may only read here. */
async function givenOutsider(configuration = ""): Promise<{ readonly app: Flow; readonly pull: PullRequest }> {
  const app = givenFlow({ configuration });
  const fork = app.shop.fork({ by: app.mallory });
  fork.putFile("CART", "mended\n", { by: app.mallory, branch: "mend" });
  const pull = app.shop.openPullRequest({ by: app.mallory, title: "Mend the cart", body: "", head: "mallory:mend" });
  await app.settle();
  return { app, pull };
}

async function say(app: Flow, pull: PullRequest, word: "on" | "off"): Promise<void> {
  pull.comment({ by: app.bob, body: `/loopforge automerge ${word}` });
  await app.settle();
}

async function push({ app, pull }: { readonly app: Flow; readonly pull: PullRequest }): Promise<void> {
  pull.push({ by: app.mallory, message: "More" });
  await app.settle();
}

async function turnGreen(app: Flow, pull: PullRequest): Promise<void> {
  passCi(app, pull);
  await app.settle();
}

describe("given a pull request of an outsider, which a person asked to be merged", () => {
  test("when CI passes on the commits that the person saw, then it is merged", async () => {
    const { app, pull } = await givenOutsider();
    await say(app, pull, "on");
    await turnGreen(app, pull);
    expect(pull.merged).toBe(true);
  });

  test("when the outsider then pushes, then it is not merged, and the comment says why", async () => {
    const { app, pull } = await givenOutsider();
    await say(app, pull, "on");
    await push({ app, pull });
    await turnGreen(app, pull);
    expect(pull.merged).toBe(false);
    expect(auditOf(pull)).toContain("about other commits or another base: ask again");
  });

  test("when the person asks again after the push, then it is merged", async () => {
    const { app, pull } = await givenOutsider();
    await say(app, pull, "on");
    await push({ app, pull });
    await say(app, pull, "on");
    await turnGreen(app, pull);
    expect(pull.merged).toBe(true);
  });

  test("when the outsider then changes its base, then it is not merged", async () => {
    const { app, pull } = await givenOutsider();
    app.shop.putFile("README", "x", { by: app.carol, branch: "production" });
    await say(app, pull, "on");
    pull.edit({ by: app.mallory, base: "production" });
    await app.settle();
    await turnGreen(app, pull);
    expect(pull.merged).toBe(false);
  });
});

describe.each([
  { by: "settings", configuration: "auto_merge:\n  enabled: true\n" },
  { by: "a label", configuration: "auto_merge:\n  label: ship it\n" },
])("given that pull requests are merged by $by, and one of an outsider", ({ configuration }) => {
  const given = async () => {
    const outsider = await givenOutsider(configuration);
    outsider.pull.label("ship it", { by: outsider.app.alice });
    await outsider.app.settle();
    return outsider;
  };

  test("when nobody with write access approved it, then it is not merged", async () => {
    const { app, pull } = await given();
    await turnGreen(app, pull);
    expect(pull.merged).toBe(false);
  });

  test("when somebody approved its head, then it is merged", async () => {
    const { app, pull } = await given();
    pull.review({ by: app.bob, state: "approved" });
    await turnGreen(app, pull);
    expect(pull.merged).toBe(true);
  });

  test("when the outsider pushes after the approval, then it is not merged", async () => {
    const { app, pull } = await given();
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    await push({ app, pull });
    await turnGreen(app, pull);
    expect(pull.merged).toBe(false);
  });
});

test("given a pull request of the team's own, when more commits come after somebody asked for its merge, then it is merged", async () => {
  const app = givenFlow();
  const pull = openPull(app);
  await app.settle();
  await say(app, pull, "on");
  pull.push({ by: app.alice, message: "Mend the test" });
  await turnGreen(app, pull);
  expect(pull.merged).toBe(true);
  expect(await app.stateOf(idOfPull(pull))).toBe("closed");
});

describe("given an outsider who pushes about when a person asks for the merge", () => {
  test.each([
    { what: "in the same second, after the word", first: "word", wait: 0 },
    { what: "a second before the word", first: "push", wait: 1 },
    { what: "in the same second, before the word", first: "push", wait: 0 },
  ] as const)("when that is $what, then what nobody has seen is not merged", async ({ first, wait }) => {
    const { app, pull } = await givenOutsider();
    const steps = [
      () => pull.comment({ by: app.bob, body: "/loopforge automerge on" }),
      () => pull.push({ by: app.mallory, message: "More" }),
    ];
    for (const step of first === "word" ? steps : steps.reverse()) {
      step();
      app.clock.advance(wait);
    }
    await app.settle();
    await turnGreen(app, pull);
    expect(pull.merged).toBe(false);
  });

  test("when the word comes too soon, then the answer names the commit, and says to look and ask again", async () => {
    const { app, pull } = await givenOutsider();
    pull.push({ by: app.mallory, message: "More" });
    const comment = pull.comment({ by: app.bob, body: "/loopforge automerge on" });
    await app.settle();
    expect(answersTo(comment).replies).toEqual([
      expect.stringContaining(`Commit \`${pull.headSha.slice(0, 7)}\` came from outside less than a minute before`),
    ]);
  });
});

describe("given that pull requests are merged by a label", () => {
  const BY_LABEL = "auto_merge:\n  label: ship it\n";

  async function givenGreen() {
    const app = givenFlow({ configuration: BY_LABEL });
    const trudy = app.sandbox.user("trudy");
    app.shop.grant(trudy, "triage");
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    return { app, pull, trudy };
  }

  test("when somebody sets it who may label and not merge, then it does not count, and the comment says so", async () => {
    const { app, pull, trudy } = await givenGreen();
    pull.label("ship it", { by: trudy });
    await app.settle();
    expect(pull.merged).toBe(false);
    expect(auditOf(pull)).toContain("nobody with write access has set it");
  });

  test("when somebody with write access sets it anew, then it does", async () => {
    const { app, pull, trudy } = await givenGreen();
    pull.label("ship it", { by: trudy });
    await app.settle();
    pull.unlabel("ship it", { by: app.bob });
    app.clock.advance(5);
    pull.label("ship it", { by: app.bob });
    await app.settle();
    expect(pull.merged).toBe(true);
  });

  test("when the delivery of it was lost, then GitHub's timeline says who set it", async () => {
    for (const isTrudy of [true, false]) {
      const { app, pull, trudy } = await givenGreen();
      pull.label("ship it", { by: isTrudy ? trudy : app.bob });
      app.lose();
      pull.comment({ by: app.bob, body: "/loopforge refresh" });
      await app.settle();
      expect(pull.merged).toBe(!isTrudy);
    }
  });

  test("when the person has lost their access since the App asked last, then it does not count", async () => {
    const { app, pull } = await givenGreen();
    pull.comment({ by: app.bob, body: "/loopforge status" });
    await app.settle();
    app.shop.grant(app.bob, "read");
    pull.label("ship it", { by: app.bob });
    await app.settle();
    expect(pull.merged).toBe(false);
  });
});

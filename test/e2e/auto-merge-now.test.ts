import { describe, expect, test } from "vitest";
import type { Delivery } from "../../src/sandbox/index.js";
import { answersTo, type Flow, givenFlow, openPull, passCi, refusal } from "../github/flow.js";

const APPROVED_ONCE = "auto_merge:\n  enabled: true\napprovals:\n  required: 1\n";

/** A pull request of Alice's with green CI, and Bob's approval on its way: the last that is missing. */
async function givenAlmostReady(configuration = APPROVED_ONCE) {
  const app = givenFlow({ configuration });
  app.shop.putFile("NOTES", "1.0\n", { by: app.carol, branch: "dev" });
  const pull = openPull(app, { base: "dev" });
  passCi(app, pull);
  await app.settle();
  pull.review({ by: app.bob, state: "approved" });
  return { app, pull, approval: app.sandbox.takePending() };
}

async function receive(app: Flow, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) await app.receive(delivery);
}

describe("given a pull request that became ready by what was heard", () => {
  test("when nothing else happened at GitHub, then it is merged", async () => {
    const { app, pull, approval } = await givenAlmostReady();
    await receive(app, approval);
    expect(pull.merged).toBe(true);
  });

  test("when it goes into another base by now, then it is not merged, and the approval does not count there", async () => {
    const { app, pull, approval } = await givenAlmostReady();
    pull.edit({ by: app.alice, base: "main" });
    await receive(app, approval);
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test("when a check has failed by now, then it is not merged", async () => {
    const { app, pull, approval } = await givenAlmostReady();
    app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "audit" }).start().complete("failure");
    await receive(app, approval);
    expect(pull.merged).toBe(false);
  });

  test("when somebody has objected by now, then it is not merged", async () => {
    const { app, pull, approval } = await givenAlmostReady();
    pull.review({ by: app.carol, state: "changes_requested", body: "Wait" });
    await receive(app, approval);
    expect(pull.merged).toBe(false);
  });

  test.each(["/check-runs", "/reviews", "/pulls/1"])(
    "when GitHub does not show %s, then it is not merged until it does",
    async (address) => {
      const { app, pull, approval } = await givenAlmostReady();
      let refuses = true;
      app.fault(
        ({ method, url }) => refuses && method === "GET" && new URL(url).pathname.endsWith(address),
        () => refusal(403, "Resource not accessible by integration"),
      );
      await receive(app, approval);
      expect(pull.merged).toBe(false);
      refuses = false;
      pull.comment({ by: app.bob, body: "/loopforge refresh" });
      await app.settle();
      expect(pull.merged).toBe(true);
    },
  );
});

describe("given somebody who could write a minute ago, and was asked about then", () => {
  test("when they command what they may no more, then the App does not obey", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    pull.comment({ by: app.bob, body: "/loopforge status" });
    await app.settle();
    app.shop.grant(app.bob, "read");
    const comment = pull.comment({ by: app.bob, body: "/loopforge automerge on" });
    await app.settle();
    expect(answersTo(comment).reactions).toEqual(["-1 loopforge[bot]"]);
  });
});

import { expect, test } from "vitest";
import { reconcile } from "../../src/github/catch-up/reconcile.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import { givenFlow, idOfPull, openPull } from "../github/flow.js";
import { outsideOf } from "../support/in-process.js";

const DAY = 86_400;

test("given a pull request that stays open for years, when the App reconciles, then its facts do not expire", async () => {
  const app = givenFlow();
  const { parts, clock, sandbox } = app;
  const pull = openPull(app);
  pull.review({ by: app.bob, state: "approved" });
  await app.settle();
  const known = await app.itemOf(idOfPull(pull));
  for (let year = 0; year < 4; year++) {
    clock.advance(365 * DAY);
    for await (const { found } of reconcile({ parts, clock, octokitFor: octokitsFor(outsideOf(sandbox)) })) {
      expect(found).toBe("in_step");
    }
  }
  expect(await app.itemOf(idOfPull(pull))).toEqual(known);
});

import { describe, expect, test } from "vitest";
import { setStage } from "../../src/sandbox/scenarios/index.js";
import { givenRunning } from "../support/running.js";

const HOUR_MS = 3_600_000;

describe("given a server at work, whose clock is set", () => {
  test.each([
    ["back", [-HOUR_MS]],
    ["forward", [HOUR_MS]],
    ["to and fro", [HOUR_MS, -2 * HOUR_MS, 3 * HOUR_MS, -HOUR_MS]],
  ])("when it is set %s by hours under load, then all is worked, and nothing is set aside", async (_, steps) => {
    let stepped = 0;
    const app = await givenRunning({ serverClock: () => new Date(Date.now() + stepped) });
    const { repository: shop, alice } = setStage(app.sandbox);
    for (const step of [0, ...steps]) {
      for (let n = 0; n < 5; n++) shop.openIssue({ by: alice, title: `issue ${n}` });
      const delivered = app.sandbox.flush();
      stepped += step;
      await delivered;
      await app.settle();
      const stats = await app.server.inbox.stats(new Date(Date.now() + stepped));
      expect(stats).toMatchObject({ waiting: 0, leased: 0, failed: 0 });
    }
  });
});

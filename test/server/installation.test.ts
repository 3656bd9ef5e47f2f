import { describe, expect, test } from "vitest";
import { setStage } from "../../src/sandbox/scenarios/index.js";
import { post } from "../support/post.js";
import { givenRunning } from "../support/running.js";

const AT = "2026-01-05T09:00:00Z";
const SENDER = { id: 77, login: "zed", type: "User" };

/** Posts two deliveries of one issue: the first with that installation, the second with none. @returns what became of each */
async function outcomesOf(installation: object) {
  const app = await givenRunning();
  const { repository: shop } = setStage(app.sandbox);
  const repository = {
    id: shop.id,
    name: "shop",
    full_name: "acme/shop",
    owner: { id: 1, login: "acme", type: "Organization" },
  };
  const issue = {
    ...{ id: 5, number: 9, title: "t", body: "", state: "open", state_reason: null, user: SENDER, labels: [] },
    ...{ created_at: AT, updated_at: AT, closed_at: null, html_url: "https://github.com/acme/shop/issues/9" },
  };
  const deliver = (guid: string, more: object) =>
    post(app.server.webhookUrl, {
      guid,
      event: "issues",
      body: JSON.stringify({ action: "opened", issue, repository, sender: SENDER, ...more }),
    });
  await deliver("first", { installation });
  await deliver("second", {});
  await app.server.idle();
  const { items } = await app.server.inbox.list();
  return Object.fromEntries(items.map(({ guid, status }) => [guid, status]));
}

describe("given a payload whose installation is none", () => {
  test("when its id is no number, then it is set aside at once, and its issue's next delivery goes on", async () => {
    expect(await outcomesOf({ id: "abc" })).toEqual({ first: "failed", second: "done" });
  });

  test.each([[{}], [{ id: null }], [{ id: "" }]])(
    "when it is %j, then as much is recorded as it says",
    async (installation) => {
      expect(await outcomesOf(installation)).toEqual({ first: "done", second: "done" });
    },
  );
});

import { describe, expect, test } from "vitest";
import { deliveredExample } from "../support/examples.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { changed, without } from "../support/payloads.js";
import { post } from "../support/post.js";
import { givenRunning } from "../support/running.js";

/** The private key's lines, of which none may be anywhere. */
const KEY_LINES = TEST_KEY.split("\n").filter((line) => line.length === 64);

describe.each(["info", "debug", "trace"])("given the log at level %s", (logLevel) => {
  test("when deliveries are worked, refused and set aside, then no secret and no payload is in it", async () => {
    const planted = "planted-7f3a-in-the-payload";
    const app = await givenRunning({ config: { logLevel } });
    const { webhookUrl } = app.server;

    const issue = changed(deliveredExample("issues.opened"), "issue.body", planted);
    const bodies = [issue, without(issue, "issue.html_url")].map((payload) => JSON.stringify(payload));
    for (const [index, body] of bodies.entries()) await post(webhookUrl, { body, guid: `guid-${index}` });
    const pull = JSON.stringify(
      changed(deliveredExample("pull_request.opened"), "pull_request.body", `Fixes #1 ${planted}`),
    );
    await post(webhookUrl, { body: pull, guid: "pull", event: "pull_request" });
    await post(webhookUrl, { body: pull, guid: "refused", headers: { "x-hub-signature-256": "sha256=00" } });
    await post(webhookUrl, { body: `${planted}{`, guid: "no-json" });
    await post(webhookUrl, { body: `${pull} `, guid: "pull", event: "pull_request" });
    await app.server.idle();

    const { repository, alice } = {
      repository: app.sandbox.repository("acme/shop"),
      alice: app.sandbox.user("alice"),
    };
    repository.openPullRequest({ by: alice, title: planted, body: planted, head: "mend" });
    await app.settle();
    await app.server.inbox.close();
    await post(webhookUrl, { body: pull, guid: "after", event: "pull_request" });

    const log = app.collected.lines.join("");
    expect(log).not.toBe("");
    for (const secret of [planted, WEBHOOK_SECRET, ...KEY_LINES, "ghs_", "eyJ"]) expect(log).not.toContain(secret);
  });
});

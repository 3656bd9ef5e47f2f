import { describe, expect, test } from "vitest";
import { type Flow, givenFlow, idOfPull, openPull, passCi } from "../github/flow.js";

/** The lists that a pull request's state is read from, by what their addresses end in. */
const LISTS = ["/check-runs", "/check-suites", "/statuses", "/reviews"];

/** Answers a list so, the first time that it is asked for. */
function answerOnce(app: Flow, list: string, answer: () => Response): void {
  let isDone = false;
  app.fault(
    ({ method, url }) => method === "GET" && new URL(url).pathname.endsWith(list),
    () => {
      if (isDone) return null;
      isDone = true;
      return answer();
    },
  );
}

const JSON_TYPE = { "content-type": "application/json" };
/** Each list is needed: for a check, a status, and an approval. */
const ASKED_FOR = "ci:\n  checks: [build, deploy]\napprovals:\n  required: 1\n";

/** Half a body, and then the end of the connection. */
function brokenOff(): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"total_count":1,"check_runs":[{"id":'));
      controller.error(new Error("other side closed"));
    },
  });
}

const BAD: readonly (readonly [string, () => Response])[] = [
  ["broken off by the network", () => new Response(brokenOff(), { headers: JSON_TYPE })],
  ["broken off", () => new Response('{"total_count":1,"check_runs":[{"id":', { headers: JSON_TYPE })],
  ["shorter than it says", () => new Response("[]", { headers: { ...JSON_TYPE, "content-length": "4096" } })],
  ["nothing", () => new Response(null, { status: 204 })],
  ["null", () => Response.json(null)],
  ["a proxy's page", () => new Response("<html></html>", { headers: { "content-type": "text/html" } })],
];

describe.each(LISTS)("given a green pull request whose CI was not heard of, and GitHub's list %s", (list) => {
  test.each(BAD)("when it is %s at its merge, then the delivery fails, and nobody is accused", async (_, answer) => {
    const app = givenFlow({ configuration: ASKED_FOR });
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    app.shop.setStatus({ by: app.carol, sha: pull.headSha, context: "deploy", state: "success" });
    pull.review({ by: app.bob, state: "approved" });
    app.lose();
    answerOnce(app, list, answer);
    pull.merge({ by: app.alice });
    const deliveries = app.sandbox.takePending();
    for (const delivery of deliveries) {
      const failed: unknown = await app.receive(delivery).catch((error: unknown) => error);
      if (failed) await app.receive(delivery);
    }
    await app.settle();
    const entries = await app.entries(idOfPull(pull));
    expect(entries.filter(({ kind }) => kind === "exception")).toEqual([]);
    expect(await app.stateOf(idOfPull(pull))).toMatch(/merged|closed/);
  });
});

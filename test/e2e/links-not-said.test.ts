import { beforeEach, describe, expect, test } from "vitest";
import type { Issue } from "../../src/sandbox/index.js";
import { type Flow, givenFlow, idOfIssue, idOfPull, openPull, passCi, refusal } from "../github/flow.js";

let app: Flow;
let issue: Issue;
beforeEach(async () => {
  app = givenFlow();
  issue = app.shop.openIssue({ by: app.alice, title: "Slow" });
  await app.settle();
});

const isQuery = ({ url }: Request) => url.endsWith("/graphql");

function answerLinks(nodes: readonly (object | null)[], errors: readonly object[]): void {
  const data = { repository: { pullRequest: { closingIssuesReferences: { nodes } } } };
  app.fault(isQuery, () => Response.json({ data, errors }));
}

function linked({ number }: Issue): object {
  const repository = { databaseId: app.shop.id, nameWithOwner: app.shop.fullName };
  return { number, repository, timelineItems: { totalCount: 0 } };
}

const HIDDEN = {
  type: "FORBIDDEN",
  path: ["repository", "pullRequest", "closingIssuesReferences", "nodes", 0],
  message: "Resource not accessible by integration",
};

describe("given a pull request that GitHub links to two issues", () => {
  test("when it hides one of them, then the other one counts", async () => {
    answerLinks([null, linked(issue)], [HIDDEN]);
    passCi(app, openPull(app, { body: "Linked beside the text" }));
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("ci_passed");
  });

  test("when it hides one that it showed before, then that link is not taken for gone", async () => {
    answerLinks([linked(issue)], []);
    const pull = openPull(app, { body: "Linked beside the text" });
    await app.settle();
    answerLinks([null], [HIDDEN]);
    pull.push({ by: app.alice, message: "More" });
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("ci_passed");
  });

  test("when one is in a repository without an id, then it is no link", async () => {
    const nameless = { ...linked(issue), repository: { databaseId: null, nameWithOwner: "acme/shop" } };
    answerLinks([nameless], []);
    const pull = openPull(app);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("pr_created");
  });
});

describe("given a GitHub that answers no query", () => {
  test.each<[string, () => Response]>([
    ["is down", () => refusal(502, "Bad Gateway")],
    ["answers with a page", () => new Response("<html></html>", { headers: { "content-type": "text/html" } })],
    [
      "does not know a field",
      () =>
        Response.json({ errors: [{ message: "Field 'closingIssuesReferences' doesn't exist on type 'PullRequest'" }] }),
    ],
  ])("when it %s, then a pull request is recorded by what its text says, to its end", async (_, answer) => {
    app.fault(isQuery, answer);
    const pull = openPull(app, { body: `Fixes #${issue.number}` });
    passCi(app, pull);
    await app.settle();
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("closed");
  });

  test("when an issue is closed meanwhile, then that is recorded", async () => {
    app.fault(isQuery, () => refusal(502, "Bad Gateway"));
    issue.close({ by: app.alice, reason: "not_planned" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("cancelled");
  });
});

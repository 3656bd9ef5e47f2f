import { describe, expect, test } from "vitest";
import { type Finding, reconcile } from "../../src/github/catch-up/reconcile.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import { type Flow, givenFlow, idOfPull, openPull, passCi } from "../github/flow.js";
import { outsideOf } from "../support/in-process.js";

const REFUSED = {
  403: "Resource not accessible by integration",
  404: "Not Found",
  410: "This is gone",
  422: "Unprocessable",
} as const;
type Refused = keyof typeof REFUSED;
const STATUSES = Object.keys(REFUSED).map((status) => Number(status) as Refused);

/** GitHub refuses what is read from an address that ends so, until it is told to show it again. */
function refuse(app: Flow, address: RegExp, status: Refused): { showAgain(): void } {
  let refuses = true;
  const isMeant = ({ method, url }: Request) => refuses && method === "GET" && address.test(new URL(url).pathname);
  app.fault(isMeant, () => Response.json({ message: REFUSED[status] }, { status }));
  return {
    showAgain() {
      refuses = false;
    },
  };
}

async function reconciled(app: Flow): Promise<readonly Finding["found"][]> {
  const { parts, clock, sandbox } = app;
  const found: Finding["found"][] = [];
  const findings = reconcile({ parts, clock, octokitFor: octokitsFor(outsideOf(sandbox)) });
  for await (const finding of findings) found.push(finding.found);
  return found;
}

const exceptions = async (app: Flow, id: string) =>
  (await app.entries(id)).filter(({ kind }) => kind === "exception").map(({ metadata }) => metadata.rule);

const grounds = async (app: Flow, id: string) =>
  (await app.entries(id)).find(({ toState }) => toState === "merged")?.metadata.grounds;

describe.each(STATUSES)("given a GitHub that answers %s", (status) => {
  test("when a record is compared with a pull request that is not shown, then nobody says that they are in step", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    app.lose();
    const refusal = refuse(app, /\/pulls\/\d+$/, status);
    expect(await reconciled(app)).toEqual(["unreachable"]);
    refusal.showAgain();
    expect(await reconciled(app)).toEqual(["repaired"]);
    expect(await reconciled(app)).toEqual(["in_step"]);
  });

  test("when it does not show the checks of a merge whose CI was not heard of, then CI is not known, and nobody is accused", async () => {
    const app = givenFlow({ configuration: "ci:\n  required: true\n" });
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    app.lose();
    refuse(app, /\/check-runs$/, status);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("closed");
    expect(await exceptions(app, idOfPull(pull))).toEqual([]);
    expect(await grounds(app, idOfPull(pull))).toMatchObject({ ci: "not_known", hidden: ["checks"] });
  });

  test("when it does not show the checks of a merge of which a red one was heard, then that one counts", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).start().complete("failure");
    await app.settle();
    refuse(app, /\/check-runs$/, status);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await exceptions(app, idOfPull(pull))).toEqual(["merged_before_ci_passed"]);
  });

  test("when it does not show the reviews of a merge that needed one, then the approval is not known, and nobody is accused", async () => {
    const app = givenFlow({ configuration: "approvals:\n  required: 1\n" });
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    pull.review({ by: app.bob, state: "approved" });
    app.lose();
    refuse(app, /\/reviews$/, status);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await exceptions(app, idOfPull(pull))).toEqual([]);
    expect(await grounds(app, idOfPull(pull))).toMatchObject({ review: "not_known", hidden: ["reviews"] });
  });

  test("when it shows afterwards that there was none, then the merge is an exception after all", async () => {
    const app = givenFlow({ configuration: "ci:\n  required: true\n" });
    const pull = openPull(app);
    await app.settle();
    const refusal = refuse(app, /\/(pulls\/\d+|check-runs)$/, status);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await exceptions(app, idOfPull(pull))).toEqual([]);
    refusal.showAgain();
    pull.comment({ by: app.bob, body: "/loopforge refresh" });
    await app.settle();
    expect(await exceptions(app, idOfPull(pull))).toEqual(["merged_before_ci_passed"]);
  });
});

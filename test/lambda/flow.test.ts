import { describe, expect, test } from "vitest";
import { forced, reviewed, type Scenario } from "../../src/sandbox/scenarios/index.js";
import { givenAws } from "../inbox/servers/aws.js";
import { outcomesOf, play } from "../support/scenarios.js";
import { givenFunctions } from "./functions.js";

const aws = await givenAws();

describe.skipIf(!aws)("given the functions, with SQS, DynamoDB and GitHub behind them", () => {
  async function given() {
    if (!aws) throw new Error("skipped");
    return givenFunctions(aws, { queue: await aws.newPlace() });
  }

  test.each<[string, Scenario, readonly unknown[]]>([
    ["reviewed and merged", reviewed, []],
    ["merged with CI red", forced, ["merged_before_ci_passed"]],
  ])(
    "when a change is %s, then its record is closed, its ledger whole, and one comment says so",
    async (_, scenario, rules) => {
      const app = await given();
      const pull = await play(app, scenario, () => app.settle());
      const outcomes = await outcomesOf(app.store, pull);
      expect(outcomes).toMatchObject([{ state: "closed", breaks: [], rules }]);
      const comments = pull.comments.filter(({ body }) => body.includes("LoopForge"));
      expect(comments).toHaveLength(1);
      expect(await app.inbox.stats(app.clock())).toMatchObject({ waiting: 0, leased: 0, failed: 0 });
      expect(await app.left()).toEqual([0, 0]);
      expect(app.sandbox.errors).toEqual([]);
    },
  );

  test("when everything is delivered twice, then it is the same as once", async () => {
    const app = await given();
    const pull = await play(app, reviewed, () => app.settle());
    const [before] = await outcomesOf(app.store, pull);
    for (const delivery of app.sandbox.deliveries) await app.sandbox.deliver(delivery);
    await app.settle();
    const [after] = await outcomesOf(app.store, pull);
    expect(after).toEqual(before);
    expect(pull.comments).toHaveLength(1);
  });

  test("when GitHub's API fails now and then, then deliveries are tried again to the same end", async () => {
    const app = await given();
    const known = new Set<string>();
    // Whatever is asked for the first time; and with an answer after which Octokit itself does not ask again.
    app.sandbox.faults = (context, next) => {
      const { method, path } = context.req;
      if (path.endsWith("/access_tokens") || known.has(method + path)) return next();
      known.add(method + path);
      return Promise.resolve(context.json({ message: "Not now" }, 400));
    };
    const pull = await play(app, reviewed, () => app.settle());
    expect(await outcomesOf(app.store, pull)).toMatchObject([{ state: "closed", breaks: [], rules: [] }]);
    expect(app.lines.join()).toContain("A delivery failed and will be tried again");
    expect(await app.inbox.stats(app.clock())).toMatchObject({ waiting: 0, failed: 0 });
  });
});

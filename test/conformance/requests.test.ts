import { readdirSync, readFileSync } from "node:fs";
import { NoDeprecatedCustomRule, parse, specifiedRules, validate } from "graphql";
import { afterEach, describe, expect, test } from "vitest";
import { checkApp } from "../../src/doctor/check-app.js";
import { checkDeliveries } from "../../src/doctor/check-deliveries.js";
import { checkInstallations } from "../../src/doctor/check-installations.js";
import { checkWebhook } from "../../src/doctor/check-webhook.js";
import { readManifest } from "../../src/doctor/manifest.js";
import { backfill } from "../../src/github/catch-up/backfill.js";
import { reconcile } from "../../src/github/catch-up/reconcile.js";
import { redeliver } from "../../src/github/catch-up/redeliver.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import type { ConfiguredGate } from "../../src/hooks/gates/ask-gates.js";
import { verdict } from "../../src/hooks/gates/gate.js";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { type Flow, givenFlow, openPull, passCi } from "../github/flow.js";
import { givenInProcess, outsideOf } from "../support/in-process.js";
import { play } from "../support/scenarios.js";
import { inspectExchanges, newExchanges } from "./exchanges.js";
import { GRAPHQL, OPENAPI } from "./schemas.js";

const exchanges = newExchanges();

const BY_SETTING = "auto_merge:\n  enabled: true\n";

/** A gate that lets everything pass. */
const A_GATE: ConfiguredGate = {
  name: "policy",
  asksAbout: () => true,
  ask: async () => ({ gate: "policy", verdict: verdict("pass"), failed: false }),
};

afterEach(() => {
  const problems = [...exchanges.problems];
  exchanges.problems.clear();
  expect(problems).toEqual([]);
});

describe("given a scenario, when it is played, then all requests and answers are as GitHub describes them", () => {
  test.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    const app = givenInProcess();
    inspectExchanges(app.sandbox, exchanges);
    await play(app, scenario, app.receiveAll);
    expect(app.sandbox.errors).toEqual([]);
  });
});

describe("given what no scenario has, then all requests and answers are as GitHub describes them", () => {
  const given = (options: Parameters<typeof givenFlow>[0] = {}): Flow => {
    const app = givenFlow(options);
    inspectExchanges(app.sandbox, exchanges);
    return app;
  };

  test("when the App merges, once its gates were asked", async () => {
    const app = given({ configuration: BY_SETTING, app: { gates: [A_GATE] } });
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(true);
  });

  test("when GitHub refuses a merge", async () => {
    const app = given({ configuration: BY_SETTING });
    app.shop.requireChecks(["security"]);
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test("when commands are answered", async () => {
    const app = given();
    const issue = app.shop.openIssue({ by: app.alice, title: "The cart is broken" });
    const pull = openPull(app, { body: `Fixes #${issue.number}` });
    for (const thread of [issue, pull]) {
      for (const command of ["status", "refresh", "nonsense"])
        thread.comment({ by: app.bob, body: `/loopforge ${command}` });
    }
    await app.settle();
    expect(pull.comments.length).toBeGreaterThan(4);
  });

  test("when what was lost is found by comparing", async () => {
    const app = given();
    const issue = app.shop.openIssue({ by: app.alice, title: "The cart is broken" });
    await app.settle();
    const pull = openPull(app, { body: `Fixes #${issue.number}` });
    passCi(app, pull);
    pull.merge({ by: app.bob });
    app.lose();
    const octokitFor = octokitsFor(outsideOf(app.sandbox));
    const found = await all(reconcile({ parts: app.parts, clock: app.clock, octokitFor }));
    expect(found).toMatchObject([{ found: "repaired", after: "closed" }]);
  });

  test("when a repository's past is read", async () => {
    const app = given();
    const issue = app.shop.openIssue({ by: app.alice, title: "The cart is broken" });
    openPull(app, { body: `Fixes #${issue.number}` }).merge({ by: app.bob });
    // Each tenth time it looks at how many requests are left.
    for (let times = 0; times < 10; times++) app.shop.openIssue({ by: app.alice, title: "Another one" });
    app.lose();
    const repo = { id: app.shop.id, name: app.shop.fullName };
    const octokit = await octokitsFor(outsideOf(app.sandbox))(repo);
    if (octokit === null) throw new Error("The App is not installed");
    const { parts, clock } = app;
    const steps = await all(backfill({ parts, octokit, clock, sleep: async () => undefined }, repo));
    expect(steps.length).toBeGreaterThan(0);
  });

  test("when GraphQL is down, and the timeline is read instead", async () => {
    const app = given();
    app.fault(
      ({ url }) => url.endsWith("/graphql"),
      () => new Response("{}", { status: 502 }),
    );
    const issue = app.shop.openIssue({ by: app.alice, title: "The cart is broken" });
    await app.settle();
    issue.close({ by: app.alice });
    await app.settle();
    expect(app.requests()).toContain(`GET /repos/acme/shop/issues/${issue.number}/timeline`);
  });

  test("when deliveries that failed are asked for again", async () => {
    const app = given();
    app.sandbox.deliverTo("https://loopforge.example", { fetch: async () => new Response(null, { status: 500 }) });
    app.shop.openIssue({ by: app.alice, title: "The cart is broken" });
    await app.sandbox.flush();
    app.clock.advance(3600);
    const { app: client } = outsideOf(app.sandbox);
    expect(await redeliver({ app: client, items: app.store.items, clock: app.clock })).toMatchObject({ asked: 1 });
  });

  test("when the doctor looks", async () => {
    const app = given();
    app.sandbox.deliverTo("https://loopforge.example/api/github/webhooks");
    const { app: client } = outsideOf(app.sandbox);
    const { findings, manifest } = await checkApp(client, await readManifest(), app.clock);
    const more = [
      await checkWebhook(client),
      await checkInstallations(client, manifest),
      await checkDeliveries(client),
    ];
    expect([...findings, ...more.flat()].filter(({ check }) => check === "credentials")).toMatchObject([
      { status: "ok" },
    ]);
  });
});

describe("given all of these", () => {
  test("then every operation that is listed as used was called", () => {
    expect(Object.keys(OPENAPI.operations).filter((id) => !exchanges.operations.has(id))).toEqual([]);
  });

  test("then every query is one that GitHub answers, and asks for nothing deprecated", () => {
    const rules = [...specifiedRules, NoDeprecatedCustomRule];
    const problems = [...exchanges.queries].flatMap((query) => validate(GRAPHQL, parse(query), rules));
    expect(problems.map(({ message }) => message)).toEqual([]);
  });

  test("then every query of the product was asked", () => {
    const asked = [...exchanges.queries];
    const isAsked = (parts: readonly string[]) => asked.some((query) => parts.every((part) => query.includes(part)));
    const texts = queriesInSource();
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter(({ parts }) => !isAsked(parts))).toEqual([]);
  });
});

async function all<T>(steps: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const step of steps) found.push(step);
  return found;
}

/** The queries in the source, each as the pieces of its text between what is put in. */
function queriesInSource() {
  const folder = new URL("../../src/", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.flatMap((file) => {
    const texts = readFileSync(new URL(file, folder), "utf8").matchAll(/`\s*(?:query|mutation)\b[^`]*`/g);
    return [...texts].map(([text]) => ({ file, parts: text.slice(1, -1).split(/\$\{[^}]*\}/) }));
  });
}

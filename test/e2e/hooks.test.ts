import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { signatureHeaders } from "../../src/hooks/signature.js";
import { auditOf } from "../github/flow.js";
import { givenReceiver, type Receiver } from "../support/receiver.js";
import { aPull, givenOperated, type Operated, type OperatedOptions, readyPull } from "./operated.js";

const SECRET = "the secret of the receiver";

/** A line of the file's `hooks`. */
const slack = (name: string, more = "") =>
  `\n  - { name: ${name}, type: slack, url: "\${SLACK}", allow_private: true${more} }`;
const webhook = (name: string, more = "") =>
  `\n  - { name: ${name}, type: webhook, url: "\${SIEM}", signing_secret: "\${SECRET}", allow_private: true${more} }`;
const audit = (more = "") => `\n  - { name: audit, type: audit-log, destination: "{folder}/audit.jsonl"${more} }`;
const mine = (more = "") => `\n  - { name: mine, type: module, module: ./mine.mjs${more} }`;

interface Watched extends Operated {
  readonly slack: Receiver;
  readonly siem: Receiver;
}

/** A server with these hooks, and receivers that stand for Slack and for whoever gets the webhook. */
async function givenHooks(hooks: string, options: OperatedOptions = {}): Promise<Watched> {
  const [chat, siem] = [await givenReceiver(), await givenReceiver()];
  const env = { ...options.env, SLACK: `${chat.url}/services/T1/B1/x`, SIEM: `${siem.url}/in`, SECRET };
  const app = await givenOperated({ operator: `hooks:${hooks}\n`, ...options, env });
  return { ...app, slack: chat, siem };
}

/** A change from pull request to merge, without a review. */
async function playMerge(app: Operated) {
  const pull = await readyPull(app);
  pull.merge({ by: app.alice });
  await app.settle();
  return pull;
}

/** A change that an administrator merges with CI red. */
async function playForced(app: Operated) {
  const pull = aPull(app, "hotfix");
  await app.settle();
  app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).start().complete("failure");
  await app.settle();
  pull.merge({ by: app.admin });
  await app.settle();
  return pull;
}

interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly entry: { readonly seq: number; readonly kind: string; readonly to_state: string } };
}

function eventsAt({ requests }: Receiver): readonly CloudEvent[] {
  return requests.map(({ body }) => JSON.parse(body) as CloudEvent);
}

function statesAt(receiver: Receiver): readonly string[] {
  return eventsAt(receiver).map(({ data }) => data.entry.to_state);
}

function auditLogOf({ folder }: Operated) {
  const lines = readFileSync(join(folder, "audit.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, string | number | null>>);
}

const MERGED = ["task_queued", "pr_created", "ci_pending", "ci_passed", "merged", "closed"];

describe("given Slack, a webhook and an audit log", () => {
  test("when a change is merged, then each transition reaches all of them, in order", async () => {
    const app = await givenHooks(slack("chat") + webhook("siem"));
    await playMerge(app);
    expect(statesAt(app.siem)).toEqual(MERGED);
    const texts = app.slack.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);
    expect(texts).toEqual([
      "acme/shop#1 issue created → task queued",
      "acme/shop#1 task queued → pr created",
      "acme/shop#1 pr created → ci pending",
      "acme/shop#1 ci pending → ci passed",
      "acme/shop#1 ci passed → merged",
      "acme/shop#1 merged → closed",
    ]);
    expect(app.slack.requests[4]).toMatchObject({ method: "POST", path: "/services/T1/B1/x" });
    // Who a pseudonym is, the server knows.
    expect(app.slack.requests[4]?.body).toContain("by alice");
  });

  test("when an event is posted, then it is a CloudEvent that the receiver can check", async () => {
    const app = await givenHooks(webhook("siem"));
    await playMerge(app);
    const entries = await app.entries();
    for (const { headers, body } of app.siem.requests) {
      const { id, type, subject, data } = JSON.parse(body) as CloudEvent;
      const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
      expect(headers).toMatchObject(signatureHeaders(id, body, SECRET, at));
      expect(headers["webhook-signature"]).not.toBe(signatureHeaders(id, body, "another", at)["webhook-signature"]);
      expect(headers["content-type"]).toMatch(/^application\/cloudevents\+json/);
      expect([type, subject]).toEqual(["dev.loopforge.transition", "acme/shop#1"]);
      expect(entries.find(({ seq }) => seq === data.entry.seq)).toMatchObject({ toState: data.entry.to_state });
    }
  });

  test("when there are entries that move nothing, then the audit log has them as well, each once and in order", async () => {
    const app = await givenHooks(audit());
    const pull = aPull(app, "talk");
    pull.review({ by: app.bob, state: "commented" });
    await app.settle();
    await playMerge(app);
    const entries = await app.entries();
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["created", "note", "transition"]));
    const logged = auditLogOf(app).map(({ record_id, seq, kind, to_state }) => [record_id, seq, kind, to_state]);
    expect(logged.sort()).toEqual(
      entries.map((entry) => [entry.recordId, entry.seq, entry.kind, entry.toState]).sort(),
    );
    expect(readFileSync(join(app.folder, "audit.jsonl"), "utf8")).not.toContain("alice");
  });

  test("when a rule is broken, then Slack shows it first, and the SIEM gets it as severe", async () => {
    const app = await givenHooks(slack("chat") + audit(", format: ocsf"));
    await playForced(app);
    const alarms = app.slack.requests.filter(({ body }) => body.includes("🔴"));
    expect(alarms.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
      { text: "🔴 Merged before ci passed: acme/shop#1 ci failed → merged" },
    ]);
    const severe = auditLogOf(app).filter(({ severity }) => severity === "High");
    expect(severe).toHaveLength(1);
    expect(JSON.stringify(severe)).toContain("merged_before_ci_passed");
  });

  test("when GitHub delivers again what was done, then nobody is told again", async () => {
    const app = await givenHooks(slack("chat") + webhook("siem"));
    await playMerge(app);
    for (const delivery of app.sandbox.deliveries.slice()) await app.sandbox.deliver(delivery);
    await app.settle();
    expect([app.slack.requests.length, app.siem.requests.length]).toEqual([MERGED.length, MERGED.length]);
  });
});

describe("given hooks with filters", () => {
  test("when a change is merged and another is forced, then each hook hears what it asked for", async () => {
    const app = await givenHooks(
      slack("alarms", ", filters: { exceptions_only: true }") +
        webhook("ends", ", filters: { states: [merged, closed] }") +
        webhook("elsewhere", ', filters: { repositories: ["other/*"] }'),
    );
    await playMerge(app);
    await playForced(app);
    expect(eventsAt(app.siem).map(({ subject, data: { entry } }) => `${subject} ${entry.to_state}`)).toEqual([
      "acme/shop#1 merged",
      "acme/shop#1 closed",
      "acme/shop#2 merged",
      "acme/shop#2 closed",
    ]);
    expect(app.slack.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text)).toEqual([
      "🔴 Merged before ci passed: acme/shop#2 ci failed → merged",
    ]);
  });
});

describe("given a repository that chooses among the operator's hooks", () => {
  test.each([
    { what: "says nothing", configuration: "mode: observe\n", isTold: [true, true] },
    { what: "names one", configuration: "hooks: [siem]\n", isTold: [false, true] },
    { what: "names one that nobody set up", configuration: "hooks: [nobody]\n", isTold: [false, false] },
    { what: "wants none", configuration: "hooks: []\n", isTold: [false, false] },
  ])("when it $what, then these are told: $isTold, and the audit log always", async ({ configuration, isTold }) => {
    const app = await givenHooks(slack("chat") + webhook("siem") + audit(), { configuration });
    await playMerge(app);
    expect([app.slack, app.siem].map(({ requests }) => requests.length > 0)).toEqual(isTold);
    expect(auditLogOf(app)).toHaveLength((await app.entries()).length);
  });

  test("when it names some that nobody set up, then the comment says how many, and the audit log is none of them", async () => {
    const app = await givenHooks(slack("chat") + audit(), { configuration: "hooks: [chat, audit, chatt, siem]\n" });
    const comment = auditOf(await readyPull(app));
    expect(comment).toContain("names 2 hooks that the operator of LoopForge has not set up: nobody runs them");
    expect(comment).not.toContain("chatt");
  });

  test("when it tries to bring an address of its own, then nobody is called there", async () => {
    const elsewhere = await givenReceiver();
    const configuration = `hooks: [{ name: chat, type: slack, url: "${elsewhere.url}" }]\n`;
    const app = await givenHooks(slack("chat"), { configuration });
    await playMerge(app);
    expect(elsewhere.requests).toEqual([]);
    expect(app.slack.requests).toHaveLength(MERGED.length);
  });
});

describe("given a hook that does not work", () => {
  test.each([
    { what: "hangs", scripted: "hold", patience: ", timeout_ms: 150", said: "It did not end within 150 ms" },
    {
      what: "refuses",
      patience: "",
      scripted: { status: 400, body: "<b>@admin</b>" },
      said: "Its endpoint answered 400",
    },
    { what: "hangs up", patience: "", scripted: "hang up", said: "Its endpoint cannot be reached" },
  ] as const)("when it $what, then all else goes on, and the report says so", async ({ scripted, patience, said }) => {
    const app = await givenHooks(slack("chat", patience) + webhook("siem") + audit());
    app.slack.script(...Array.from({ length: 60 }, () => scripted));
    const pull = await playMerge(app);
    expect(statesAt(app.siem)).toEqual(MERGED);
    expect((await app.entries()).map(({ kind }) => kind)).not.toContain("exception");
    expect(auditLogOf(app)).toHaveLength((await app.entries()).length);
    expect(await app.server.inbox.stats(app.clock())).toMatchObject({ waiting: 0, leased: 0, failed: 0 });
    const report = auditOf(pull);
    expect(report).toContain("The hook failed");
    expect(report).toMatch(/chat/);
    expect(app.collected.lines.join("")).toContain(said);
    expect(report).not.toContain("@admin");
    const metrics = await app.page("/metrics");
    expect(metrics).toMatch(/loopforge_hook_runs_total\{hook="chat",outcome="(failed|timed_out)"\} 5/);
    // After five failures in a row it is left alone.
    expect(metrics).toContain('loopforge_hook_runs_total{hook="chat",outcome="paused"} 1');
    expect(metrics).toContain(`loopforge_hook_runs_total{hook="siem",outcome="done"} ${MERGED.length}`);
  });

  test("when it fails and then works, then what it missed is in the ledger, and it is told of what follows", async () => {
    const app = await givenHooks(webhook("siem"));
    app.siem.script({ status: 400 });
    await playMerge(app);
    // The failed one is the first request.
    expect(statesAt(app.siem)).toEqual(MERGED);
    const metrics = await app.page("/metrics");
    expect(metrics).toContain('loopforge_hook_runs_total{hook="siem",outcome="failed"} 1');
    expect(metrics).toContain(`loopforge_hook_runs_total{hook="siem",outcome="done"} ${MERGED.length - 1}`);
  });

  test("when its endpoint is overloaded for a moment, then the event comes again with the same id", async () => {
    const app = await givenHooks(webhook("siem"));
    app.siem.script({ status: 503 });
    await playMerge(app);
    const [first, second] = app.siem.requests;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(statesAt(app.siem)).toEqual(["task_queued", ...MERGED]);
  });

  test("when its address is a private one that is not allowed, then nobody is called", async () => {
    const app = await givenHooks(webhook("siem").replace("allow_private: true", "allow_private: false"));
    const pull = await playMerge(app);
    expect(app.siem.requests).toEqual([]);
    expect(auditOf(pull)).toContain("The hook failed");
    expect(await app.page("/metrics")).toContain('loopforge_hook_runs_total{hook="siem",outcome="refused"} 5');
  });
});

describe("given a hook of the operator's own", () => {
  const MODULE = `export default (record, from, to) => to === "merged"
    ? { title: "Will be deployed tonight", summary: record.ref + " from " + from, conclusion: "neutral" } : undefined;`;

  test("when it has something to say, then it is a section of the audit comment", async () => {
    const app = await givenHooks(mine(), { beside: { "mine.mjs": MODULE } });
    const pull = await playMerge(app);
    expect(auditOf(pull)).toContain("Will be deployed tonight");
    expect(auditOf(pull)).toContain("acme/shop#1 from ci_passed");
  });

  test("when the operator wants a check run of it, then it is one of its own", async () => {
    const app = await givenHooks(mine(", publish: check_run"), { beside: { "mine.mjs": MODULE } });
    const pull = await playMerge(app);
    const checks = [...app.repository.checkRuns.values()].filter(({ name }) => name === "LoopForge / mine");
    expect(checks).toMatchObject([{ conclusion: "neutral", output: { title: "Will be deployed tonight" } }]);
    expect(auditOf(pull)).not.toContain("Will be deployed tonight");
  });

  test("when it has remarks at lines, then its check run has them once, without secrets, and those of before are gone", async () => {
    const env = { LINT_TOKEN: "planted-secret-123" };
    const beside = {
      "mine.mjs": `export default (record, from, to, trigger) => ({ title: "Lint", summary: "at " + trigger, conclusion: "neutral",
        annotations: [{ path: "cart.ts", line: 3, message: from === "task_queued" ? "first" : "unused ${env.LINT_TOKEN}" }] });`,
    };
    const app = await givenHooks(mine(", publish: check_run"), { beside, env });
    await playMerge(app);
    const checks = [...app.repository.checkRuns.values()].filter(({ name }) => name === "LoopForge / mine");
    expect(checks.length).toBeGreaterThan(0);
    for (const { output } of checks) expect(output.annotations).toHaveLength(1);
    expect(checks.at(-1)?.output.annotations).toMatchObject([
      { path: "cart.ts", start_line: 3, message: "unused [redacted]" },
    ]);
    const runs = (await app.entries()).filter(({ kind }) => kind === "transition").length;
    expect(checks.length).toBeLessThan(runs);
  });

  test.each([
    { what: "a line 0", annotation: '{ path: "a.ts", line: 0, message: "x" }' },
    { what: "a line that is text", annotation: '{ path: "a.ts", line: "3", message: "x" }' },
    { what: "no path", annotation: '{ line: 3, message: "x" }' },
  ])("when a remark of it has $what, then it failed, and the report says so", async ({ annotation }) => {
    const result = `{ title: "t", summary: "s", conclusion: "neutral", annotations: [${annotation}] }`;
    const app = await givenHooks(mine(), { beside: { "mine.mjs": `export default () => (${result});` } });
    const pull = aPull(app);
    await app.settle();
    expect(auditOf(pull)).toContain("Its result cannot be shown: annotations.0.");
  });

  test("when it throws, then the change goes on, and its words are not on the pull request as markup", async () => {
    const beside = { "mine.mjs": 'export default () => { throw new Error("<img src=x> @everyone"); };' };
    const app = await givenHooks(mine() + webhook("siem"), { beside });
    const pull = await playMerge(app);
    expect(statesAt(app.siem)).toEqual(MERGED);
    expect(auditOf(pull)).toContain("The hook failed");
    expect(auditOf(pull)).not.toMatch(/<img|@everyone/);
  });

  test("when it throws with secrets in its words, then the pull request shows none of the words, and the log no secret", async () => {
    const env = { DEPLOY_TOKEN: "dt_0123456789abcdef", WEBHOOK_SECRET_PREVIOUS: "planted-webhook-secret" };
    const said = Object.values(env).join(" and ");
    const beside = { "mine.mjs": `export default () => { throw new Error("No answer for ${said}"); };` };
    const app = await givenHooks(mine(), { beside, env });
    const pull = aPull(app);
    await app.settle();
    expect(auditOf(pull)).toContain("It failed: the log says how");
    expect(auditOf(pull)).not.toMatch(/No answer|dt_|planted/);
    const log = app.collected.lines.join("");
    expect(log).toContain("No answer for [redacted] and [redacted]");
    for (const secret of Object.values(env)) expect(log).not.toContain(secret);
  });
});

describe("given /metrics", () => {
  test("when changes were merged, one of them by force, then it shows what happened and what waits", async () => {
    const app = await givenHooks(webhook("siem"));
    await playMerge(app);
    await playForced(app);
    const metrics = await app.page("/metrics");
    for (const line of [
      'loopforge_transitions_total{from="issue_created",to="task_queued"} 2',
      'loopforge_transitions_total{from="ci_passed",to="merged"} 1',
      'loopforge_transitions_total{from="ci_failed",to="merged"} 1',
      'loopforge_exceptions_total{rule="merged_before_ci_passed"} 1',
      "loopforge_inbox_depth 0",
      "loopforge_inbox_oldest_seconds 0",
    ]) {
      expect(metrics.split("\n")).toContain(line);
    }
    const remaining = Number(/^loopforge_github_rate_remaining (\d+)$/m.exec(metrics)?.[1]);
    expect(remaining).toBeGreaterThan(4000);
    expect(remaining).toBeLessThan(5000);
    expect(metrics).not.toMatch(/acme|alice/);
  });

  test("when a delivery waits, then it shows how many and for how long", async () => {
    const app = await givenHooks(slack("chat"));
    app.slack.script("hold");
    aPull(app);
    const flushed = app.sandbox.flush();
    await app.slack.received(1);
    app.clock.advance(90);
    const metrics = await app.page("/metrics");
    expect(Number(/^loopforge_inbox_depth (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    app.slack.release();
    await flushed;
    await app.settle();
    expect(await app.page("/metrics")).toContain("loopforge_inbox_depth 0");
  });
});

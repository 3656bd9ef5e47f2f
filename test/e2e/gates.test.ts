import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/core/index.js";
import { signatureHeaders } from "../../src/hooks/signature.js";
import type { PullRequest } from "../../src/sandbox/index.js";
import { auditOf, ownChecks } from "../github/flow.js";
import { givenReceiver, type Receiver } from "../support/receiver.js";
import { aPull, givenOperated, type Operated, type OperatedOptions, passCi, readyPull } from "./operated.js";

const SECRET = "the secret of the policy gate";
const AUTO_MERGE = "auto_merge:\n  enabled: true\n";

/** An HTTP gate of that name. */
function gate(name: string, { url }: Pick<Receiver, "url">, more = ""): string {
  return `
  - name: ${name}
    type: http
    url: ${url}/${name}
    signing_secret: \${SECRET}
    allow_private: true
    timeout_ms: 5000${more}`;
}

async function givenGates(gates: string, options: OperatedOptions = {}): Promise<Operated> {
  return givenOperated({ operator: `gates:${gates}\n`, env: { SECRET }, ...options });
}

/** A server with one gate, `policy`, and the receiver that is asked. */
async function givenGate(options: OperatedOptions & { readonly more?: string } = {}) {
  const policy = await givenReceiver();
  const app = await givenGates(gate("policy", policy, options.more), options);
  return { app, policy };
}

const says = (decision: string, more: object = {}) => ({ body: JSON.stringify({ decision, ...more }) });

async function verdicts({ entries }: Operated): Promise<readonly Entry[]> {
  return (await entries()).filter(({ kind }) => kind === "verdict");
}

async function decisions(app: Operated): Promise<readonly string[]> {
  return (await verdicts(app)).map(({ metadata }) => `${String(metadata.gate)}: ${String(metadata.decision)}`);
}

/** The App's own check run on the head. */
function ownRun({ repository }: Operated) {
  return [...repository.checkRuns.values()].findLast(({ name }) => name === "LoopForge");
}

/** What a gate was asked about, question by question. */
function asked({ requests }: Receiver) {
  return requests.map(({ body }) => JSON.parse(body) as { gate: string; pull_request: { head_sha: string } });
}

describe("given a gate", () => {
  test("when a pull request becomes ready to merge, then it is asked, and its verdict is an entry", async () => {
    const { app, policy } = await givenGate();
    policy.script(says("block", { title: "Change freeze", reasons: ["No merges on Fridays"] }));
    const pull = await readyPull(app);
    expect(asked(policy)).toMatchObject([
      {
        gate: "policy",
        record: { ref: "acme/shop#1", state: "ci_passed" },
        changes: { files: pull.files.length, sample: pull.files.map(({ path }) => ({ path })) },
        pull_request: { number: 1, head_sha: pull.headSha, base_ref: "main", url: expect.stringMatching(/pull\/1$/) },
      },
    ]);
    expect(await verdicts(app)).toMatchObject([
      {
        ...{ toState: null, trigger: "gate.answered", source: { kind: "api" } },
        metadata: {
          ...{ gate: "policy", decision: "block", failed: false, title: "Change freeze", sha: pull.headSha },
          reasons: ["No merges on Fridays"],
        },
      },
    ]);
  });

  test("when it is asked, then it can tell that LoopForge asks", async () => {
    const { app, policy } = await givenGate();
    await readyPull(app);
    const [request] = policy.requests;
    const id = String(request?.headers["webhook-id"]);
    const at = new Date(Number(request?.headers["webhook-timestamp"]) * 1000);
    expect(request?.headers).toMatchObject(signatureHeaders(id, request?.body ?? "", SECRET, at));
    expect(request?.body).not.toContain('"alice"');
  });

  test("when CI is pending or has failed, then it is not asked", async () => {
    const { app, policy } = await givenGate();
    const { repository, ci } = app;
    const { headSha: sha } = aPull(app);
    await app.settle();
    const [build, lint] = ["build", "lint"].map((name) => repository.startCheck({ app: ci, sha, name }).start());
    build?.complete("success");
    await app.settle();
    lint?.complete("failure");
    await app.settle();
    expect(policy.requests).toEqual([]);
    app.clock.advance(1);
    lint?.rerequest({ by: app.alice });
    repository.startCheck({ app: ci, sha, name: "lint" }).start().complete("success");
    await app.settle();
    expect(policy.requests).toHaveLength(1);
  });

  test("when an approval is missing, then it is not asked before there is one", async () => {
    const { app, policy } = await givenGate({ configuration: "approvals:\n  required: 1\n" });
    const pull = await readyPull(app);
    expect(policy.requests).toEqual([]);
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(policy.requests).toHaveLength(1);
  });

  test("when it is a draft, then it is not asked before it is ready for review", async () => {
    const { app, policy } = await givenGate();
    const pull = app.repository.openPullRequest({ by: app.alice, title: "x", body: "", head: "x", draft: true });
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect(policy.requests).toEqual([]);
    app.clock.advance(1);
    pull.readyForReview({ by: app.alice });
    await app.settle();
    expect(policy.requests).toHaveLength(1);
  });

  test("when more is heard of the same head, also after a restart, then it is not asked again", async () => {
    const { app, policy } = await givenGate();
    const pull = await readyPull(app);
    pull.label("bug", { by: app.alice });
    passCi(app, pull);
    await app.settle();
    await app.restart();
    pull.review({ by: app.bob, state: "commented" });
    for (const delivery of app.sandbox.deliveries.slice()) await app.sandbox.deliver(delivery);
    await app.settle();
    expect(policy.requests).toHaveLength(1);
    expect(await verdicts(app)).toHaveLength(1);
  });

  test("when there is a new head, then it is asked again once that is ready", async () => {
    const { app, policy } = await givenGate();
    const pull = aPull(app);
    const first = pull.headSha;
    passCi(app, pull);
    await app.settle();
    app.clock.advance(60);
    const { sha: second } = pull.push({ by: app.alice, message: "Better", files: { "cart.ts": "// better\n" } });
    await app.settle();
    expect(policy.requests).toHaveLength(1);
    passCi(app, pull);
    await app.settle();
    expect(asked(policy).map(({ pull_request: { head_sha } }) => head_sha)).toEqual([first, second]);
    expect((await verdicts(app)).map(({ metadata }) => metadata.sha)).toEqual([first, second]);
  });

  test("when it blocks and the pull request enters the merge queue, then the check on the trial merge says so", async () => {
    const { app, policy } = await givenGate({ configuration: "mode: enforce\n" });
    policy.script(says("block"));
    const pull = await readyPull(app);
    const { headSha } = pull.enqueue({ by: app.bob });
    await app.settle();
    expect(ownChecks(app.repository, headSha)).toMatchObject([
      { conclusion: "failure", output: { title: `#${pull.number} is blocked by a gate` } },
    ]);
  });

  const REQUESTS_TO_LOOK_AGAIN = [
    { what: "Re-run is pressed", ask: (app: Operated) => ownRun(app)?.rerequest({ by: app.alice }) },
    {
      what: "/loopforge refresh is said",
      ask: (app: Operated, pull: PullRequest) => pull.comment({ by: app.alice, body: "/loopforge refresh" }),
    },
  ];

  test.each(REQUESTS_TO_LOOK_AGAIN)(
    "when it objected and $what, then it is asked again, and its new word holds",
    async ({ ask }) => {
      const { app, policy } = await givenGate({ configuration: AUTO_MERGE });
      policy.script(says("block", { title: "Change freeze" }), says("pass"));
      const pull = await readyPull(app);
      expect(pull.merged).toBe(false);
      app.clock.advance(1);
      ask(app, pull);
      await app.settle();
      expect(await decisions(app)).toEqual(["policy: block", "policy: pass"]);
      expect(pull.merged).toBe(true);
    },
  );

  test.each(REQUESTS_TO_LOOK_AGAIN)("when it let pass and $what, then it is not asked again", async ({ ask }) => {
    const { app, policy } = await givenGate();
    policy.script(says("pass"));
    const pull = await readyPull(app);
    app.clock.advance(1);
    ask(app, pull);
    await app.settle();
    expect(policy.requests).toHaveLength(1);
  });

  test("when it was down and there is news some minutes later, then it is asked again, and not before", async () => {
    const { app, policy } = await givenGate({ more: "\n    on_failure: block", configuration: AUTO_MERGE });
    policy.script({ status: 400 }, says("pass"));
    const pull = await readyPull(app);
    app.clock.advance(4 * 60);
    pull.label("bug", { by: app.alice });
    await app.settle();
    expect(await decisions(app)).toEqual(["policy: block"]);
    app.clock.advance(60);
    pull.label("urgent", { by: app.alice });
    await app.settle();
    expect(await decisions(app)).toEqual(["policy: block", "policy: pass"]);
    expect(pull.merged).toBe(true);
  });

  test("when it gave its verdict, then metrics count it", async () => {
    const { app, policy } = await givenGate();
    policy.script(says("neutral"));
    await readyPull(app);
    const metrics = await app.page("/metrics");
    expect(metrics).toContain('loopforge_gate_verdicts_total{gate="policy",decision="neutral"} 1');
    expect(metrics).toContain('loopforge_hook_runs_total{hook="policy",outcome="done"} 1');
  });
});

describe("given a gate and a merge that the App is asked for", () => {
  test.each([
    { decision: "pass", merged: true },
    { decision: "neutral", merged: true },
    { decision: "block", merged: false },
  ])("when it says $decision, then merged: $merged", async ({ decision, merged }) => {
    const { app, policy } = await givenGate({ configuration: AUTO_MERGE });
    policy.script(says(decision));
    const pull = await readyPull(app);
    expect(pull.merged).toBe(merged);
    const kinds = (await app.entries()).map(({ kind, toState }) => toState ?? kind);
    // The verdict is on record before the merge.
    expect(kinds.slice(kinds.indexOf("verdict"))).toEqual(merged ? ["verdict", "merged", "closed"] : ["verdict"]);
    expect(policy.requests).toHaveLength(1);
  });

  test("when it blocks one head and passes the next, then the next is merged", async () => {
    const { app, policy } = await givenGate({ configuration: AUTO_MERGE });
    policy.script(says("block"), says("pass"));
    const pull = await readyPull(app);
    expect(pull.merged).toBe(false);
    app.clock.advance(60);
    pull.push({ by: app.alice, message: "Better", files: { "cart.ts": "// better\n" } });
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(true);
    expect(await decisions(app)).toEqual(["policy: block", "policy: pass"]);
  });

  test("when of two gates one blocks, then both are heard, and it is not merged", async () => {
    const [policy, budget] = [await givenReceiver(), await givenReceiver()];
    policy.script(says("pass"));
    budget.script(says("block"));
    const app = await givenGates(gate("policy", policy) + gate("budget", budget), { configuration: AUTO_MERGE });
    const pull = await readyPull(app);
    expect(pull.merged).toBe(false);
    expect(await decisions(app)).toEqual(["policy: pass", "budget: block"]);
  });

  test("when a gate blocks and a person merges all the same, then the record follows", async () => {
    const { app, policy } = await givenGate({ configuration: AUTO_MERGE });
    policy.script(says("block"));
    const pull = await readyPull(app);
    pull.merge({ by: app.admin });
    await app.settle();
    expect((await app.entries()).at(-1)).toMatchObject({ kind: "transition", toState: "closed" });
    expect(policy.requests).toHaveLength(1);
  });
});

describe("given a gate that gives no verdict", () => {
  const FAILURES = [
    { what: "it answers 403", patience: "5000", scripted: { status: 403 }, said: "Its endpoint answered 403" },
    { what: "it answers nonsense", patience: "5000", scripted: { body: "maybe" }, said: "Its answer is not a verdict" },
    { what: "it never answers", scripted: "hold", patience: "200", said: "It did not end within 200 ms" },
  ] as const;
  const CONFIGURED = [
    { onFailure: "neutral", merged: true, consequence: "It is configured not to block when it fails." },
    { onFailure: "block", merged: false, consequence: "It is configured to block when it fails." },
  ] as const;
  const CASES = FAILURES.flatMap((failure) => CONFIGURED.map((configured) => ({ ...failure, ...configured })));

  test.each(CASES)(
    "when $what, then it counts as $onFailure, and says so",
    async ({ scripted, patience, said, onFailure, merged, consequence }) => {
      const policy = await givenReceiver();
      policy.script(scripted);
      const fields = gate("policy", policy, `\n    on_failure: ${onFailure}`).replace("5000", patience);
      const app = await givenGates(fields, { configuration: AUTO_MERGE });
      const pull = await readyPull(app);
      expect(pull.merged).toBe(merged);
      expect((await verdicts(app)).map(({ metadata }) => metadata)).toMatchObject([
        {
          ...{ gate: "policy", failed: true, decision: onFailure, title: "The gate failed" },
          reasons: [`The gate gave no verdict: ${said}.`, consequence],
        },
      ]);
      expect(app.collected.lines.join("")).toContain("A gate failed");
    },
  );
});

describe("given gates of the operator's and a repository that chooses", () => {
  test.each([
    { what: "says nothing", configuration: "mode: observe\n", chosen: ["policy", "budget"] },
    { what: "names one", configuration: "gates: [budget]\n", chosen: ["budget"] },
    { what: "names one that nobody set up", configuration: "gates: [nobody, policy]\n", chosen: ["policy"] },
    { what: "wants none", configuration: "gates: []\n", chosen: [] },
  ])("when it $what, then these are asked: $chosen", async ({ configuration, chosen }) => {
    const receiver = await givenReceiver();
    const app = await givenGates(gate("policy", receiver) + gate("budget", receiver), { configuration });
    await readyPull(app);
    expect(asked(receiver).map((question) => question.gate)).toEqual(expect.arrayContaining(chosen));
    expect(receiver.requests).toHaveLength(chosen.length);
  });

  test("when it names one that nobody set up, then the comment says that nobody asks it, and not its name", async () => {
    const configuration = "gates: [policy, securty]\n";
    const app = await givenGates(gate("policy", await givenReceiver()), { configuration });
    const pull = await readyPull(app);
    expect(auditOf(pull)).toContain("names a gate that the operator of LoopForge has not set up: nobody asks it");
    expect(auditOf(pull)).not.toContain("securty");
  });

  test("when it tries to name an address, then nobody is called, and what it says is not used", async () => {
    const [policy, elsewhere] = [await givenReceiver(), await givenReceiver()];
    const configuration = `gates: [{ name: policy, type: http, url: "${elsewhere.url}" }]\n`;
    const app = await givenGates(gate("policy", policy), { configuration });
    await readyPull(app);
    expect(elsewhere.requests).toEqual([]);
    expect(policy.requests).toHaveLength(1);
  });

  test("when a gate is for other repositories, then it is not asked", async () => {
    const { app, policy } = await givenGate({ more: '\n    filters: { repositories: ["other/*"] }' });
    await readyPull(app);
    expect(policy.requests).toEqual([]);
    expect(await verdicts(app)).toEqual([]);
  });
});

describe("given a persona of Gatekeep behind a chat endpoint", () => {
  test("when it is asked, then its answer is a verdict with reasons", async () => {
    const chat = await givenReceiver();
    const content = 'Here is my answer:\n```json\n{"decision": "block", "reasons": ["A secret is in the change"]}\n```';
    chat.script({ body: JSON.stringify({ choices: [{ message: { content } }] }) });
    const app = await givenOperated({
      operator: `
gates:
  - { name: security, type: gatekeep, persona: sentinel, transport: endpoint, base_url: "${chat.url}/v1", model: m-1, api_key: "\${KEY}", allow_private: true }
`,
      env: { KEY: "sk-of-the-tests" },
      configuration: AUTO_MERGE,
    });
    const pull = await readyPull(app);
    expect(chat.requests).toMatchObject([
      { path: "/v1/chat/completions", headers: { authorization: "Bearer sk-of-the-tests" } },
    ]);
    expect(JSON.parse(chat.requests[0]?.body ?? "")).toMatchObject({
      model: "m-1",
      messages: [
        { role: "system", content: expect.stringContaining("sentinel") },
        { role: "user", content: expect.stringContaining(pull.headSha) },
      ],
    });
    expect((await verdicts(app)).map(({ metadata }) => metadata)).toMatchObject([
      { gate: "security", decision: "block", reasons: ["A secret is in the change"], failed: false },
    ]);
    expect(pull.merged).toBe(false);
  });
});

describe("given a person who merges on their own", () => {
  async function rulesOf(app: Operated): Promise<readonly unknown[]> {
    return (await app.entries()).filter(({ kind }) => kind === "exception").map(({ metadata }) => metadata.rule);
  }

  test("when a gate has blocked it, then that is an exception which names them and the gate", async () => {
    const { app, policy } = await givenGate();
    policy.script(says("block", { title: "Change freeze" }));
    const pull = await readyPull(app);
    app.clock.advance(60);
    pull.merge({ by: app.bob });
    await app.settle();
    const exception = (await app.entries()).find(({ kind }) => kind === "exception");
    expect(exception).toMatchObject({
      people: expect.arrayContaining([expect.objectContaining({ role: "merger" })]),
      metadata: { rule: "merged_against_gate", gates: [{ gate: "policy", decision: "block" }] },
    });
    expect(auditOf(pull)).toContain("Merged although a gate blocked it");
    expect(auditOf(pull)).toContain("Gate `policy`: blocked.");
  });

  test("when a gate had not answered about these commits, then that is one", async () => {
    const { app } = await givenGate();
    const pull = await readyPull(app);
    app.clock.advance(60);
    pull.push({ by: app.alice, message: "Mend more" });
    passCi(app, pull);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await rulesOf(app)).toEqual(["merged_before_gate_answered"]);
  });

  test("when the gate had let it pass, then none is broken", async () => {
    const { app } = await givenGate();
    const pull = await readyPull(app);
    app.clock.advance(60);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await rulesOf(app)).toEqual([]);
  });

  test("when nobody knows of a gate at the time of the merge, then nobody is accused", async () => {
    const { app } = await givenGate();
    const pull = app.repository.openPullRequest({ by: app.alice, title: "x", body: "", head: "x" });
    passCi(app, pull);
    pull.merge({ by: app.bob });
    app.clock.advance(60);
    await app.settle();
    expect(await rulesOf(app)).toEqual([]);
  });
});

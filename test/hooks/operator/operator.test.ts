import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { LoopForgeError, openEntry } from "../../../src/core/index.js";
import { runHooks } from "../../../src/hook.js";
import { loadOperatorConfig, type OperatorOptions } from "../../../src/hooks/operator/operator.js";
import type { Environment } from "../../../src/hooks/operator/values.js";
import { Log } from "../../builders/service.js";
import { givenReceiver } from "../../support/receiver.js";
import { temporaryFolder } from "../../support/running.js";
import { aQuestion, aStory, aStream, MERGED_RED, newestTransition, QUEUED } from "../given.js";

interface Given {
  readonly file?: string;
  readonly env?: Environment;
  readonly beside?: { readonly [name: string]: string };
  readonly options?: Partial<OperatorOptions>;
}

async function load({ file, env = {}, beside = {}, options = {} }: Given) {
  const folder = temporaryFolder();
  const path = join(folder, "loopforge.yml");
  if (file !== undefined) writeFileSync(path, file);
  for (const [name, content] of Object.entries(beside)) writeFileSync(join(folder, name), content);
  const logger = new Log();
  const stdout = aStream();
  const full: Environment = { ...env, ...(file === undefined ? {} : { LOOPFORGE_CONFIG: path }) };
  const operator = await loadOperatorConfig(full, (path) => readFile(path, "utf8"), {
    ...{ logger, stdout: stdout.stream, ...options },
  });
  onTestFinished(() => operator.close());
  const run = (record = aStory([QUEUED])) =>
    runHooks(
      operator.hooks.map((hook) => hook.run),
      newestTransition(record),
      { timeoutMs: 20_000, logger },
    );
  return { operator, logger, stdout, run, folder };
}

/** What is said of a configuration that cannot be used, without the folder it is in. */
const complaint = (given: Given) =>
  load(given).then(
    () => "nothing",
    (error: unknown) =>
      error instanceof LoopForgeError
        ? `${error.code}: ${error.message.replace(/\/\S*\//g, "")}`
        : `not meant: ${error}`,
  );

const SLACK = `hooks: [{ name: chat, type: slack, url: "\${SLACK_URL}", allow_private: true }]`;

describe("what the operator configured", () => {
  it("is nothing where nothing is said", async () => {
    const { operator } = await load({});
    expect(operator).toMatchObject({ hooks: [], gates: [], listeners: [] });
    expect((await load({ file: "" })).operator.hooks).toEqual([]);
  });

  it("is read from YAML, with secrets from the environment", async () => {
    const receiver = await givenReceiver();
    const { run, operator } = await load({ file: SLACK, env: { SLACK_URL: `${receiver.url}/services/T/B/X` } });
    expect(await run()).toEqual([{ hook: "chat", status: "done", result: null }]);
    expect(receiver.requests.map(({ path }) => path)).toEqual(["/services/T/B/X"]);
    expect(operator.hooks.map(({ name }) => name)).toEqual(["chat"]);
  });

  it("is read from JSON", async () => {
    const hook = { name: "siem", type: "webhook", url: "https://siem.example.com/", signing_secret: `\${S}` };
    const { operator } = await load({ file: JSON.stringify({ hooks: [hook] }), env: { S: "secret" } });
    expect(operator.hooks.map(({ name }) => name)).toEqual(["siem"]);
  });

  it("may be said in the environment alone, and beside a file", async () => {
    const env = {
      ...{ LOOPFORGE_SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T/B/X", LOOPFORGE_AUDIT_LOG: "stdout" },
      ...{ LOOPFORGE_WEBHOOK_URL: "https://siem.example.com/", LOOPFORGE_WEBHOOK_SIGNING_SECRET: "secret" },
    };
    const { operator } = await load({ env });
    expect(operator.hooks.map(({ name }) => name)).toEqual(["slack", "webhook"]);
    expect(operator.listeners).toHaveLength(1);
    const both = await load({ file: SLACK, env: { ...env, SLACK_URL: "https://hooks.slack.com/" } });
    expect(both.operator.hooks.map(({ name }) => name)).toEqual(["chat", "slack", "webhook"]);
  });

  it("bounds what waits for hooks", async () => {
    const file = `hooks: [{ name: a, type: module, module: ./a.mjs, timeout_ms: 25000 }, { name: b, type: module, module: ./a.mjs }]`;
    const { operator } = await load({ file, beside: { "a.mjs": "export default () => {}" } });
    expect(operator.hookTimeoutMs).toBe(25_000);
  });
});

describe("a hook of the operator's", () => {
  it("runs where its filter wants it", async () => {
    const receiver = await givenReceiver();
    const file = `hooks: [{ name: chat, type: slack, url: "\${U}", allow_private: true, filters: { exceptions_only: true } }]`;
    const { run } = await load({ file, env: { U: receiver.url } });
    expect(await run()).toEqual([{ hook: "chat", status: "done", result: null }]);
    expect(receiver.requests).toEqual([]);
    await run(aStory([QUEUED, MERGED_RED]));
    expect(receiver.requests).toHaveLength(1);
  });

  it("does not reach a private address unless it is allowed to", async () => {
    const receiver = await givenReceiver();
    const { run } = await load({ env: { LOOPFORGE_SLACK_WEBHOOK_URL: receiver.url } });
    expect(await run()).toMatchObject([{ status: "failed", error: expect.stringContaining("refused (loopback)") }]);
    expect(receiver.requests).toEqual([]);
  });

  it("ends in its own time", async () => {
    const receiver = await givenReceiver();
    receiver.script("hold");
    const file = `hooks: [{ name: chat, type: slack, url: "\${U}", allow_private: true, timeout_ms: 100 }]`;
    const { run } = await load({ file, env: { U: receiver.url } });
    expect(await run()).toMatchObject([{ status: "failed", error: "It did not end within 100 ms" }]);
  });

  it("names people as the server knows them", async () => {
    const receiver = await givenReceiver();
    const env = { SLACK_URL: receiver.url };
    const { run } = await load({ file: SLACK, env, options: { loginOf: async () => "alice" } });
    await run();
    expect(receiver.requests[0]?.body).toContain("by alice");
  });

  it("hears of every entry, as an audit log", async () => {
    const { operator, stdout } = await load({
      file: "hooks: [{ name: log, type: audit-log, format: ocsf, filters: { exceptions_only: true } }]",
    });
    const story = aStory([QUEUED, MERGED_RED]);
    for (const listen of operator.listeners) await listen(story, story.entries.map(openEntry));
    expect(
      stdout
        .text()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ class_uid: 3004, severity: "High" }]);
  });
});

describe("a hook of the operator's own", () => {
  const file = "hooks: [{ name: mine, type: module, module: ./mine.mjs, publish: PUBLISH }]";
  const module = `export default (record, previous, next, trigger) => ({
    title: [record.ref, previous, next, trigger].join(" "), summary: "", conclusion: "success", publish: "check_run" });`;

  it.each(["comment", "check_run"] as const)(
    "is loaded from beside the file; its result goes to the %s",
    async (publish) => {
      const { run } = await load({ file: file.replace("PUBLISH", publish), beside: { "mine.mjs": module } });
      const title = "acme/shop#7 issue_created task_queued worker.picked_up";
      expect(await run()).toEqual([
        { hook: "mine", status: "done", result: { title, summary: "", conclusion: "success", publish } },
      ]);
    },
  );

  it.each([
    { result: '"text"', field: "it" },
    { result: '{ title: 7, summary: "", conclusion: "neutral" }', field: "title" },
    { result: '{ title: "x", summary: "", conclusion: "maybe" }', field: "conclusion" },
  ])("fails when its result cannot be shown: $result", async ({ result, field }) => {
    const beside = { "mine.mjs": `export default () => (${result});` };
    const { run } = await load({ file: file.replace("PUBLISH", "comment"), beside });
    const error = `Its result cannot be shown: ${field} is not what { title, summary, conclusion } asks for`;
    expect(await run()).toEqual([{ hook: "mine", status: "failed", error }]);
  });

  it("may be kept from saying anything", async () => {
    const { run } = await load({ file: file.replace("PUBLISH", "none"), beside: { "mine.mjs": module } });
    expect(await run()).toEqual([{ hook: "mine", status: "done", result: null }]);
  });

  it.each([
    { what: "is not there", beside: {}, said: "The module ./mine.mjs cannot be loaded (ERR_MODULE_NOT_FOUND)" },
    {
      what: "throws",
      beside: { "mine.mjs": "throw new TypeError('a secret')" },
      said: "The module ./mine.mjs cannot be loaded (TypeError)",
    },
    {
      what: "exports no function",
      beside: { "mine.mjs": "export default 7" },
      said: "The module ./mine.mjs has no function as its default export: export default a hook",
    },
  ])("is wrong use at the start when it $what", async ({ beside, said }) => {
    expect(await complaint({ file: file.replace("PUBLISH", "none"), beside })).toBe(`usage: ${said}`);
  });
});

describe("gates of the operator's", () => {
  it("are asked over HTTP, through an endpoint and through a command", async () => {
    const receiver = await givenReceiver();
    receiver.script(
      { body: '{"decision":"pass"}' },
      { body: JSON.stringify({ choices: [{ message: { content: '{"decision":"block"}' } }] }) },
    );
    const file = `
gates:
  - { name: policy, type: http, url: "${receiver.url}", signing_secret: "\${S}", allow_private: true }
  - { name: design, type: gatekeep, persona: architect, transport: endpoint, base_url: "${receiver.url}", model: m, api_key: "\${S}", allow_private: true }
  - { name: security, type: gatekeep, persona: sentinel, transport: command, command: /nowhere/gatekeep, on_failure: block }
`;
    const { operator } = await load({ file, env: { S: "secret-secret" } });
    const answers: unknown[] = [];
    for (const gate of operator.gates) {
      const { verdict, failed } = await gate.ask(aQuestion());
      answers.push([gate.name, verdict.decision, failed]);
    }
    expect(answers).toEqual([
      ["policy", "pass", false],
      ["design", "block", false],
      ["security", "block", true],
    ]);
  });
});

describe("a configuration that cannot be used", () => {
  const hook = (fields: string) => `hooks: [{ name: chat, type: slack, url: "\${U}", ${fields} }]`;
  const env = { U: "https://hooks.slack.com/services/T/B/X" };

  it.each<{ given: Given; said: string }>([
    {
      given: { env: { LOOPFORGE_CONFIG: "/nowhere/x.yml" } },
      said: "LOOPFORGE_CONFIG names x.yml, which cannot be read (ENOENT)",
    },
    { given: { file: "hooks: [" }, said: "loopforge.yml is not YAML: line 1, column 9 (BAD_INDENT)" },
    {
      given: { file: `a: &a [${"x, ".repeat(50)}]\nb: &b [${"*a, ".repeat(50)}]\nc: [${"*b, ".repeat(50)}]` },
      said: "loopforge.yml is not YAML: it repeats itself by aliases without end",
    },
    { given: { file: "[]" }, said: "loopforge.yml must have the fields hooks, gates and settings" },
    { given: { file: "hooks: 7" }, said: "loopforge.yml, hooks: Invalid input: expected array, received number" },
    { given: { file: "hoks: []" }, said: 'loopforge.yml, the whole file: Unrecognized key: "hoks"' },
    {
      given: { file: "hooks: [{ name: chat }]" },
      said: "loopforge.yml, hooks[0].type: Invalid discriminator value. Expected 'slack' | 'webhook' | 'audit-log' | 'module'",
    },
    { given: { file: hook("tiemout_ms: 5"), env }, said: 'loopforge.yml, hooks[0]: Unrecognized key: "tiemout_ms"' },
    {
      given: { file: hook("timeout_ms: 5"), env },
      said: "loopforge.yml, hooks[0].timeout_ms: Too small: expected number to be >=100",
    },
    {
      given: { file: hook("filters: { repositories: [shop] }"), env },
      said: "loopforge.yml, hooks[0].filters.repositories[0]: must be owner/name, in which * stands for any characters",
    },
    {
      given: { file: "hooks: [{ name: Chat, type: module, module: x }]" },
      said: "loopforge.yml, hooks[0].name: must be a lower-case word such as team-chat, at most 40 characters",
    },
    {
      given: { file: SLACK },
      said: "loopforge.yml, hooks[0].url: refers to the environment variable SLACK_URL, which is not set",
    },
    {
      given: { file: "hooks: [{ name: chat, type: slack, url: 'https://hooks.slack.com/services/T/B/planted' }]" },
      said: `loopforge.yml, hooks[0].url: must be a reference to an environment variable, such as \${NAME}: the secret itself is not to be in the file`,
    },
    {
      given: { file: SLACK, env: { SLACK_URL: "planted" } },
      said: "loopforge.yml, hooks[0].url: must be an http or https address",
    },
    {
      given: { file: SLACK, env: { SLACK_URL: "https://user:planted@example.com/" } },
      said: "loopforge.yml, hooks[0].url: must not have a user name or password in the address",
    },
    {
      given: {
        file: `${SLACK}\ngates: [{ name: chat, type: gatekeep, persona: tester, transport: command }]`,
        env: { SLACK_URL: env.U },
      },
      said: "loopforge.yml, gates[0].name: is the name of another one already",
    },
    {
      given: { file: "gates: [{ name: x, type: gatekeep, persona: nobody, transport: command }]" },
      said: 'loopforge.yml, gates[0].persona: Invalid option: expected one of "sentinel"|"auditor"|"architect"|"reviewer"|"tester"|"guardian"',
    },
    {
      given: { env: { LOOPFORGE_WEBHOOK_URL: "https://siem.example.com/" } },
      said: "LOOPFORGE_WEBHOOK_URL, as signing_secret: refers to the environment variable LOOPFORGE_WEBHOOK_SIGNING_SECRET, which is not set",
    },
    {
      given: { env: { LOOPFORGE_SLACK_WEBHOOK_URL: "planted" } },
      said: "LOOPFORGE_SLACK_WEBHOOK_URL, as url: must be an http or https address",
    },
    {
      given: { env: { LOOPFORGE_AUDIT_LOG: "stdout", LOOPFORGE_AUDIT_LOG_FORMAT: "xml" } },
      said: 'LOOPFORGE_AUDIT_LOG, as format: Invalid option: expected one of "plain"|"ocsf"',
    },
    {
      given: { env: { LOOPFORGE_AUDIT_LOG: "/nowhere/audit.jsonl" } },
      said: "The audit log audit.jsonl cannot be opened (ENOENT)",
    },
  ])("is refused at the start: $said", async ({ given, said }) => {
    const complained = await complaint(given);
    expect(complained).toBe(`usage: ${said}`);
    expect(complained).not.toContain("planted");
  });
});

test("given settings for all repositories, then they are handed on as they are", async () => {
  const { operator } = await load({ file: "settings: { mode: enforce, locked: [mode] }\n" });
  expect(operator.settings).toEqual({ mode: "enforce", locked: ["mode"] });
});

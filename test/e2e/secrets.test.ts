import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { loopforge } from "../cli/loopforge.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { post } from "../support/post.js";
import { givenReceiver, type Scripted } from "../support/receiver.js";
import { aPull, givenOperated, type Operated, readyPull } from "./operated.js";

const PLANTED = {
  SLACK_PATH: "/services/T0PLANTED/B0PLANTED/planted-slack-path",
  SIGNING: "planted-signing-secret",
  PREVIOUS: "planted-previous-webhook-secret",
  API_KEY: "sk-planted-api-key",
};

const OPERATOR = `
hooks:
  - { name: chat, type: slack, url: "\${SLACK_URL}", allow_private: true, timeout_ms: 200 }
  - { name: siem, type: webhook, url: "\${BASE}/in", signing_secret: "\${SIGNING}", allow_private: true, timeout_ms: 200 }
  - { name: mine, type: module, module: ./mine.mjs }
  - { name: audit, type: audit-log, destination: "{folder}/audit.jsonl" }
gates:
  - { name: policy, type: http, url: "\${BASE}/policy", signing_secret: "\${SIGNING}", allow_private: true, timeout_ms: 200 }
  - { name: design, type: gatekeep, persona: architect, transport: endpoint, base_url: "\${BASE}", model: m, api_key: "\${API_KEY}", allow_private: true, timeout_ms: 200 }
`;

/** A hook that says what it should not. */
const CHATTY = `export default (record, from, to) => {
  if (to === "merged") throw new Error("Cannot reach https://x/?key=${PLANTED.SIGNING}");
  return { title: "${PLANTED.API_KEY}", summary: "${PLANTED.SIGNING}", conclusion: "neutral" };
};`;

/** What an endpoint may say back: all that it was sent, with a verdict in it. */
const ECHO = JSON.stringify({
  ...{ decision: "pass", title: PLANTED.SIGNING, reasons: [PLANTED.API_KEY] },
  choices: [{ message: { content: `{"decision":"pass","reasons":["${PLANTED.API_KEY}"]}` } }],
});

/** A line of the key, and any token of an installation or of the App. */
const KEY_LINES = TEST_KEY.split("\n").filter((line) => line.length === 64);
const SECRETS = [...Object.values(PLANTED), WEBHOOK_SECRET, ...KEY_LINES, "ghs_", "eyJhbGciOi", "PRIVATE KEY"];

/** All that commands print of the records, and the address of the store as their environment. */
async function printed({ config, sandbox }: Operated): Promise<readonly string[]> {
  const env = {
    ...{ APP_ID: String(config.appId), PRIVATE_KEY: TEST_KEY, WEBHOOK_SECRET, LOG_LEVEL: "trace" },
    ...{ GHE_HOST: new URL(config.githubUrl).host, GHE_PROTOCOL: "http" },
    ...{ LOOPFORGE_STORE: config.store, LOOPFORGE_INBOX: config.inbox },
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const commands = [
    ...[["list"], ["list", "--json"], ["verify"], ["export", "--format", "jsonl"], ["export", "--format", "csv"]],
    ...[
      ["show", "acme/shop#1", "--json"],
      ["inbox", "list", "--json"],
      ["inbox", "list", "--failed"],
    ],
    ...[
      ["reconcile", "--json"],
      ["backfill", "acme/nowhere"],
      ["show", "nothing"],
    ],
  ];
  const written: string[] = [];
  const logged = vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  onTestFinished(() => logged.mockRestore());
  for (const command of commands) {
    const { out, err } = await loopforge(...command);
    written.push(out, err);
  }
  // GitHub refuses: then errors are printed.
  sandbox.faults = async (context) => {
    context.res = Response.json({ message: "Server Error" }, { status: 403 });
  };
  const { out, err } = await loopforge("reconcile");
  expect(logged).toHaveBeenCalled();
  logged.mockRestore();
  return [...written, out, err];
}

/** All that is written, shown or answered, by where. */
async function output(app: Operated): Promise<Readonly<Record<string, string>>> {
  const { collected, server, repository, folder } = app;
  const inbox = await server.inbox.list();
  return {
    log: collected.lines.join(""),
    entries: JSON.stringify(await app.entries()),
    comments: JSON.stringify(
      [...repository.pulls.values()].flatMap(({ comments }) => comments.map(({ body }) => body)),
    ),
    checkRuns: JSON.stringify([...repository.checkRuns.values()].map(({ name, output: said }) => [name, said])),
    metrics: await app.page("/metrics"),
    ready: await app.page("/readyz"),
    health: await app.page("/healthz"),
    nowhere: await app.page("/nowhere"),
    inbox: JSON.stringify(inbox.items),
    auditLog: readFileSync(join(folder, "audit.jsonl"), "utf8"),
    commands: (await printed(app)).join("\n"),
  };
}

const CASES: readonly { readonly what: string; readonly script: Scripted }[] = [
  { what: "endpoints say back what they were sent", script: { body: ECHO } },
  { what: "endpoints refuse", script: { status: 401, body: ECHO } },
  { what: "endpoints hang up", script: "hang up" },
  { what: "endpoints never answer", script: "hold" },
];

describe("given secrets wherever the App has some, and the log at its loudest", () => {
  test.each(CASES)(
    "when $what, then none of them is in anything that it writes",
    { timeout: 60_000 },
    async (given) => {
      const receiver = await givenReceiver();
      receiver.script(...Array<Scripted>(200).fill(given.script));
      const app = await givenOperated({
        operator: OPERATOR,
        beside: { "mine.mjs": CHATTY },
        env: { ...PLANTED, BASE: receiver.url, SLACK_URL: receiver.url + PLANTED.SLACK_PATH },
        config: { logLevel: "trace", previousWebhookSecret: PLANTED.PREVIOUS },
      });
      const { sandbox, alice, admin, clock } = app;
      const pull = await readyPull(app);
      pull.merge({ by: alice });
      await app.settle();
      // A broken rule, a delivery that nobody signed, one that cannot be read, and a GitHub that fails for a while.
      const forced = aPull(app, "hotfix");
      await app.settle();
      forced.merge({ by: admin });
      await app.settle();
      const { webhookUrl } = app.server;
      await post(webhookUrl, { body: "{}", guid: "unsigned", headers: { "x-hub-signature-256": "sha256=00" } });
      await post(webhookUrl, { body: '{"action":"opened","issue":{}}', guid: "unreadable" });
      await app.server.idle();
      let refused = 0;
      sandbox.faults = async (context) => {
        refused += 1;
        context.res = Response.json({ message: "Bad credentials" }, { status: refused % 2 ? 500 : 401 });
      };
      const during = aPull(app, "during");
      await app.settle();
      sandbox.faults = null;
      clock.advance(120);
      // What comes next wakes the worker, and what failed goes first.
      during.label("bug", { by: alice });
      await app.settle();

      const all = await output(app);
      for (const [where, text] of Object.entries(all)) {
        for (const secret of SECRETS) expect(text.includes(secret), `${secret.slice(0, 12)} in ${where}`).toBe(false);
      }
      // What was looked through is not empty, and the secrets were there to be found.
      for (const [where, text] of Object.entries(all)) expect(text.length, where).toBeGreaterThan(10);
      expect(all.entries).toContain("merged_before_ci_passed");
      expect(all.commands).toContain("merged_before_ci_passed");
      expect(JSON.stringify(receiver.requests)).toContain(PLANTED.SLACK_PATH);
      expect(JSON.stringify(receiver.requests)).toContain(PLANTED.API_KEY);
      expect(refused).toBeGreaterThan(0);
      expect(all.log).toContain("Bad credentials");
      expect(during.comments).toHaveLength(1);
      expect(all.commands).toContain("acme/shop#3");
      expect(all.commands).toContain("Server Error");
    },
  );
});

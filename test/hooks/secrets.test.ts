import { chmodSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openEntry } from "../../src/core/index.js";
import { runHooks } from "../../src/hook.js";
import { askGates } from "../../src/hooks/gates/ask-gates.js";
import { createMetrics } from "../../src/hooks/metrics.js";
import { loadOperatorConfig } from "../../src/hooks/operator/operator.js";
import { HookStats } from "../../src/hooks/stats.js";
import { collectedLog } from "../support/log.js";
import { givenReceiver, type Scripted } from "../support/receiver.js";
import { temporaryFolder } from "../support/running.js";
import { aQuestion, aStory, aStream, MERGED_RED, newestTransition, QUEUED } from "./given.js";

const PLANTED = {
  SLACK_PATH: "/services/T0PLANTED/B0PLANTED/planted-slack-path",
  SIGNING: "planted-signing-secret",
  API_KEY: "sk-planted-api-key",
  COMMAND_KEY: "sk-planted-command-key",
  WEBHOOK_PATH: "planted-webhook-token",
};

const FILE = `
hooks:
  - { name: chat, type: slack, url: "\${SLACK_URL}", allow_private: PRIVATE, timeout_ms: MILLISECONDS }
  - { name: siem, type: webhook, url: "\${BASE}/in?token=\${WEBHOOK_PATH}", signing_secret: "\${SIGNING}", allow_private: PRIVATE, timeout_ms: MILLISECONDS }
  - { name: mine, type: module, module: ./mine.mjs }
  - { name: log, type: audit-log }
gates:
  - { name: policy, type: http, url: "\${BASE}", signing_secret: "\${SIGNING}", allow_private: PRIVATE, timeout_ms: MILLISECONDS }
  - { name: design, type: gatekeep, persona: architect, transport: endpoint, base_url: "\${BASE}", model: m, api_key: "\${API_KEY}", allow_private: PRIVATE, timeout_ms: MILLISECONDS }
  - { name: security, type: gatekeep, persona: sentinel, transport: command, command: "COMMAND", pass_env: [COMMAND_KEY], timeout_ms: 20000 }
`;

/** Says everything that it is given to whoever listens. */
const CHATTY_COMMAND = `#!/bin/sh
echo "$COMMAND_KEY" >&2
echo "{\\"decision\\":\\"block\\",\\"reasons\\":[\\"$COMMAND_KEY\\"]}"
`;
const CHATTY_MODULE = `export default () => {
  const title = "${PLANTED.SIGNING}";
  if (globalThis.hookFails) throw Object.assign(new Error(title), { request: { url: title }, cause: new Error(title) });
  return { title, summary: title, conclusion: "neutral" };
};`;

/** What an endpoint may say back: all that it was sent, and a verdict with it. */
const echo = JSON.stringify({
  ...{ decision: "pass", title: PLANTED.SIGNING, reasons: [PLANTED.API_KEY, PLANTED.SIGNING] },
  choices: [{ message: { content: `{"decision":"pass","reasons":["${PLANTED.API_KEY}"]}` } }],
});

const CASES: readonly {
  readonly what: string;
  readonly script: Scripted;
  readonly isPrivate?: boolean;
  readonly isDown?: boolean;
}[] = [
  { what: "all goes well", script: { body: echo } },
  { what: "the endpoints refuse", script: { status: 401, body: echo } },
  { what: "the endpoints fail", script: { status: 500, body: echo, headers: { "x-echo": PLANTED.API_KEY } } },
  { what: "the endpoints redirect", script: { status: 302, headers: { location: `http://x/${PLANTED.API_KEY}` } } },
  { what: "the endpoints answer nonsense", script: { body: `<html>${PLANTED.API_KEY}` } },
  { what: "the endpoints hang up", script: "hang up" },
  { what: "the endpoints never answer", script: "hold" },
  { what: "nobody is there", script: {}, isDown: true },
  { what: "the addresses are refused", script: {}, isPrivate: false },
];

describe.each(CASES)(
  "given secrets in the configuration, when $what",
  ({ script, isPrivate = true, isDown = false }) => {
    test("then none of them is in a log, an outcome, a verdict, a metric or on standard output", async () => {
      const receiver = await givenReceiver();
      receiver.script(...Array<Scripted>(60).fill(script));
      const folder = temporaryFolder();
      const command = join(folder, "gatekeep");
      writeFileSync(command, CHATTY_COMMAND);
      chmodSync(command, 0o755);
      writeFileSync(join(folder, "mine.mjs"), CHATTY_MODULE);
      const path = join(folder, "loopforge.yml");
      const ms = script === "hold" ? "250" : "5000";
      writeFileSync(
        path,
        FILE.replaceAll("PRIVATE", String(isPrivate)).replace("COMMAND", command).replaceAll("MILLISECONDS", ms),
      );
      (globalThis as { hookFails?: boolean }).hookFails = script !== CASES[0]?.script;

      const base = isDown ? "http://127.0.0.1:1" : receiver.url;
      const env = { ...PLANTED, BASE: base, SLACK_URL: base + PLANTED.SLACK_PATH, PATH: process.env.PATH };
      const { log, lines } = collectedLog("trace");
      const [stdout, stats] = [aStream(), new HookStats()];
      const operator = await loadOperatorConfig({ ...env, LOOPFORGE_CONFIG: path }, (file) => readFile(file, "utf8"), {
        ...{ logger: log, stdout: stdout.stream, stats, random: () => 0 },
      });
      const metrics = await createMetrics({ stats });
      const story = aStory([QUEUED, MERGED_RED]);
      const outcomes: unknown[] = [];
      // Often enough that breakers open, and say so.
      for (let round = 0; round < 6; round++) {
        const hooks = operator.hooks.map(({ run }) => run);
        outcomes.push(...(await runHooks(hooks, newestTransition(story), { timeoutMs: 20_000, logger: log })));
        outcomes.push(...(await askGates(operator.gates, aQuestion())));
      }
      for (const listen of [...operator.listeners, metrics.listen]) await listen(story, story.entries.map(openEntry));
      await operator.close();

      const said = [...lines, JSON.stringify(outcomes), stdout.text(), (await metrics.page()).body].join("\n");
      expect(outcomes).toHaveLength(6 * 6);
      if (isPrivate && !isDown) {
        // They were sent where they belong.
        const sent = JSON.stringify(receiver.requests);
        for (const secret of [PLANTED.SLACK_PATH, PLANTED.API_KEY, PLANTED.WEBHOOK_PATH])
          expect(sent).toContain(secret);
      }
      expect(stdout.text()).toContain("merged_before_ci_passed");
      for (const secret of Object.values(PLANTED)) expect(said).not.toContain(secret);
      expect(said).toContain("[redacted]");
    });
  },
);

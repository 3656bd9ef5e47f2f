import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { GITHUB, isTerminal, type LoopRecord, linkOf, openEntry } from "../core/index.js";
import type { TransitionHook } from "../hook.js";
import { createSandbox, type PullRequest, type Sandbox } from "../sandbox/index.js";
import { SCENARIOS, type Scenario, type Stage, setStage } from "../sandbox/scenarios/index.js";
import { createLog } from "../server/log.js";
import { type RunningServer, startServer } from "../server/server.js";
import { type Output, paint } from "./output.js";
import { printRecord } from "./show.js";
import { untilInterrupted } from "./until-interrupted.js";

interface Options {
  readonly exit?: boolean;
  readonly port: string;
}

export function demoCommand(output: Output, fail: () => void): Command {
  return new Command("demo")
    .description("play three work items against a small GitHub of its own, over real HTTP with real signatures")
    .option("--exit", "end afterwards; exit code 0 only if every work item ended as it must")
    .option("--port <port>", "where the server listens; any free port by default", "0")
    .addHelpText("after", "\nExamples:\n  loopforge demo\n  loopforge demo --exit")
    .action(async ({ exit, port }: Options) => {
      const demo = await start(output, Number(port));
      const failures = await play(demo, output);
      for (const failure of failures) output.out(`${paint(output, "red", "✗")} ${failure}\n`);
      if (failures.length === 0) output.out(`${paint(output, "green", "✓")} All three ended as they must.\n`);
      if (failures.length > 0) fail();
      if (!exit) {
        output.out("\nThe server goes on until you press Ctrl-C.\n");
        await untilInterrupted();
      }
      await demo.stop();
    });
}

interface Demo {
  readonly folder: string;
  readonly clock: DemoClock;
  readonly sandbox: Sandbox;
  readonly server: RunningServer;
  stop(): Promise<void>;
}

/** Begins yesterday morning and passes when it is told to, so that the histories read like a day's work. */
class DemoClock {
  #now: number;

  constructor(begin: Date) {
    this.#now = new Date(begin).setUTCHours(9 - 24, 0, 0, 0);
  }

  readonly now = () => new Date(this.#now);

  pass(minutes: number): void {
    this.#now += minutes * 60_000;
  }
}

async function start(output: Output, port: number): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-demo-"));
  const clock = new DemoClock(new Date());
  const sandbox = createSandbox({
    clock: clock.now,
    authClock: () => new Date(),
    app: { id: 1, slug: "loopforge", name: "LoopForge", webhookSecret: "of the demo only" },
  });
  const github = await sandbox.listen({ host: "127.0.0.1", port: 0 });
  const store = `sqlite:${join(folder, "loopforge.db")}`;
  const inbox = `sqlite:${join(folder, "loopforge-inbox.db")}`;
  const { privateKey, webhookSecret } = sandbox.app;
  const server = await startServer({
    config: {
      ...{ appId: 1, privateKey, webhookSecret, host: "127.0.0.1", port, store, inbox },
      ...{ githubUrl: `${github.url}/api/v3`, logLevel: "warn", queueLabel: "queued", organizationConfig: [] },
      ...{ previousWebhookSecret: null, inboxLimit: 100_000 },
    },
    log: createLog("warn"),
    clock: clock.now,
    throttle: false,
    hooks: [announceTo(output)],
  });
  sandbox.deliverTo(server.webhookUrl);
  output.out(`LoopForge is listening on ${server.url}, GitHub is a sandbox on ${github.url}.\n\n`);
  const stop = async () => {
    await server.stop();
    await github.close();
  };
  return { folder, clock, sandbox, server, stop };
}

function announceTo(output: Output): TransitionHook {
  return function announce(record, previousState, newState, trigger) {
    const move = `${previousState} → ${paint(output, "bold", newState)}`;
    const isException = record.transitions.findLast(({ toState }) => toState === newState)?.metadata.rule !== undefined;
    const flag = isException ? paint(output, "red", "  against the rules") : "";
    output.out(`      ${record.ref}  ${move}  ${paint(output, "dim", trigger)}${flag}\n`);
  };
}

/** @returns what did not end as it must */
async function play(demo: Demo, output: Output): Promise<readonly string[]> {
  const stage = setStage(demo.sandbox);
  const pulls: PullRequest[] = [];
  for (const [index, scenario] of SCENARIOS.entries()) {
    output.out(`${paint(output, "bold", `${index + 1}. ${scenario.title}`)}\n`);
    pulls.push(await playScenario(scenario, stage, demo, output));
    output.out("\n");
  }

  const failures: string[] = [];
  for (const [index, scenario] of SCENARIOS.entries()) {
    const record = await recordOf(demo, pulls[index]);
    if (!record) {
      failures.push(`"${scenario.title}" has no record`);
      continue;
    }
    await printRecord(output, demo.server.store, record);
    output.out("\n");
    failures.push(...differences(scenario, record));
  }
  failures.push(
    ...demo.sandbox.errors.map((error) => `The App called what GitHub does not have: ${JSON.stringify(error)}`),
  );
  await printWhereToLook(demo, pulls, output);
  return failures;
}

async function playScenario(scenario: Scenario, stage: Stage, demo: Demo, output: Output): Promise<PullRequest> {
  const steps = scenario.play(stage);
  for (;;) {
    const step = steps.next();
    if (!step.done) output.out(`   ${step.value}\n`);
    await settle(demo);
    if (step.done) return step.value;
    demo.clock.pass(7);
  }
}

/** What the App writes at GitHub makes deliveries again: on until there is nothing more to say. */
async function settle({ sandbox, server }: Demo): Promise<void> {
  await sandbox.flush();
  await server.idle();
  await sandbox.flush();
  await server.idle();
}

async function recordOf({ server }: Demo, pull: PullRequest | undefined): Promise<LoopRecord | null> {
  if (!pull) return null;
  const [id] = await server.store.findByLink(linkOf.pull(pull.repository.id, pull.number));
  return id === undefined ? null : server.store.get(id);
}

function differences({ title, ends }: Scenario, record: LoopRecord): readonly string[] {
  const rules = record.entries
    .map(openEntry)
    .filter((entry) => entry.kind === "exception")
    .map((entry) => entry.metadata.rule);
  const found: string[] = [];
  if (record.state !== ends.state) found.push(`"${title}" ended in ${record.state}, not in ${ends.state}`);
  if (rules.join() !== ends.rules.join()) found.push(`"${title}" broke [${rules.join()}], not [${ends.rules.join()}]`);
  return isTerminal(GITHUB, record.state) ? found : [...found, `"${title}" did not end`];
}

async function printWhereToLook(
  { folder, server }: Demo,
  pulls: readonly PullRequest[],
  output: Output,
): Promise<void> {
  for (const pull of pulls) {
    const [comment] = pull.comments;
    if (comment) await writeFile(join(folder, `comment-on-pull-${pull.number}.md`), comment.body);
  }
  const store = join(folder, "loopforge.db");
  output.out(`${paint(output, "bold", "Where to look")}
   the audit comments  ${join(folder, "comment-on-pull-*.md")}
   one work item       loopforge show https://github.com/acme/shop/pull/${pulls[0]?.number} --store sqlite:${store}
   the proof           loopforge verify --store sqlite:${store}
   everything          loopforge export --format csv --store sqlite:${store}
   the server          ${server.url}/healthz

`);
}

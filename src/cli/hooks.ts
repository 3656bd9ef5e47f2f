import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { LoopForgeError, type LoopRecord, movesState, openEntry, withHistory } from "../core/index.js";
import { HookFailure } from "../hooks/failure.js";
import type { ConfiguredHook } from "../hooks/operator/build-hook.js";
import { loadOperatorConfig } from "../hooks/operator/operator.js";
import { loginsIn } from "../server/assemble.js";
import { createLog } from "../server/log.js";
import type { LoopStore } from "../store/repository.js";
import { findRecord } from "./find-record.js";
import { positive } from "./list.js";
import { type Output, printJson } from "./output.js";
import { storeOption, withStore } from "./with-store.js";

export function hooksCommand(output: Output, fail: () => void): Command {
  return new Command("hooks")
    .description("tell the operator's hooks again what they missed")
    .addCommand(replayCommand(output, fail));
}

interface Options {
  readonly store: string;
  readonly json?: boolean;
}

interface Outcome {
  readonly hook: string;
  readonly record_id: string;
  readonly seq: number;
  readonly outcome: "told" | "failed" | "filtered";
  readonly error: string | null;
}

function replayCommand(output: Output, fail: () => void): Command {
  return new Command("replay")
    .description("run one hook again for transitions of one record, in order")
    .argument("<hook>", "its name in LOOPFORGE_CONFIG")
    .argument("<record>", "a record id, or the URL of an issue or pull request")
    .argument("[seqs...]", "numbers of ledger entries; every transition without any", (text, list: number[] = []) => [
      ...list,
      positive(text),
    ])
    .addOption(storeOption())
    .option("--json", "an array that says what became of each")
    .addHelpText("after", EXAMPLES)
    .action((name: string, text: string, seqs: readonly number[], { store: url, json }: Options) =>
      withStore(url, async (store) => {
        const record = await findRecord(store, text);
        const outcomes: Outcome[] = [];
        await withHook(store, name, async (hook) => {
          for (const transition of transitionsOf(record, seqs)) {
            const outcome = await replay(hook, record, transition);
            outcomes.push(outcome);
            if (!json) output.out(`${outcome.outcome.padEnd(8)} ${record.recordId}/${outcome.seq}${why(outcome)}\n`);
          }
        });
        if (json) printJson(output, outcomes);
        if (outcomes.some(({ outcome }) => outcome === "failed")) fail();
      }),
    );
}

const EXAMPLES = `
A webhook gets the same event with the same id and the same bytes, under a signature of now: a receiver that keeps ids takes none twice.
Exit code 1: the hook failed at some, and it says why.

Examples:
  loopforge hooks replay siem https://github.com/acme/shop/pull/12
  loopforge hooks replay siem gh-100001-issue-7 6 7`;

/** With the operator's configuration as the server has it. */
async function withHook(store: LoopStore, name: string, work: (hook: ConfiguredHook) => Promise<void>): Promise<void> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const operator = await loadOperatorConfig(process.env, (file) => readFile(file, "utf8"), {
    ...{ logger: createLog("warn", process.stderr), loginOf: loginsIn(store), stdout: process.stderr },
  });
  try {
    const hook = operator.hooks.find((one) => one.name === name);
    if (hook) return await work(hook);
    const names = operator.hooks.map((one) => one.name);
    const known = names.length > 0 ? `there are ${names.join(", ")}` : "LOOPFORGE_CONFIG names none";
    throw new LoopForgeError("usage", `There is no hook ${name} that can be run again: ${known}`);
  } finally {
    await operator.close();
  }
}

interface Transition {
  readonly seq: number;
  readonly from: string;
  readonly to: string;
  readonly trigger: string;
}

function transitionsOf({ recordId, entries }: LoopRecord, seqs: readonly number[]): readonly Transition[] {
  const transitions = entries
    .map(openEntry)
    .filter(movesState)
    .flatMap(({ seq, fromState: from, toState: to, trigger }) => (from && to ? [{ seq, from, to, trigger }] : []));
  const missing = seqs.find((seq) => !transitions.some((one) => one.seq === seq));
  if (missing !== undefined) {
    throw new LoopForgeError("record_not_found", `Entry ${missing} of ${recordId} is no transition`);
  }
  return seqs.length === 0 ? transitions : transitions.filter(({ seq }) => seqs.includes(seq));
}

async function replay(
  { name, run, filter }: ConfiguredHook,
  record: LoopRecord,
  { seq, from, to, trigger }: Transition,
): Promise<Outcome> {
  const told = { hook: name, record_id: record.recordId, seq } as const;
  // The record as it was then: the hook is told the same as the first time.
  const then = withHistory({ ...record, state: to }, record.entries.slice(0, seq));
  if (!filter(then, from, to, trigger)) return { ...told, outcome: "filtered", error: null };
  try {
    await run(then, from, to, trigger);
    return { ...told, outcome: "told", error: null };
  } catch (error) {
    if (!(error instanceof HookFailure)) throw error;
    return { ...told, outcome: "failed", error: error.message };
  }
}

function why({ outcome, error }: Outcome): string {
  if (outcome === "filtered") return " (its filters leave it out)";
  return error === null ? "" : `: ${error}`;
}

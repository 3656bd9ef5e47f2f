import { Command } from "commander";
import { type Entry, encodeRecord, type LoopRecord, movesState, openEntry } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import { findRecord } from "./find-record.js";
import { type Output, paint, printable, printJson, printTable, shortTime } from "./output.js";
import { storeOption, withStore } from "./with-store.js";

export function showCommand(output: Output): Command {
  return new Command("show")
    .description("show one work item with its whole history")
    .argument("<record>", "a record id, or the address of an issue or a pull request")
    .addOption(storeOption())
    .option("--json", "the record with its transitions and ledger entries")
    .addHelpText("after", EXAMPLES)
    .action((what: string, options: { readonly store: string; readonly json?: boolean }) =>
      withStore(options.store, async (store) => {
        const record = await findRecord(store, what);
        if (options.json) return printJson(output, encodeRecord(record));
        await printRecord(output, store, record);
      }),
    );
}

const EXAMPLES = `
Examples:
  loopforge show gh-100001-issue-7
  loopforge show https://github.com/acme/shop/pull/12 --json`;

/** What a person sees of a record: where it stands, then a line for each ledger entry. */
export async function printRecord(output: Output, store: LoopStore, record: LoopRecord): Promise<void> {
  const flag = record.exceptions > 0 ? paint(output, "red", `, ${record.exceptions} against the rules`) : "";
  output.out(`${paint(output, "bold", printable(record.ref))}  ${record.state}${flag}\n`);
  output.out(`record ${record.recordId}${record.prUrl ? `, pull request ${printable(record.prUrl)}` : ""}\n\n`);
  const rows: string[][] = [];
  for (const entry of record.entries.map(openEntry)) {
    rows.push([
      String(entry.seq),
      shortTime(entry.occurredAt ?? entry.timestamp),
      entry.kind === "exception" ? paint(output, "red", entry.kind) : entry.kind,
      move(entry),
      entry.metadata.implied === true ? `${entry.trigger} (implied)` : entry.trigger,
      await actor(store, entry),
      details(entry),
    ]);
  }
  printTable(output, ["#", "WHEN (UTC)", "KIND", "STATE", "TRIGGER", "BY", "DETAILS"], rows);
}

function move(entry: Entry): string {
  if (!movesState(entry)) return entry.kind === "rejected" ? `${entry.fromState} (not ${entry.toState})` : "";
  return entry.fromState === null ? `${entry.toState}` : `${entry.fromState} → ${entry.toState}`;
}

async function actor(store: LoopStore, { people, metadata }: Entry): Promise<string> {
  const acting = people.find((participant) => participant.role === "actor") ?? people[0];
  if (!acting) return typeof metadata.app === "string" ? metadata.app : "";
  return (await store.people.find(acting.person))?.account.login ?? acting.person;
}

function details({ metadata }: Entry): string {
  const { rule, check, conclusion, sha, error, review } = metadata;
  const parts = [rule, error, review, check && conclusion ? `${check}: ${conclusion}` : check];
  if (typeof sha === "string") parts.push(sha.slice(0, 7));
  return parts
    .filter((part) => typeof part === "string")
    .join(", ")
    .slice(0, 120);
}

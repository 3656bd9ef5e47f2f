import { Command, InvalidArgumentError } from "commander";
import { encodeHead, type RecordHead } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import { type Output, paint, printJson, printTable, shortTime } from "./output.js";
import { storeOption, withStore } from "./with-store.js";

interface Options {
  readonly store: string;
  readonly state?: string;
  readonly exceptions?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

export function listCommand(output: Output): Command {
  return new Command("list")
    .description("list work items, the one that moved last first")
    .addOption(storeOption())
    .option("--state <state>", "only those in this state, such as awaiting_review")
    .option("--exceptions", "only those that broke a rule")
    .option("--limit <n>", "at most so many", positive, 100)
    .option("--json", "an array of records without their history")
    .addHelpText("after", EXAMPLES)
    .action((options: Options) =>
      withStore(options.store, async (store) => {
        const newest = await collect(store, options);
        const heads = newest.slice(0, options.limit);
        if (options.json) return printJson(output, heads.map(encodeHead));
        if (heads.length === 0) return output.out("No work items.\n");
        printTable(
          output,
          ["RECORD", "WORK ITEM", "STATE", "CI", "PULL REQUEST", "EXCEPTIONS", "SINCE (UTC)"],
          heads.map((head) => row(head, output)),
        );
        if (newest.length > heads.length) output.err(`Showing the first ${options.limit}; --limit shows more.\n`);
      }),
    );
}

const EXAMPLES = `
Examples:
  loopforge list --state awaiting_review
  loopforge list --exceptions --json | jq '.[].pr_url'`;

/** Those that moved last, and one more where there are more than are asked for. */
async function collect(store: LoopStore, { state, exceptions, limit }: Options): Promise<readonly RecordHead[]> {
  let newest: readonly RecordHead[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await store.list({ limit: 1000, ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) });
    const meant = page.items.filter((head) => !exceptions || head.exceptions > 0);
    newest = [...newest, ...meant].sort(lastMovedFirst).slice(0, limit + 1);
    cursor = page.cursor;
  } while (cursor);
  return newest;
}

/** By GitHub's own time, whenever it was recorded. */
function lastMovedFirst(a: RecordHead, b: RecordHead): number {
  if (a.since !== b.since) return a.since > b.since ? -1 : 1;
  return a.recordId < b.recordId ? -1 : 1;
}

function row(head: RecordHead, output: Output): readonly string[] {
  return [
    head.recordId,
    head.ref,
    head.state,
    head.ciStatus ?? "–",
    head.prNumber === null ? "–" : `#${head.prNumber}`,
    head.exceptions === 0 ? "–" : paint(output, "red", String(head.exceptions)),
    shortTime(head.since),
  ];
}

export function positive(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

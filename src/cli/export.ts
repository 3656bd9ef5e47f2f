import { createWriteStream } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, Option } from "commander";
import { csvLines } from "../export/csv.js";
import { jsonLines } from "../export/jsonl.js";
import { exportedEntries } from "../store/ledgers.js";
import { storeOption, withStore } from "./with-store.js";

const FORMATS = { jsonl: jsonLines, csv: csvLines } as const;

interface Options {
  readonly store: string;
  readonly format: keyof typeof FORMATS;
  readonly output?: string;
}

export function exportCommand(stdout: Writable): Command {
  return new Command("export")
    .description("write every ledger entry, the deleted records' too")
    .addOption(storeOption())
    .addOption(new Option("--format <format>", "how").choices(Object.keys(FORMATS)).default("jsonl"))
    .option("-o, --output <file>", "into a file instead of standard output")
    .addHelpText("after", EXAMPLES)
    .action(({ store: url, format, output }: Options) =>
      withStore(url, async (store) => {
        const lines = Readable.from(FORMATS[format](exportedEntries(store)));
        await (output === undefined
          ? pipeline(lines, stdout, { end: false })
          : pipeline(lines, createWriteStream(output)));
      }),
    );
}

const EXAMPLES = `
Examples:
  loopforge export --format csv -o audit.csv
  loopforge export | jq 'select(.kind == "exception")'`;

import { Command } from "commander";
import { type ErrorCode, LoopForgeError, type LoopRecord, type RecordHead } from "../core/index.js";
import { importPythonRecord } from "../import/python-record.js";
import { readSource } from "../import/sources.js";
import { appendLedger } from "../store/append-ledger.js";
import { headOf } from "../store/head-of.js";
import { openStore } from "../store/open.js";
import type { LoopStore } from "../store/repository.js";
import { type Output, paint, printable, printJson } from "./output.js";
import { showProgress } from "./progress.js";
import { storeOption } from "./with-store.js";

interface Summary {
  readonly imported: number;
  readonly skipped: number;
  readonly refused: readonly string[];
}

export function importCommand(output: Output, fail: () => void): Command {
  return new Command("import")
    .description("take over the records of the Python package loopforge 0.1.0; exit code 1 when some could not be")
    .argument("<source>", "its DynamoDB table, as dynamodb:TABLE?region=…, or a JSON dump of it")
    .addOption(storeOption())
    .option("--json", "counts, and why records were refused")
    .addHelpText("after", EXAMPLES)
    .action(async (source: string, options: { readonly store: string; readonly json?: boolean }) => {
      const originals = await begun(readSource(source));
      const store = await openStore(options.store);
      const progress = showProgress("Importing", null);
      try {
        const summary = await importAll(originals, store, () => progress.step());
        progress.stop();
        if (options.json) printJson(output, summary);
        else print(output, summary);
        if (summary.refused.length > 0) fail();
      } finally {
        progress.stop();
        await store.close();
      }
    });
}

const EXAMPLES = `
Records that are there already are left alone, so that it can be started again.

Examples:
  loopforge import 'dynamodb:my-loops?region=eu-central-1'
  loopforge import loops.json --store sqlite:loopforge.db`;

/** A source that cannot be read is found out by its first record, before a store is made. */
async function begun<T>(source: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await source.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* source;
  })();
}

async function importAll(originals: AsyncIterable<unknown>, store: LoopStore, onRecord: () => void): Promise<Summary> {
  let [imported, skipped] = [0, 0];
  const refused: string[] = [];
  for await (const original of originals) {
    const outcome = await importOne(original, store);
    if (outcome === "imported") imported += 1;
    else if (outcome === "skipped") skipped += 1;
    else refused.push(outcome.refused);
    onRecord();
  }
  return { imported, skipped, refused };
}

/** One record that cannot be taken over does not keep the others back. One that was begun is gone on with. */
async function importOne(
  original: unknown,
  store: LoopStore,
): Promise<"imported" | "skipped" | { readonly refused: string }> {
  try {
    const record = importPythonRecord(original, new Date());
    const known = await store.head(record.recordId);
    if (known && !(await isBegun(record, known, store))) {
      return { refused: `Record ${record.recordId} cannot be imported: another one is there under its id` };
    }
    if (known && known.ledger.length >= record.entries.length) return "skipped";
    await appendLedger(store, known, {
      head: headOf(record),
      length: record.entries.length,
      isDeleted: false,
      read: async (after, limit) => record.entries.slice(after, after + limit),
    });
    return "imported";
  } catch (error) {
    if (error instanceof LoopForgeError && ABOUT_ONE_RECORD.has(error.code)) return { refused: error.message };
    throw error;
  }
}

/** Other errors are about the store, and the next record would meet them, too. */
const ABOUT_ONE_RECORD: ReadonlySet<ErrorCode> = new Set([
  "corrupt_ledger",
  "entry_too_large",
  "invalid_metadata",
  "invalid_payload",
  "record_exists",
  "usage",
]);

/** Whether what is there was imported from this very record. The last entry says when that was: the others are the same every time. */
async function isBegun(record: LoopRecord, known: RecordHead, store: LoopStore): Promise<boolean> {
  const seq = Math.min(known.ledger.length, record.entries.length - 1);
  const [kept] = await store.entries(record.recordId, { after: seq - 1, limit: 1 });
  return kept !== undefined && kept.hash === record.entries[seq - 1]?.hash;
}

function print(output: Output, { imported, skipped, refused }: Summary): void {
  for (const why of refused) output.out(`${paint(output, "red", "✗")} ${printable(why)}\n`);
  output.out(`Imported ${imported} records; ${skipped} were there already; ${refused.length} refused.\n`);
}

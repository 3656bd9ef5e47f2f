import { Command } from "commander";
import { type Break, LedgerVerifier, LoopForgeError, type RecordHead, type RecordId } from "../core/index.js";
import { ledgerEntries, ledgerIds } from "../store/ledgers.js";
import type { LoopStore } from "../store/repository.js";
import { findRecord } from "./find-record.js";
import { type Output, paint, printable, printJson } from "./output.js";
import { storeOption, withStore } from "./with-store.js";

interface Summary {
  readonly records: number;
  readonly entries: number;
  readonly breaks: readonly Break[];
}

export function verifyCommand(output: Output, fail: () => void): Command {
  return new Command("verify")
    .description("check every ledger's chain of hashes, and name every break; exit code 1 when there is one")
    .argument("[record...]", "only these: record ids, or addresses of issues or pull requests")
    .addOption(storeOption())
    .option("--json", "counts, and an array of breaks")
    .addHelpText("after", EXAMPLES)
    .action((records: readonly string[], options: { readonly store: string; readonly json?: boolean }) =>
      withStore(options.store, async (store) => {
        const summary = await verifyStore(store, await idsToVerify(store, records));
        if (options.json) printJson(output, atRest(summary));
        else print(output, summary);
        if (summary.breaks.length > 0) fail();
      }),
    );
}

const EXAMPLES = `
Examples:
  loopforge verify
  loopforge verify https://github.com/acme/shop/pull/12 --json`;

async function idsToVerify(
  store: LoopStore,
  named: readonly string[],
): Promise<AsyncIterable<RecordId> | readonly RecordId[]> {
  if (named.length === 0) return everyId(store);
  return Promise.all(named.map(async (text) => (await findRecord(store, text)).recordId));
}

/** Ledgers, and heads whose ledger is gone altogether. */
async function* everyId(store: LoopStore): AsyncGenerator<RecordId> {
  yield* ledgerIds(store);
  let cursor: string | null | undefined;
  do {
    const page = await store.list({ limit: 1000, ...(cursor ? { cursor } : {}) });
    for (const { recordId } of page.items) {
      if ((await store.entries(recordId, { limit: 1 })).length === 0) yield recordId;
    }
    cursor = page.cursor;
  } while (cursor);
}

async function verifyStore(store: LoopStore, ids: AsyncIterable<RecordId> | readonly RecordId[]): Promise<Summary> {
  const breaks: Break[] = [];
  let records = 0;
  let entries = 0;
  for await (const recordId of ids) {
    const ledger = await verifyLedger(store, recordId);
    breaks.push(...ledger.breaks);
    records += 1;
    entries += ledger.length;
  }
  return { records, entries, breaks };
}

/** Of a record that is written to meanwhile, what was read need not fit together: then it is read again. */
async function verifyLedger(store: LoopStore, recordId: RecordId): Promise<Pick<LedgerVerifier, "breaks" | "length">> {
  for (;;) {
    const before = await readHead(store, recordId);
    const verifier = new LedgerVerifier(recordId);
    for await (const entry of ledgerEntries(store, recordId)) verifier.add(entry);
    if ("problem" in before) verifier.breaks.push(before);
    else verifier.finish(before.head);
    if (verifier.breaks.length === 0) return verifier;
    const after = await readHead(store, recordId);
    if (versionOf(before) === versionOf(after)) return verifier;
  }
}

function versionOf(read: Awaited<ReturnType<typeof readHead>>): number | null {
  return "head" in read && read.head ? read.head.version : null;
}

/** A head that cannot be read is one more thing that is broken, not the end of the check. */
async function readHead(store: LoopStore, recordId: RecordId): Promise<{ readonly head: RecordHead | null } | Break> {
  try {
    return { head: await store.head(recordId) };
  } catch (error) {
    if (!(error instanceof LoopForgeError) || error.code !== "corrupt_ledger") throw error;
    return { recordId, seq: 0, problem: error.message };
  }
}

function atRest({ records, entries, breaks }: Summary): object {
  return {
    records,
    entries,
    breaks: breaks.map(({ recordId, seq, problem }) => ({ record_id: recordId, seq, problem })),
  };
}

function print(output: Output, { records, entries, breaks }: Summary): void {
  for (const { recordId, seq, problem } of breaks) {
    output.out(
      `${paint(output, "red", "✗")} ${printable(recordId)} ${seq === 0 ? "record" : `entry ${seq}`}: ${printable(problem)}\n`,
    );
  }
  const counted = `${records} ${records === 1 ? "ledger" : "ledgers"}, ${entries} ${entries === 1 ? "entry" : "entries"}`;
  if (breaks.length === 0) output.out(`${paint(output, "green", "✓")} ${counted}: every chain holds\n`);
  else output.out(`${counted}: ${breaks.length} ${breaks.length === 1 ? "break" : "breaks"}\n`);
}

import { Command } from "commander";
import { copyStore } from "../store/copy.js";
import { ledgerIds } from "../store/ledgers.js";
import { openStore } from "../store/open.js";
import type { LoopStore } from "../store/repository.js";
import { type Output, printJson } from "./output.js";
import { showProgress } from "./progress.js";
import { withStore } from "./with-store.js";

export function copyCommand(output: Output): Command {
  return new Command("copy")
    .description("move all records and ledgers into another store, unchanged, every chain verified at both ends")
    .requiredOption("--from <url>", "the store to read")
    .requiredOption("--to <url>", "the store to write; it may hold records already")
    .option("--json", "counts")
    .addHelpText("after", EXAMPLES)
    .action(({ from, to, json }: { readonly from: string; readonly to: string; readonly json?: boolean }) =>
      withStore(from, async (source) => {
        const total = await countLedgers(source);
        const target = await openStore(to);
        const progress = showProgress("Copying", total);
        try {
          const summary = await copyStore(source, target, () => progress.step());
          progress.stop();
          if (json) printJson(output, summary);
          else
            output.out(
              `Copied ${summary.records} records with ${summary.entries} entries; ${summary.skipped} were there already.\n`,
            );
        } finally {
          progress.stop();
          await target.close();
        }
      }),
    );
}

const EXAMPLES = `
An interrupted copy goes on where it stopped when it is started again.

Examples:
  loopforge copy --from sqlite:loopforge.db --to postgres://localhost/loopforge
  loopforge copy --from dynamodb:loopforge?region=eu-central-1 --to sqlite:backup.db`;

async function countLedgers(store: LoopStore): Promise<number> {
  let count = 0;
  for await (const _ of ledgerIds(store)) count += 1;
  return count;
}

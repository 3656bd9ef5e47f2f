import { Command, InvalidArgumentError } from "commander";
import { showProgress } from "../../src/cli/progress.js";
import { inWords } from "./report.js";
import { type Overrides, runSeed, type SeedRun } from "./run-seed.js";

interface Flags {
  readonly seeds: number;
  readonly from: number;
  readonly options: Overrides;
  readonly calm: boolean;
  readonly shrink: boolean;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  $ npm run simulate                                        the seeds 1 to 100
  $ npm run simulate -- --seeds 10000 --from 1 --json       many, for a machine to read
  $ npm run simulate -- --from 492 --seeds 1                one that failed
  $ npm run simulate -- --options '{"crashes":0.5}'         with the process ending again and again
  $ npm run simulate -- --options '{"github":{"share":0.2,"kinds":["cut"],"graphqlDown":0,"graphqlPartial":0}}'

Exit 0: every seed holds. Exit 1: one does not; its story is printed.`;

const program = new Command("simulate")
  .description(
    "Plays made-up stories at a made-up GitHub, with LoopForge beside it, and lets go wrong what can go wrong.",
  )
  .option("--seeds <n>", "how many seeds", whole, 100)
  .option("--from <seed>", "the first seed", whole, 1)
  .option(
    "--options <json>",
    "replaces what the seed says (SimulatorOptions in test/simulator/options.ts)",
    overrides,
    {},
  )
  .option("--calm", "nothing goes wrong: people and bots alone", false)
  .option("--no-shrink", "leave failing stories as long as they are")
  .option("--json", "print one JSON object", false)
  .addHelpText("after", EXAMPLES);

const { seeds, from, options, calm, shrink, json } = program.parse().opts<Flags>();
const progress = showProgress("simulate", seeds);
const failed: SeedRun[] = [];
const tally: Record<string, number> = {};
for (let seed = from; seed < from + seeds; seed++) {
  const run = await runSeed(seed, options, { shorten: shrink, isCalm: calm });
  for (const [name, count] of Object.entries(run.tally)) tally[name] = (tally[name] ?? 0) + count;
  if (run.faults.length > 0) {
    failed.push(run);
    if (!json) console.log(`${inWords(run)}\n`);
  }
  progress.step();
}
progress.stop();
if (json) console.log(JSON.stringify({ from, seeds, tally, failed }, null, 2));
else console.log(`${seeds - failed.length} of ${seeds} seeds hold. ${inTally(tally)}`);
// Calls of processes that were ended wait for ever.
process.exit(failed.length > 0 ? 1 : 0);

function inTally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}: ${count}`)
    .join(", ");
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError("It must be a whole number.");
  return number;
}

function overrides(text: string): Overrides {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError("It must be a JSON object.");
}

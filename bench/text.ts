import { parseCommand } from "../src/github/commands/parse.js";
import { closingKeywords } from "../src/github/links/closing-keywords.js";
import { hostileTexts, MAX_TEXT } from "./hostile-texts.js";
import { median, type Result } from "./measure.js";
import { dearestPlan } from "./plans.js";

/** Milliseconds that one text may take of a processor. */
const AT_MOST = 50;
const SHOWN = 8;
const ROUNDS = 5;

/** The worst that a payload can bring, and closing keywords and commands in the longest texts, made to take long: processor time for each family, the slowest first. */
export async function benchText(): Promise<readonly Result[]> {
  const short = hostileTexts(MAX_TEXT / 4);
  const families = [...hostileTexts()].map(([family, text]) => ({
    family,
    value: processorTime(text),
    quarter: processorTime(short.get(family) ?? ""),
  }));
  families.sort((one, other) => other.value - one.value);
  const worst: Result = {
    name: "the slowest text, 300 checks with names of 255 characters and 100 references: read and planned",
    ...{ unit: "ms", value: (families[0]?.value ?? Number.NaN) + dearestPlan(), limit: AT_MOST },
  };
  const slowest: readonly Result[] = families.slice(0, SHOWN).map(({ family, value, quarter }) => ({
    name: `keywords or commands in ${MAX_TEXT.toLocaleString("en")} characters of ${family}, at most ${AT_MOST} ms wanted`,
    unit: "ms",
    value,
    peer: { name: "in a quarter of it", value: quarter },
    // Linear is 4, and more where memory is collected in between; quadratic would be 16.
    atMost: 12,
  }));
  return [worst, ...slowest];
}

/** A delivery brings one text: a description, in which keywords are looked for, or a comment, in which commands are. The dearer of the two. */
function processorTime(text: string): number {
  return Math.max(
    timeOf(() => closingKeywords(text)),
    timeOf(() => parseCommand(text)),
  );
}

/** In milliseconds, the median of some rounds after one that is not counted. */
function timeOf(work: () => unknown): number {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    if (round > 0) times.push((user + system) / 1000);
  }
  return median(times);
}

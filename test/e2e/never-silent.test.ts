import { describe, expect, test } from "vitest";
import { type Entry, openEntry, type RecordHead } from "../../src/core/index.js";
import type { PullRequest } from "../../src/sandbox/index.js";
import { auditOf } from "../github/flow.js";
import type { Journal } from "../simulator/journal.js";
import { Luck } from "../simulator/luck.js";
import { MOVES } from "../simulator/moves/index.js";
import { calm, optionsOf, type SimulatorOptions } from "../simulator/options.js";
import { type Look, simulate } from "../simulator/simulator.js";
import { storyOf } from "../simulator/story.js";
import { truthOf } from "../simulator/truth.js";
import { headsOf } from "../support/scenarios.js";
import { SEED } from "../support/seed.js";

const STORIES = 8;

/** What a ledger may say of a merge that CI had not let through, and what the report says then. */
const OF_CI = {
  broken: { merged_before_ci_passed: "Merged before CI passed" },
  unknown: { not_known: "not known", none_known: "none known" },
} as const;

/** What a ledger may say of a merge that nobody had reviewed who was to, and what the report says then. */
const OF_REVIEW = {
  broken: {
    merged_without_approval: "Merged without an approval",
    approved_by_author: "Merged with no approval but its author's own",
    approved_by_pusher: "Merged with no approval but that of whoever pushed last",
    merged_after_unreviewed_push: "Merged after a push that nobody approved",
    merged_into_other_base: "Merged into a base branch that nobody approved it for",
  },
  unknown: { not_known: "not known" },
} as const;

type Words = { readonly [said: string]: string };
interface Sayable {
  readonly broken: Words;
  readonly unknown: Words;
}

/** People who keep to nothing: some may write and want their change in, some may do anything. Nothing else goes wrong. */
function lawless(seed: number): SimulatorOptions {
  const ofSeed = calm(
    optionsOf(
      seed,
      MOVES.map(({ name }) => name),
    ),
  );
  return { ...ofSeed, steps: 20, people: { team: 1, outsider: 0.3, writer: 0.5, admin: 0.2 } };
}

/** All that the ledgers have of one merge. */
interface Ledgers {
  readonly grounds: readonly { readonly ci?: unknown; readonly review?: unknown }[];
  /** Rules that it is said to have broken, and that nothing has corrected. */
  readonly rules: readonly string[];
}

async function ledgersOf(pull: PullRequest, { store }: Parameters<Look>[0]): Promise<Ledgers> {
  const key = `${pull.repository.id}#${pull.number}`;
  const heads = (await headsOf(store)).filter(({ merges }) => merges.some((merge) => merge.pull === key));
  const ledgers = await Promise.all(
    heads.map(async (head) => ({ head, entries: (await store.entries(head.recordId)).map(openEntry) })),
  );
  const isOfIt = ({ metadata }: Entry) => isGrounds(metadata.grounds) && metadata.grounds.pull === key;
  return {
    grounds: ledgers.flatMap(({ entries }) => entries.filter(isOfIt).map(({ metadata }) => metadata.grounds as object)),
    rules: ledgers.flatMap(({ head, entries }) => standingRules(head, entries.filter(isOfIt))),
  };
}

/** Read from the exceptions themselves, not from the head that says where they are. */
function standingRules({ recordId }: RecordHead, entries: readonly Entry[]): readonly string[] {
  const corrected = new Set(
    entries.flatMap(({ kind, metadata }) => (kind === "corrected" ? (metadata.answers as string[]) : [])),
  );
  return entries
    .filter(({ kind, seq }) => kind === "exception" && !corrected.has(`${recordId}#${seq}`))
    .flatMap(({ metadata: { rule, also_broken: also } }) => [String(rule), ...((also as string[] | undefined) ?? [])]);
}

function isGrounds(value: unknown): value is { readonly pull?: unknown } {
  return typeof value === "object" && value !== null;
}

/** @returns what is said of it, by ledger and by report; empty where it is silent */
function saidOf(part: "ci" | "review", of: Sayable, { grounds, rules }: Ledgers, report: string) {
  const broken = rules.filter((rule) => rule in of.broken);
  const unknown = grounds.map((ground) => String(ground[part])).filter((word) => word in of.unknown);
  const words = [...broken.map((rule) => of.broken[rule]), ...unknown.map((word) => of.unknown[word])];
  return {
    ledger: [...broken, ...unknown],
    report: words.filter((one) => one !== undefined && report.includes(one)),
    isAlarm: broken.length === 0 || /> \[!(CAUTION|WARNING)\]/.test(report),
  };
}

async function silentMerges(all: Parameters<Look>[0]): Promise<{ count: number; silent: readonly string[] }> {
  const { journal }: { journal: Journal } = all;
  const silent: string[] = [];
  let count = 0;
  for (const [pull, story] of journal.pulls) {
    const truth = truthOf(story, journal);
    if (!truth) continue;
    const ledgers = await ledgersOf(pull, all);
    if (ledgers.grounds.length === 0) silent.push(`#${pull.number} has no grounds`);
    for (const [part, of] of [
      ["ci", OF_CI],
      ["review", OF_REVIEW],
    ] as const) {
      if (truth[part] !== "unlawful") continue;
      count += 1;
      const said = saidOf(part, of, ledgers, auditOf(pull));
      if (said.ledger.length === 0) silent.push(`#${pull.number}: no ledger says anything of its ${part}`);
      else if (said.report.length === 0) silent.push(`#${pull.number}: its report does not say ${said.ledger.join()}`);
      else if (!said.isAlarm) silent.push(`#${pull.number}: its report says ${said.ledger.join()} in passing`);
    }
  }
  return { count, silent };
}

describe("given people who merge what is red, unreviewed or unknown", () => {
  test("when all is heard, then each such merge is in a ledger and in its report, and each history is a legal walk", async () => {
    let count = 0;
    for (let seed = SEED * 1000; seed < SEED * 1000 + STORIES; seed++) {
      const options = lawless(seed);
      const silent: string[] = [];
      const run = await simulate(seed, options, storyOf(new Luck(seed), options), async (all) => {
        const found = await silentMerges(all);
        silent.push(...found.silent);
        count += found.count;
      });
      // The checkers of the simulator walk each ledger after every step.
      expect(run.faults, run.words.join("\n")).toEqual([]);
      expect(silent, run.words.join("\n")).toEqual([]);
    }
    expect(count).toBeGreaterThan(STORIES / 2);
  }, 300_000);
});

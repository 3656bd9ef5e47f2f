import { describe, expect, test } from "vitest";
import { linkOf, openEntry, standingExceptions } from "../../src/core/index.js";
import { auditOf, ownChecks } from "../github/flow.js";
import { Luck } from "../simulator/luck.js";
import { isOutsider, MOVES } from "../simulator/moves/index.js";
import { calm, NOTHING_ASKED, optionsOf, type Policy, type SimulatorOptions } from "../simulator/options.js";
import { type Look, simulate } from "../simulator/simulator.js";
import { type Step, storyOf } from "../simulator/story.js";
import { SEED } from "../support/seed.js";

const STORIES = 4;
const OUTSIDERS = new Set(MOVES.filter(({ by }) => by === "outsider").map(({ name }) => name));

/** Without auto-merge: what is merged when it is ready depends on how long something takes, and so on who else is served. */
const POLICIES: readonly Policy[] = [
  NOTHING_ASKED,
  { ...NOTHING_ASKED, approvals: 1, mode: "enforce" },
  { ...NOTHING_ASKED, approvals: 2, ci: true },
];

/** A team at its work, and twice as many things that are done by people who may only read. */
function besieged(seed: number): SimulatorOptions {
  const names = MOVES.map(({ name }) => name);
  const policy = POLICIES[seed % POLICIES.length] ?? NOTHING_ASKED;
  // It names issues at random, those of outsiders among them. And a check of an outsider's change would be the first that the repository shows.
  const ofSeed = { ...calm(optionsOf(seed, names)), without: ["writer opens a pull request"], policy, hasCi: true };
  return { ...ofSeed, steps: 40, people: { team: 1, outsider: 2, writer: 0.2, admin: 0 } };
}

/** What is recorded and reported of one pull request of the team, by the step in which it was opened: numbers are others with others about. */
async function sayingsOf({ store, openedIn, repository, outsiders }: Parameters<Look>[0]) {
  const sayings = new Map<number, unknown>();
  for (const [thread, step] of openedIn) {
    const pull = repository.pulls.get(thread.number);
    if (!pull || isOutsider({ outsiders }, pull.author)) continue;
    const ids = await store.findByLink(linkOf.pull(repository.id, pull.number));
    const records = await Promise.all(
      ids.map(async (id) => {
        const head = await store.head(id);
        const moves = (await store.entries(id)).map(openEntry).filter(({ toState }) => toState !== null);
        return {
          state: head?.state,
          ciStatus: head?.ciStatus,
          broken: head ? standingExceptions(head).flatMap(({ rules }) => rules) : [],
          walk: moves.map(({ kind, toState, trigger }) => `${kind} ${trigger} ${toState}`),
        };
      }),
    );
    const [check] = ownChecks(repository, pull.headSha).slice(-1);
    sayings.set(step, {
      records: records.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      verdict: unnumbered(/^### .*$/m.exec(auditOf(pull))?.[0] ?? ""),
      alarms: auditOf(pull).match(/^> \[!\w+\]\n> \*\*[^*]*\*\*/gm) ?? [],
      check: check && { conclusion: check.conclusion, title: unnumbered(check.output?.title ?? "") },
    });
  }
  return sayings;
}

function unnumbered(text: string): string {
  return text.replaceAll(/#\d+/g, "#…");
}

async function play(seed: number, options: SimulatorOptions, steps: readonly Step[]) {
  const sayings = new Map<number, unknown>();
  const run = await simulate(seed, options, steps, async (all) => {
    for (const [step, said] of await sayingsOf(all)) sayings.set(step, said);
  });
  return { run, sayings };
}

describe("given a team at its work", () => {
  test("when outsiders do all that they can beside it, then what is recorded and reported of its pull requests is the same", async () => {
    for (let seed = SEED * 1000; seed < SEED * 1000 + STORIES; seed++) {
      const options = besieged(seed);
      const steps = storyOf(new Luck(seed), options);
      const alone = await play(
        seed,
        options,
        steps.filter(({ move }) => !OUTSIDERS.has(move)),
      );
      const together = await play(seed, options, steps);
      expect(together.run.faults, together.run.words.join("\n")).toEqual([]);
      expect(alone.sayings.size).toBeGreaterThan(0);
      expect(together.sayings, together.run.words.join("\n")).toEqual(alone.sayings);
    }
  }, 300_000);
});

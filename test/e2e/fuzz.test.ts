import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import { ANSWERED, OBSERVERS } from "../../src/github/observe/index.js";
import type { Sandbox } from "../../src/sandbox/index.js";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { aDelivery } from "../github/flow.js";
import { harmIn } from "../github/fuzz/harm.js";
import { anyMutant, dressed, HOSTILE, type Mutant, mutated } from "../github/fuzz/mutants.js";
import { examplesOf } from "../support/examples.js";
import { givenPlayed, type InProcess } from "../support/in-process.js";

/** Mutated payloads in all: LOOPFORGE_FUZZ_RUNS. */
const { LOOPFORGE_FUZZ_RUNS = "5000" } = process.env;
const PAYLOADS = 100;
const RUNS = Math.ceil(Number(LOOPFORGE_FUZZ_RUNS) / PAYLOADS);

/** What would have ended a process that is not a test's. */
let crashes: unknown[] = [];
const crash = (reason: unknown): void => void crashes.push(reason);

beforeEach(() => {
  crashes = [];
  process.on("unhandledRejection", crash);
  process.on("uncaughtExceptionMonitor", crash);
});

afterEach(() => {
  process.off("unhandledRejection", crash);
  process.off("uncaughtExceptionMonitor", crash);
});

interface Original {
  readonly event: string;
  readonly payload: object;
}

const HANDLED = new Set<string>([...Object.keys(OBSERVERS), ...ANSWERED]);

/** What people sent to somebody, as an App gets it. */
const EXAMPLES: readonly Original[] = examplesOf("api.github.com")
  .filter(({ event, action }) => HANDLED.has(action === null ? event : `${event}.${action}`))
  .map(({ event, payload }) => ({ event, payload: { installation: { id: 1 }, ...payload } }));

/** A team's file is hostile, too. */
const CONFIGURATION = `
ci:
  checks: ["@everyone | <img src=x>", "build"]
  ignore: ["*\`*"]
links:
  branches: ["*{issue}*"]
`;

const COMMENTS = ["/loopforge status", "/loopforge dance", "/loopforge justify Sorry", "/loopforge automerge on"];

/** A story at GitHub whose names are hostile, as the App has heard of it, and all payloads there are to make mutants of. */
async function givenStory(index: number, text: string) {
  const scenario = ALL_SCENARIOS[index % ALL_SCENARIOS.length] ?? ALL_SCENARIOS[0];
  if (!scenario) throw new Error("There is no scenario");
  const app = await givenPlayed({ configuration: CONFIGURATION, ...scenario });
  for (const body of COMMENTS) app.pull.comment({ by: app.sandbox.user("bob"), body });
  const sent = [...app.deliveries, ...app.sandbox.takePending()];
  const own = sent.filter(({ event, action }) => HANDLED.has(action === null ? event : `${event}.${action}`));
  const originals = own.map(({ event, body }): Original => ({ event, payload: JSON.parse(body) as object }));
  for (const [place, { event, payload }] of originals.entries()) {
    await hand(app, { event, payload: dressed(payload, text) }, `dressed-${place}`);
  }
  // Two of three are about what the App is installed on.
  return { app, originals: [...originals, ...originals, ...EXAMPLES.slice(0, originals.length)] };
}

/** Hands a payload to the App. @returns whether it was worked, or refused as unreadable; anything else is thrown */
async function hand(app: InProcess, { event, payload }: Original, guid: string): Promise<"worked" | "refused"> {
  try {
    await app.receive(aDelivery(event, payload, guid));
    return "worked";
  } catch (error) {
    const errors: readonly unknown[] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    if (errors.every(isUnreadable)) return "refused";
    throw new Error(`Neither worked nor refused: ${event} ${JSON.stringify(payload).slice(0, 3000)}`, {
      cause: errors[0],
    });
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof LoopForgeError && error.code === "invalid_payload";
}

/** All that the App wrote, each text by its place. */
function written({ repository }: Sandbox): readonly (readonly [place: string, text: string])[] {
  const { threads, checkRuns } = repository("acme/shop");
  const comments = threads.flatMap((thread) => thread?.comments ?? []);
  const runs = [...checkRuns.values()].filter(({ suite }) => suite.app.slug === "loopforge");
  return [
    ...comments
      .filter(({ author }) => author.login === "loopforge[bot]")
      .map(({ id, body }) => [`comment ${id}`, body] as const),
    ...runs.flatMap(({ id, output }) => [
      [`check run ${id}`, output.summary ?? ""] as const,
      [`title of check run ${id}`, output.title ?? ""] as const,
    ]),
  ];
}

describe(`given ${RUNS * PAYLOADS} payloads that were tampered with`, () => {
  test("when they are handed to the App, then each is worked or refused, and what it writes does no harm", {
    timeout: 300_000,
  }, async () => {
    const counts = { worked: 0, refused: 0, texts: 0, touched: 0 };
    const run = async (story: number, text: string, mutants: readonly Mutant[]): Promise<void> => {
      const { app, originals } = await givenStory(story, text);
      for (const [index, { from, changes }] of mutants.entries()) {
        const original = originals[from % originals.length];
        if (!original) continue;
        const payload = mutated(original.payload, changes);
        counts[await hand(app, { event: original.event, payload }, `mutant-${index}`)] += 1;
      }
      await app.receiveAll();
      for (const [place, text] of written(app.sandbox)) {
        expect(harmIn(text), `${place}:\n${text}`).toEqual([]);
        counts.texts += 1;
        if (/everyone|octocat|evil|onerror|javascript/.test(text)) counts.touched += 1;
      }
      expect(crashes).toEqual([]);
    };
    const batch = fc.array(anyMutant, { minLength: PAYLOADS, maxLength: PAYLOADS });
    await fc.assert(fc.asyncProperty(fc.nat({ max: 1000 }), fc.constantFrom(...HOSTILE), batch, run), {
      numRuns: RUNS,
      // One payload of a hundred does it: to find a smaller batch takes longer than to read the one that is named.
      endOnFailure: true,
    });
    if (process.env.LOOPFORGE_REPORT) console.log(counts);
    expect(counts.worked + counts.refused).toBe(RUNS * PAYLOADS);
    expect(counts.refused).toBeGreaterThan(RUNS);
    expect(counts.worked).toBeGreaterThan(RUNS);
    expect(counts.texts).toBeGreaterThan(RUNS);
    // Some of what was tampered with is shown, as code.
    expect(counts.touched).toBeGreaterThan(RUNS / 10);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("polluted");
  });
});

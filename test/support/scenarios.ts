import {
  type Entry,
  LedgerVerifier,
  linkOf,
  openEntry,
  type RecordHead,
  type RecordId,
  standingExceptions,
} from "../../src/core/index.js";
import type { Delivery, PullRequest } from "../../src/sandbox/index.js";
import { type Scenario, setStage } from "../../src/sandbox/scenarios/index.js";
import type { LoopStore } from "../../src/store/repository.js";
import type { Running } from "./running.js";

/** Plays a scenario with a minute between two scenes, and `between` after each. */
export async function play(
  { sandbox, clock }: Pick<Running, "sandbox" | "clock">,
  scenario: Scenario,
  between: () => Promise<void> | void = () => undefined,
): Promise<PullRequest> {
  const scenes = scenario.play(setStage(sandbox, scenario.configuration));
  for (;;) {
    const scene = scenes.next();
    await between();
    if (scene.done) return scene.value;
    clock.advance(60);
  }
}

/** What the GitHub of a scenario sent in all, none of it delivered. */
export async function deliveriesOf(
  app: Running,
  scenario: Scenario,
): Promise<{ pull: PullRequest; deliveries: Delivery[] }> {
  const pull = await play(app, scenario);
  return { pull, deliveries: app.sandbox.takePending() };
}

export interface Outcome {
  /** The work item: `acme/shop#1`. */
  readonly ref: string;
  readonly state: string;
  readonly rules: readonly unknown[];
  /** What is wrong with the ledger. */
  readonly breaks: readonly string[];
  readonly entries: readonly Entry[];
}

/** Where the work items of a pull request have come to. */
export async function outcomesOf(store: LoopStore, { repository, number }: PullRequest): Promise<readonly Outcome[]> {
  const ids = await store.findByLink(linkOf.pull(repository.id, number));
  return Promise.all(ids.map((id) => outcomeOf(store, id)));
}

async function outcomeOf(store: LoopStore, id: RecordId): Promise<Outcome> {
  const head = await store.head(id);
  const stored = await store.entries(id);
  const verifier = new LedgerVerifier(id);
  for (const entry of stored) verifier.add(entry);
  const entries = stored.map(openEntry);
  return {
    ref: head?.ref ?? "gone",
    state: head?.state ?? "gone",
    rules: standingRules(head, entries),
    breaks: verifier.finish(head).map(({ seq, problem }) => `${seq}: ${problem}`),
    entries,
  };
}

/** The rules that were broken, but for those that proved kept by what became known later. */
export function standingRules(head: RecordHead | null, entries: readonly Entry[]): readonly string[] {
  const standing = new Set(head ? standingExceptions(head).map(({ seq }) => seq) : []);
  return entries.filter(({ seq }) => standing.has(seq)).map(({ metadata }) => String(metadata.rule));
}

/** Every head in a store. */
export async function headsOf(store: LoopStore): Promise<readonly RecordHead[]> {
  const heads: RecordHead[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<LoopStore["list"]>> = await store.list(cursor === null ? {} : { cursor });
    heads.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return heads;
}

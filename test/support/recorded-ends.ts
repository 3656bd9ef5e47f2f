import { type Entry, openEntry } from "../../src/core/index.js";
import type { LoopStore } from "../../src/store/repository.js";
import { type Ci, ciOf, hasShownChecks, mergeOf, reviewOf } from "./recorded-judge.js";
import type { RecordedWorld, WorldPull } from "./recorded-world.js";
import { headsOf } from "./scenarios.js";

/** Where the record of a pull request has come to. */
export interface RecordedEnd {
  /** `owner/name#number` */
  readonly ref: string;
  readonly state: string;
  /** The rules that its merge broke. */
  readonly rules: readonly string[];
}

/** What a store holds. An exception that proved unfounded has been answered by an entry, and counts no more. */
export async function endsIn(store: LoopStore): Promise<readonly RecordedEnd[]> {
  const ends: RecordedEnd[] = [];
  for (const { recordId, ref, state } of await headsOf(store)) {
    const entries = (await store.entries(recordId)).map(openEntry);
    const corrected = new Set(entries.flatMap(({ kind, metadata }) => (isCorrection(kind) ? answersOf(metadata) : [])));
    const rules = entries
      .filter(({ kind, seq }) => kind === "exception" && !corrected.has(`${recordId}#${seq}`))
      .flatMap(({ metadata }) => [metadata.rule, metadata.also_broken ?? []].flat().map(String));
    ends.push({ ref, state, rules: rules.sort() });
  }
  return ends.sort(byRef);
}

function isCorrection(kind: string): boolean {
  return kind === "corrected";
}

/** The entries that one answers, as `recordId#seq`. */
function answersOf({ answers }: Entry["metadata"]): readonly string[] {
  return [answers ?? []].flat().map(String);
}

/**
 * What it must hold once all is delivered, told from the recording and by no code of the product's: each pull request as its last
 * payload shows it, with all that was said of the checks of that head and of its reviews. A merge is judged by what GitHub had said by
 * then. There is no issue in any recording: what is merged is closed.
 */
export function expectedEnds(world: RecordedWorld): readonly RecordedEnd[] {
  return world.pulls.map((one) => ({ ref: `${one.repoName}#${one.pull.number}`, ...endOf(one, world) })).sort(byRef);
}

function byRef(a: RecordedEnd, b: RecordedEnd): number {
  return a.ref < b.ref ? -1 : 1;
}

function endOf(one: WorldPull, world: RecordedWorld): Omit<RecordedEnd, "ref"> {
  const { state, head } = one.pull;
  const merge = mergeOf(one);
  if (merge !== null) {
    const isCiMet = ["green", "unknown"].includes(ciOf(head.sha, world, merge)) || !hasShownChecks(one, world, merge);
    const { word, unmet } = reviewOf(one, merge);
    const rules = [...(isCiMet ? [] : ["merged_before_ci_passed"]), ...(word === "waiting" ? [unmet] : [])];
    return { state: "closed", rules: rules.sort() };
  }
  return { state: state === "closed" ? "task_queued" : openState(one, ciOf(head.sha, world, null)), rules: [] };
}

function openState(one: WorldPull, ci: Ci): string {
  switch (ci) {
    case "none":
      return one.pushes.length > 0 ? "ci_pending" : "pr_created";
    case "running":
    case "unknown":
      return "ci_pending";
    case "red":
      return "ci_failed";
    case "green":
      return { none: "ci_passed", waiting: "awaiting_review", approved: "approved" }[reviewOf(one, null).word];
  }
}

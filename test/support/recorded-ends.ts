import { openEntry } from "../../src/core/index.js";
import type { LoopStore } from "../../src/store/repository.js";
import { type Ci, ciAt, reviewAt } from "./recorded-judge.js";
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

/** What a store holds. */
export async function endsIn(store: LoopStore): Promise<readonly RecordedEnd[]> {
  const ends: RecordedEnd[] = [];
  for (const { recordId, ref, state } of await headsOf(store)) {
    const entries = (await store.entries(recordId)).map(openEntry);
    const rules = entries.flatMap(({ kind, metadata }) =>
      kind === "exception" ? [metadata.rule, metadata.also_broken ?? []].flat().map(String) : [],
    );
    ends.push({ ref, state, rules: rules.sort() });
  }
  return ends.sort(byRef);
}

/**
 * What it must hold once all is delivered, told from the recording and by no code of the product's: each pull request as its last
 * payload shows it, with the checks of that head and its reviews. There is no issue in any recording: what is merged is closed.
 */
export function expectedEnds(world: RecordedWorld): readonly RecordedEnd[] {
  return world.pulls.map((one) => ({ ref: `${one.repoName}#${one.pull.number}`, ...endOf(one, world) })).sort(byRef);
}

function byRef(a: RecordedEnd, b: RecordedEnd): number {
  return a.ref < b.ref ? -1 : 1;
}

function endOf(one: WorldPull, world: RecordedWorld): Omit<RecordedEnd, "ref"> {
  const { state, merged_at, head } = one.pull;
  if (merged_at !== null) {
    const isGreen = ciAt(merged_at, head.sha, world) === "green";
    const { word, unmet } = reviewAt(merged_at, one);
    const rules = [...(isGreen ? [] : ["merged_before_ci_passed"]), ...(word === "waiting" ? [unmet] : [])];
    return { state: "closed", rules: rules.sort() };
  }
  return { state: state === "closed" ? "task_queued" : openState(one, ciAt(null, head.sha, world)), rules: [] };
}

function openState(one: WorldPull, ci: Ci): string {
  switch (ci) {
    case "none":
      return one.pushed ? "ci_pending" : "pr_created";
    case "running":
      return "ci_pending";
    case "red":
      return "ci_failed";
    case "green":
      return { none: "ci_passed", waiting: "awaiting_review", approved: "approved" }[reviewAt(null, one).word];
  }
}

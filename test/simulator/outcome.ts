import { linkOf, standingExceptions } from "../../src/core/index.js";
import type { Issue, PullRequest } from "../../src/sandbox/index.js";
import type { LoopStore } from "../../src/store/repository.js";
import { headsOf } from "../support/scenarios.js";
import type { Journal } from "./journal.js";
import { isOutsider, type Stage } from "./moves/index.js";
import { truthOf } from "./truth.js";

/** Where the work items of each pull request have come to, by the step in which it was opened: states and standing rules. */
export type Ends = ReadonlyMap<string, string>;

/** How much came about in a run. */
export interface Tally {
  readonly steps: number;
  /** Calls of LoopForge's: of GitHub, the store and the inbox. */
  readonly calls: number;
  /** How often something went wrong. */
  readonly struck: number;
  readonly crashes: number;
  readonly merges: number;
  /** Merges that were against a rule beyond doubt. */
  readonly unlawful: number;
  readonly exceptions: number;
}

export async function judgedIn(
  store: LoopStore,
  journal: Journal,
): Promise<Pick<Tally, "merges" | "unlawful" | "exceptions">> {
  const truths = [...journal.pulls.values()].flatMap((story) => truthOf(story, journal) ?? []);
  return {
    merges: truths.length,
    unlawful: truths.filter(({ ci, review }) => ci === "unlawful" || review === "unlawful").length,
    exceptions: (await headsOf(store)).reduce((sum, head) => sum + standingExceptions(head).length, 0),
  };
}

/** Of what the team has merged or still works on; what it has left may be anybody's. */
export async function endsOf(stage: Omit<Stage, "step">, store: LoopStore): Promise<Ends> {
  const ends = new Map<string, string>();
  for (const [thread, step] of stage.openedIn) {
    if (!isGoingOn(thread) || isOutsider(stage, thread.author)) continue;
    const found = await store.findByLink(linkOf.pull(stage.repository.id, thread.number));
    const heads = await Promise.all(found.map((id) => store.head(id)));
    const said = heads.map((head) => {
      const rules = head ? standingExceptions(head).flatMap(({ rules: broken }) => broken) : [];
      return [head?.state, ...[...rules].sort()].join(" ");
    });
    ends.set(`pull request of step ${step}`, said.sort().join("; "));
  }
  return ends;
}

function isGoingOn(thread: Issue | PullRequest): boolean {
  return thread.pullRequest !== null && (thread.state === "open" || thread.pullRequest.mergedAt !== null);
}

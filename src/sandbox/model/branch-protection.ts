import type { CheckConclusion } from "./check-run.js";
import { latestStatuses } from "./commit-status.js";
import type { Repository } from "./repository.js";

/** How a required check stands on a commit, in GitHub's words. */
type Standing = "succeeded" | "failing" | "in progress" | "expected";

const HELD_BACK: readonly Standing[] = ["expected", "in progress", "failing"];
const PASSING: ReadonlySet<CheckConclusion | null> = new Set(["success", "neutral", "skipped"]);

/**
 * What GitHub answers to a merge that required checks hold back; null where all of them let it pass.
 * @see https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-status-checks-before-merging
 */
export function heldBackBy(repository: Repository, base: string, sha: string): string | null {
  const required = repository.requiredChecks.get(base) ?? [];
  const open = required
    .map((name) => ({ name, standing: standingOf(repository, sha, name) }))
    .filter(({ standing }) => standing !== "succeeded");
  const [first] = open;
  if (first === undefined) return null;
  if (required.length === 1) return `Required status check "${first.name}" is ${first.standing}.`;
  const words = HELD_BACK.map((one) => ({ one, count: open.filter(({ standing }) => standing === one).length }))
    .filter(({ count }) => count > 0)
    .map(({ one, count }) => `${count} ${one}`)
    .join(" and ");
  return `${open.length} of ${required.length} required status checks have not succeeded: ${words}.`;
}

/** Check runs and statuses of that name, of whatever App: GitHub goes by the newest of each, and by the worst of these. */
function standingOf(repository: Repository, sha: string, name: string): Standing {
  const runs = (repository.suitesBySha.get(sha) ?? []).flatMap((suite) => suite.latestRuns);
  const statuses = latestStatuses(repository.statuses.get(sha) ?? []);
  const standings = [
    ...runs.filter((run) => run.name === name).map((run) => ofRun(run.status, run.conclusion)),
    ...statuses.filter(({ context }) => context === name).map(({ state }) => ofStatus(state)),
  ];
  return WORST_FIRST.find((one) => standings.includes(one)) ?? "expected";
}

const WORST_FIRST: readonly Standing[] = ["failing", "in progress", "succeeded"];

function ofRun(status: string, conclusion: CheckConclusion | null): Standing {
  if (status !== "completed") return "in progress";
  return PASSING.has(conclusion) ? "succeeded" : "failing";
}

function ofStatus(state: "pending" | "success" | "failure" | "error"): Standing {
  if (state === "pending") return "in progress";
  return state === "success" ? "succeeded" : "failing";
}

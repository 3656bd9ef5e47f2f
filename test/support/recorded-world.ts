import type {
  Recorded,
  RecordedPayload,
  RecordedPull,
  RecordedReview,
  RecordedRun,
  RecordedStatus,
  RecordedSuite,
} from "./recorded.js";

/** A pull request as the recording leaves it. */
export interface WorldPull {
  readonly repoId: number;
  readonly repoName: string;
  readonly pull: RecordedPull;
  /** Whether commits came after it was opened. */
  readonly pushed: boolean;
  /** Whether anybody was ever asked for a review. */
  readonly reviewRequested: boolean;
  /** Each as it is in the end. */
  readonly reviews: readonly RecordedReview[];
}

/** What GitHub holds at the end of a recording, as far as the recording's own payloads show it. */
export interface RecordedWorld {
  readonly pulls: readonly WorldPull[];
  runsOf(sha: string): readonly RecordedRun[];
  suitesOf(sha: string): readonly RecordedSuite[];
  statusesOf(sha: string): readonly RecordedStatus[];
}

/** Of each thing, the newest that a delivery said: by the times of GitHub, whatever the order of arrival. */
export function worldOf(deliveries: readonly Recorded[]): RecordedWorld {
  const inTime = [...deliveries].sort(byTime);
  const payloads = inTime.map(({ payload }) => payload);
  const runs = lastOf(payloads.flatMap(({ check_run }) => check_run ?? []));
  const suites = suitesIn(payloads, runs);
  const statuses = lastOf(inTime.flatMap(statusIn));
  return {
    pulls: pullsIn(payloads),
    runsOf: (sha) => runs.filter(({ head_sha }) => head_sha === sha),
    suitesOf: (sha) => suites.filter(({ head_sha }) => head_sha === sha),
    statusesOf: (sha) => statuses.filter((status) => status.sha === sha),
  };
}

export function byTime(a: Recorded, b: Recorded): number {
  if (a.delivered_at === b.delivered_at) return 0;
  return a.delivered_at < b.delivered_at ? -1 : 1;
}

function pullsIn(payloads: readonly RecordedPayload[]): readonly WorldPull[] {
  const pulls = new Map<string, WorldPull>();
  for (const { action, repository, pull_request: seen, review } of payloads) {
    if (!repository || !seen) continue;
    const key = `${repository.id}#${seen.number}`;
    const known = pulls.get(key);
    const isAsked = seen.requested_reviewers.length + seen.requested_teams.length > 0;
    pulls.set(key, {
      ...{ repoId: repository.id, repoName: repository.full_name },
      pull: known ? newerPull(known.pull, seen) : seen,
      pushed: action === "synchronize" || known?.pushed === true,
      reviewRequested: isAsked || known?.reviewRequested === true,
      reviews: lastOf([...(known?.reviews ?? []), ...(review ? [review] : [])]),
    });
  }
  return [...pulls.values()];
}

/** A review's event may have the newest of a pull request, but never all of it. */
function newerPull(known: RecordedPull, seen: RecordedPull): RecordedPull {
  const pull = seen.updated_at < known.updated_at ? { ...seen, ...known } : { ...known, ...seen };
  return { ...pull, merged: pull.merged_at !== null };
}

/** Suites are in events of their own, and in those of their runs. */
function suitesIn(payloads: readonly RecordedPayload[], runs: readonly RecordedRun[]): readonly RecordedSuite[] {
  const suites = new Map<number, RecordedSuite>();
  for (const { check_suite, check_run } of payloads) {
    const seen = check_suite ?? check_run?.check_suite;
    if (!seen) continue;
    const known = suites.get(seen.id);
    suites.set(seen.id, known ? newerSuite(known, seen) : seen);
  }
  // GitHub counts late: a suite that has just completed says of itself that it is empty.
  return [...suites.values()].map((suite) => {
    const names = new Set(runs.filter(({ check_suite }) => check_suite.id === suite.id).map(({ name }) => name));
    return { ...suite, latest_check_runs_count: Math.max(names.size, suite.latest_check_runs_count ?? 0) };
  });
}

function newerSuite(known: RecordedSuite, seen: RecordedSuite): RecordedSuite {
  const isBehind =
    seen.updated_at === known.updated_at
      ? known.status === "completed" && seen.status !== "completed"
      : seen.updated_at < known.updated_at;
  return isBehind ? { ...seen, ...known } : { ...known, ...seen };
}

function statusIn({ event, payload }: Recorded): readonly RecordedStatus[] {
  return event === "status" ? [payload as object as RecordedStatus] : [];
}

/** The last of each id. */
function lastOf<T extends { readonly id: number }>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [thing.id, thing])).values()];
}

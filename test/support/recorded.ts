import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** One real delivery, as a test run of an App recorded it. */
export interface Recorded {
  readonly run: string;
  readonly id: string;
  readonly event: string;
  /** When GitHub made it. The order of arrival, which is the file's, is another one in two runs of three. */
  readonly delivered_at: string;
  readonly payload: RecordedPayload;
}

/** When the recordings begin: as their deliveries came, what they tell of was not long ago. */
export const RECORDED_SINCE = "2018-08-24T09:00:00Z";

/** What the tests themselves read of a recorded payload; GitHub's stand-in answers with whole ones. */
export interface RecordedPayload {
  readonly action?: string;
  readonly repository?: { readonly id: number; readonly full_name: string };
  readonly pull_request?: RecordedPull;
  readonly review?: RecordedReview;
  readonly check_run?: RecordedRun;
  readonly check_suite?: RecordedSuite;
  readonly sender?: RecordedUser;
}

export interface RecordedUser {
  readonly id: number;
  readonly login: string;
  readonly type: string;
}

/** Of a review's event, it lacks `merged` and what goes with it. */
export interface RecordedPull {
  readonly number: number;
  readonly state: "open" | "closed";
  readonly merged?: boolean;
  readonly merged_at: string | null;
  readonly merged_by?: RecordedUser | null;
  readonly updated_at: string;
  readonly user: RecordedUser;
  readonly head: { readonly sha: string };
  readonly requested_reviewers: readonly object[];
  readonly requested_teams: readonly object[];
}

export interface RecordedReview {
  readonly id: number;
  readonly state: string;
  readonly commit_id: string;
  readonly submitted_at: string;
  readonly author_association: string;
  readonly user: RecordedUser;
}

interface RecordedApp {
  readonly id: number;
  /** Not in deliveries of before the summer of 2019. */
  readonly slug?: string;
}

export interface RecordedRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly started_at: string;
  readonly completed_at: string | null;
  readonly app: RecordedApp | null;
  readonly check_suite: RecordedSuite;
}

export interface RecordedSuite {
  readonly id: number;
  readonly head_sha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly updated_at: string;
  readonly app: RecordedApp | null;
  readonly latest_check_runs_count?: number;
}

export interface RecordedStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly updated_at: string;
}

/** Beside the repository, read-only: see the README there. */
const FILE = new URL("../../../shared/recorded/deliveries.jsonl.gz", import.meta.url);

export const HAS_RECORDING = existsSync(FILE);

/** The recorded deliveries in the order of arrival, by their run. */
export function recordedRuns(): ReadonlyMap<string, readonly Recorded[]> {
  const lines = gunzipSync(readFileSync(FILE)).toString("utf8").trimEnd().split("\n");
  const runs = new Map<string, Recorded[]>();
  for (const line of lines) {
    const recorded = JSON.parse(line) as Recorded;
    const run = runs.get(recorded.run);
    if (run) run.push(recorded);
    else runs.set(recorded.run, [recorded]);
  }
  return runs;
}

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** One real delivery, as a test run of an App recorded it. */
export interface Recorded {
  readonly run: string;
  readonly id: string;
  readonly event: string;
  readonly payload: RecordedPayload;
}

/** What the tests themselves read of a recorded payload. */
export interface RecordedPayload {
  readonly action?: string;
  readonly repository?: { readonly id: number };
  readonly pull_request?: { readonly number: number; readonly merged?: boolean; readonly merged_at?: string | null };
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
    runs.set(recorded.run, [...(runs.get(recorded.run) ?? []), recorded]);
  }
  return runs;
}

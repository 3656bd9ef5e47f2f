/** What the Python package `loopforge` 0.1.0 writes: an item a record, its history embedded. */
export interface PythonRecord {
  readonly record_id: string;
  readonly transitions: readonly PythonTransition[];
  readonly [field: string]: unknown;
}

export interface PythonTransition {
  readonly from_state: string | null;
  readonly to_state: string;
  readonly trigger: string;
  readonly timestamp: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const REVIEWED: readonly (readonly [state: string, trigger: string, metadata?: Record<string, unknown>])[] = [
  ["issue_created", "created"],
  ["task_queued", "worker.picked_up", { worker_id: "w-1", attempt: 1 }],
  ["pr_created", "pr.opened", { pr_number: 12 }],
  ["ci_pending", "ci.started"],
  ["ci_failed", "ci.failed", { checks: { lint: "failed", "größe 🚦": "passed" }, retries: null }],
  ["ci_pending", "ci.started"],
  ["ci_passed", "ci.passed", { seconds: 81.5, flags: ["a", { deep: { er: true } }] }],
  ["awaiting_review", "review.requested"],
  ["approved", "review.approved", { reviewer: "alice" }],
  ["merged", "pr.merged"],
  ["closed", "issue.closed"],
];

/** Times as Python's `isoformat` writes them, a minute apart, with microseconds. */
export function pythonTime(minutes: number): string {
  return new Date(Date.UTC(2025, 5, 1) + minutes * 60_000).toISOString().replace(".000Z", ".123456Z");
}

/** A record that was reviewed, merged and closed, unless told otherwise. */
export function pythonRecord(overrides: Partial<PythonRecord> = {}): PythonRecord {
  const transitions = historyOf(...REVIEWED);
  return {
    record_id: "loop-1a2b3c4d",
    ref: "acme/shop#7",
    ref_number: 7,
    repo: "acme/shop",
    pr_url: "https://github.com/acme/shop/pull/12",
    pr_number: 12,
    state: transitions.at(-1)?.to_state ?? "issue_created",
    auto_merge: true,
    ci_status: { build: "passed", lint: "failed" },
    labels: { priority: "high", größe: "l" },
    transitions,
    created_at: pythonTime(0),
    updated_at: pythonTime(transitions.length - 1),
    closed_at: pythonTime(transitions.length - 1),
    ...overrides,
  };
}

/** A record that has just begun: everything null or empty that may be. */
export function youngPythonRecord(id: string): PythonRecord {
  return pythonRecord({
    ...{ record_id: id, ref: "by hand", ref_number: null, repo: null, pr_url: null, pr_number: null },
    ...{ state: "issue_created", auto_merge: false, ci_status: {}, labels: {} },
    ...{ transitions: historyOf(["issue_created", "created"]), updated_at: pythonTime(0), closed_at: null },
  });
}

/** A record that ran into CI again and again: so many transitions. */
export function longPythonRecord(id: string, length: number): PythonRecord {
  const beginning = REVIEWED.slice(0, 4);
  const round = [["ci_failed", "ci.failed"] as const, ["ci_pending", "ci.started"] as const];
  const rounds = Array.from({ length: length - beginning.length }, (_, turn) => round[turn % 2] ?? round[0]);
  const transitions = historyOf(...beginning, ...rounds.filter((one) => one !== undefined));
  const last = transitions.at(-1);
  return pythonRecord({ record_id: id, transitions, state: last?.to_state, closed_at: null });
}

/** A minute each, from state to state. */
export function historyOf(
  ...states: readonly (readonly [state: string, trigger: string, metadata?: Record<string, unknown>])[]
): readonly PythonTransition[] {
  return states.map(([to_state, trigger, metadata = {}], place) => ({
    ...{ from_state: states[place - 1]?.[0] ?? null, to_state, trigger, timestamp: pythonTime(place), metadata },
  }));
}

/** Every measure that LoopForge keeps, in the words of Prometheus. No label is a repository, a person or a record: those have no end. */
export const METRICS = {
  transitions: counter("loopforge_transitions_total", "Transitions, by the states they led from and to", [
    "from",
    "to",
  ]),
  timeInState: histogram(
    "loopforge_time_in_state_seconds",
    "How long records were in a state before they left it",
    ["state"],
    [60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800, 2_592_000],
  ),
  exceptions: counter("loopforge_exceptions_total", "Transitions that the lifecycle does not allow, by rule", ["rule"]),
  refusals: counter("loopforge_refused_commands_total", "Commands that the lifecycle does not allow", []),
  verdicts: counter("loopforge_gate_verdicts_total", "Verdicts of gates", ["gate", "decision"]),
  hookRuns: counter("loopforge_hook_runs_total", "Runs of hooks and gates, by how they ended", ["hook", "outcome"]),
  hookSeconds: histogram(
    "loopforge_hook_duration_seconds",
    "How long hooks and gates ran, the wait for their turn included",
    ["hook"],
    [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  ),
  inboxDepth: gauge("loopforge_inbox_depth", "Deliveries that wait to be worked"),
  inboxAge: gauge("loopforge_inbox_oldest_seconds", "How long the oldest delivery has waited"),
  rateRemaining: gauge("loopforge_github_rate_remaining", "Requests that GitHub still allows in this hour"),
} as const;

export interface Counter {
  readonly type: "counter";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Histogram {
  readonly type: "histogram";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
}

export interface Gauge {
  readonly type: "gauge";
  readonly name: string;
  readonly help: string;
}

export type Labels = Readonly<Record<string, string>>;

/** Something that keeps measures: Prometheus, OpenTelemetry. */
export interface Meter {
  add(counter: Counter, labels: Labels): void;
  observe(histogram: Histogram, value: number, labels: Labels): void;
  /** The value is read when it is asked for; null where it is not known. */
  watch(gauge: Gauge, read: ReadGauge): void;
}

export type ReadGauge = () => number | null | Promise<number | null>;

function counter(name: string, help: string, labels: readonly string[]): Counter {
  return { type: "counter", name, help, labels };
}

function histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram {
  return { type: "histogram", name, help, labels, buckets };
}

function gauge(name: string, help: string): Gauge {
  return { type: "gauge", name, help };
}

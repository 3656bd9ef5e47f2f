import { LRUCache } from "lru-cache";
import { type Entry, movesState, type RecordHead, type RecordId } from "../core/index.js";
import type { EntryListener } from "../hook.js";
import { type Labels, METRICS, type Meter, type ReadGauge } from "./metric.js";
import { onceEach } from "./once-each.js";
import { openTelemetryMeter } from "./opentelemetry.js";
import { type Page, prometheusMeter } from "./prometheus.js";
import type { HookStats } from "./stats.js";

export interface MetricsOptions {
  readonly stats: HookStats;
  readonly inboxDepth?: ReadGauge;
  /** In seconds. */
  readonly inboxOldestSeconds?: ReadGauge;
  readonly rateRemaining?: ReadGauge;
  /**
   * When a record entered the state that it left with entry `seq`, for records of which this process did not see that: after a
   * start, or where several work side by side. Without it, such a time is not measured.
   */
  readonly enteredAt?: (recordId: RecordId, seq: number) => Promise<string | null>;
}

export interface Metrics {
  readonly listen: EntryListener;
  /** What `/metrics` answers. */
  page(): Promise<Page>;
}

/** Records of which it is remembered how far they were heard and when they moved, so that the next move tells how long that lasted. */
const REMEMBERED = 20_000;
/** Values that one label may have; what comes after those is "other". */
const MAX_VALUES = 100;

/** Keeps measures of all that is recorded and of all that runs, for Prometheus and for OpenTelemetry. */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const prometheus = prometheusMeter();
  const telemetry = await openTelemetryMeter();
  const meters: readonly Meter[] = telemetry ? [prometheus, telemetry] : [prometheus];
  const { add, observe } = bounded(meters);
  const heard = new LRUCache<RecordId, { readonly seq: number; readonly movedAt: string | null }>({ max: REMEMBERED });

  const { inboxDepth, inboxOldestSeconds, rateRemaining } = options;
  for (const meter of meters) {
    if (inboxDepth) meter.watch(METRICS.inboxDepth, unlessItFails(inboxDepth));
    if (inboxOldestSeconds) meter.watch(METRICS.inboxAge, unlessItFails(inboxOldestSeconds));
    if (rateRemaining) meter.watch(METRICS.rateRemaining, unlessItFails(rateRemaining));
  }
  options.stats.onRun(({ hook, outcome, durationMs }) => {
    add(METRICS.hookRuns, { hook, outcome });
    observe(METRICS.hookSeconds, durationMs / 1000, { hook });
  });

  const enteredAt = unlessItFails(options.enteredAt ?? (() => null));
  const moved = async (entry: Entry) => {
    const { recordId, seq, fromState, toState } = entry;
    const before = heard.get(recordId);
    // What lies between was heard by another process, and may have been a move.
    const known = before?.seq === seq - 1 ? before.movedAt : null;
    const entered = known ?? (await enteredAt(recordId, seq));
    add(METRICS.transitions, { from: fromState ?? "", to: toState ?? "" });
    if (entered === null || fromState === null) return;
    const seconds = (Date.parse(happenedAt(entry)) - Date.parse(entered)) / 1000;
    if (seconds >= 0) observe(METRICS.timeInState, seconds, { state: fromState });
  };
  const count = async (entry: Entry): Promise<void> => {
    const { kind, metadata } = entry;
    switch (kind) {
      case "transition":
        return moved(entry);
      case "exception":
        add(METRICS.exceptions, { rule: textOf(metadata.rule) });
        return moved(entry);
      case "rejected":
        return add(METRICS.refusals, {});
      case "verdict":
        return add(METRICS.verdicts, { gate: textOf(metadata.gate), decision: textOf(metadata.decision) });
      case "created":
      case "note":
      case "justified":
      case "corrected":
      case "erased":
      case "deleted":
        return;
    }
  };
  return {
    listen: onceEach(async (_head: RecordHead, entries) => {
      for (const entry of entries) {
        await count(entry);
        const { recordId, seq } = entry;
        const before = heard.get(recordId);
        const unmoved = before?.seq === seq - 1 ? before.movedAt : null;
        heard.set(recordId, { seq, movedAt: movesState(entry) ? happenedAt(entry) : unmoved });
      }
    }),
    page: () => prometheus.page(),
  };
}

/** By GitHub's clock: what is worked late, or filled in years later, lasted as long as it did. */
function happenedAt({ occurredAt, timestamp }: Entry): string {
  return occurredAt ?? timestamp;
}

/** A measure is not worth a failure, and one that cannot be read must not take the whole page with it. */
function unlessItFails<Value, Args extends readonly unknown[]>(read: (...args: Args) => Value | Promise<Value>) {
  return async (...args: Args): Promise<Value | null> => {
    try {
      return await read(...args);
    } catch {
      return null;
    }
  };
}

/** All meters at once. Labels are states, rules and names, of which there are few; that stays so whatever somebody writes. */
function bounded(meters: readonly Meter[]) {
  const seen = new Map<string, Set<string>>();
  const few = (metric: { readonly name: string }, labels: Labels): Labels => {
    const kept = Object.entries(labels).map(([label, value]) => {
      const values = seen.get(`${metric.name} ${label}`) ?? new Set();
      seen.set(`${metric.name} ${label}`, values);
      if (values.size < MAX_VALUES) values.add(value);
      return [label, values.has(value) ? value : "other"] as const;
    });
    return Object.fromEntries(kept);
  };
  return {
    add(counter: Parameters<Meter["add"]>[0], labels: Labels) {
      const kept = few(counter, labels);
      for (const meter of meters) meter.add(counter, kept);
    },
    observe(histogram: Parameters<Meter["observe"]>[0], value: number, labels: Labels) {
      const kept = few(histogram, labels);
      for (const meter of meters) meter.observe(histogram, value, kept);
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 100) : "unknown";
}

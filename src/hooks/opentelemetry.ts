import type * as Api from "@opentelemetry/api";
import type { Counter, Histogram, Meter } from "./metric.js";

/**
 * The same measures through OpenTelemetry, if its API is there: to whatever meter provider the process registered before, and to
 * nobody where none was. Null without the package, which is optional.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/api/
 */
export async function openTelemetryMeter(): Promise<Meter | null> {
  const api = await load();
  if (!api) return null;
  const meter = api.metrics.getMeter("loopforge");
  const counters = remembered(({ name, help }: Counter) => meter.createCounter(bare(name), { description: help }));
  const histograms = remembered(({ name, help, buckets }: Histogram) =>
    meter.createHistogram(bare(name), {
      description: help,
      unit: "s",
      advice: { explicitBucketBoundaries: [...buckets] },
    }),
  );
  return {
    add: (counter, labels) => counters(counter).add(1, labels),
    observe: (histogram, value, labels) => histograms(histogram).record(value, labels),
    watch({ name, help }, read) {
      const options = { description: help, ...(name.endsWith("_seconds") ? { unit: "s" } : {}) };
      meter.createObservableGauge(bare(name), options).addCallback(async (result) => {
        const value = await read();
        if (value !== null) result.observe(value);
      });
    },
  };
}

async function load(): Promise<typeof Api | null> {
  try {
    return await import("@opentelemetry/api");
  } catch {
    return null;
  }
}

/** OpenTelemetry says what is counted and in what unit apart from the name, and its exporters add both to it. */
function bare(name: string): string {
  return name.replace(/_(total|seconds)$/, "").replaceAll("loopforge_", "loopforge.");
}

function remembered<M extends { readonly name: string }, Instrument>(make: (metric: M) => Instrument) {
  const made = new Map<string, Instrument>();
  return (metric: M): Instrument => {
    const instrument = made.get(metric.name) ?? make(metric);
    made.set(metric.name, instrument);
    return instrument;
  };
}

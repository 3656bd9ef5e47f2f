import * as client from "prom-client";
import { METRICS, type Meter } from "./metric.js";

/** `/metrics` as Prometheus reads it. */
export interface Page {
  readonly contentType: string;
  readonly body: string;
}

export interface PrometheusMeter extends Meter {
  page(): Promise<Page>;
}

/** Measures in a registry of their own: two servers in one process do not share them. */
export function prometheusMeter(): PrometheusMeter {
  const registry = new client.Registry();
  const registers = [registry];
  const counters = new Map<string, client.Counter>();
  const histograms = new Map<string, client.Histogram>();
  // Made at once, so that a measure that has not moved yet is not missing.
  for (const metric of Object.values(METRICS)) {
    const { type, name, help } = metric;
    if (type === "counter") {
      counters.set(name, new client.Counter({ name, help, registers, labelNames: [...metric.labels] }));
    } else if (type === "histogram") {
      const { labels, buckets } = metric;
      const options = { name, help, registers, labelNames: [...labels], buckets: [...buckets] };
      histograms.set(name, new client.Histogram(options));
    }
  }
  return {
    add: ({ name }, labels) => counters.get(name)?.inc({ ...labels }),
    observe: ({ name }, value, labels) => histograms.get(name)?.observe({ ...labels }, value),
    watch({ name, help }, read) {
      new client.Gauge({
        ...{ name, help, registers },
        // No label, yet a value that is not known has to be absent rather than 0: `reset` would make it 0.
        async collect() {
          const value = await read();
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    },
    page: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

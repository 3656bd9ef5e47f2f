import { Hono } from "hono";
import type { Logger } from "pino";
import type { Metrics } from "../hooks/metrics.js";
import type { Inbox } from "../inbox/inbox.js";
import type { LoopStore } from "../store/repository.js";
import type { ServerConfig } from "./config.js";
import { healthRoutes, inboxProbe, storeProbe } from "./health.js";

export interface WebOptions {
  readonly store: LoopStore;
  readonly inbox: Inbox;
  readonly metrics: Metrics;
  readonly clock: () => Date;
  readonly log: Logger;
  readonly config: Pick<ServerConfig, "inboxLimit">;
}

/** All that the server answers beside GitHub's deliveries. */
export function createWeb({ store, inbox, metrics, clock, log, config }: WebOptions): Hono {
  const web = new Hono();
  const probes = { store: storeProbe(store), inbox: inboxProbe(inbox, { clock, maxWaiting: config.inboxLimit }) };
  web.route("/", healthRoutes({ probes, log }));
  web.get("/metrics", async (context) => {
    const { body, contentType } = await metrics.page();
    return context.body(body, 200, { "content-type": contentType });
  });
  web.get("/", (context) => context.text("LoopForge is running. GitHub delivers to /api/github/webhooks.\n"));
  return web;
}

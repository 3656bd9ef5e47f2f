import { Hono } from "hono";
import type { Inbox } from "../inbox/inbox.js";
import { DEFAULT_MAX_WAITING } from "../inbox/inbox.js";
import type { LoopStore } from "../store/repository.js";

/** Resolves when a part does its work; rejects with what is the matter. */
export type Probe = () => Promise<void>;

export interface HealthOptions {
  /** By the name that the answer calls it. */
  readonly probes: Readonly<Record<string, Probe>>;
  readonly log: { warn(details: object, message: string): void };
  /** A part that has not answered within so many milliseconds is not ready; 5,000 by default. */
  readonly timeoutMs?: number;
}

type Part = "ok" | "not ready";

/**
 * `GET /healthz`: the process is alive. `GET /readyz`: it can take deliveries in and work them; otherwise 503, with the part that is in
 * the way. Why that is so is in the log: anybody may ask.
 */
export function healthRoutes({ probes, log, timeoutMs = 5000 }: HealthOptions): Hono {
  const web = new Hono();
  const ask = async ([name, probe]: readonly [string, Probe]): Promise<readonly [string, Part]> => {
    try {
      await within(timeoutMs, probe);
      return [name, "ok"];
    } catch (error) {
      log.warn({ err: error, part: name }, "Not ready");
      return [name, "not ready"];
    }
  };
  let asking: Promise<Readonly<Record<string, Part>>> | null = null;
  /** Whoever asks meanwhile gets the same answer: many who ask are no more work for the store than one. */
  const parts = () => {
    asking ??= Promise.all(Object.entries(probes).map(ask))
      .then((all) => Object.fromEntries(all))
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  web.get("/healthz", (context) => context.json({ status: "ok" }));
  web.get("/readyz", async (context) => {
    const found = await parts();
    const isReady = Object.values(found).every((part) => part === "ok");
    return context.json({ status: isReady ? "ready" : "not ready", parts: found }, isReady ? 200 : 503);
  });
  return web;
}

/** Whether the store answers. */
export function storeProbe(store: Pick<LoopStore, "items">): Probe {
  return async () => {
    await store.items.get("health", "readyz");
  };
}

/** Whether the inbox answers, and would take another delivery. */
export function inboxProbe(
  inbox: Pick<Inbox, "stats">,
  { clock, maxWaiting = DEFAULT_MAX_WAITING }: { readonly clock: () => Date; readonly maxWaiting?: number },
): Probe {
  return async () => {
    const { waiting, leased } = await inbox.stats(clock());
    if (waiting + leased >= maxWaiting)
      throw new Error(`${waiting + leased} deliveries are unfinished: the inbox is full`);
  };
}

async function within(ms: number, probe: Probe): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${ms / 1000} s`)), ms);
  });
  try {
    await Promise.race([probe(), late]);
  } finally {
    clearTimeout(timer);
  }
}

import { Hono } from "hono";
import type { Inbox } from "../inbox/inbox.js";
import { DEFAULT_MAX_WAITING } from "../inbox/inbox.js";
import type { LoopStore } from "../store/repository.js";
import { type Breakage, StorageBroken } from "../store/storage-broken.js";

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

interface Asked {
  readonly part: Part;
  /** Why, where anybody may know, and only a new start of the process helps. */
  readonly reason?: Breakage;
}

/**
 * `GET /healthz`: the process is alive. `GET /readyz`: it can take deliveries in and work them; otherwise 503, with the part that is in
 * the way. Why that is so is in the log: anybody may ask. Only that a part is broken for good is said here too.
 */
export function healthRoutes({ probes, log, timeoutMs = 5000 }: HealthOptions): Hono {
  const web = new Hono();
  const ask = async ([name, probe]: readonly [string, Probe]): Promise<readonly [string, Asked]> => {
    try {
      await within(timeoutMs, probe);
      return [name, { part: "ok" }];
    } catch (error) {
      log.warn({ err: error, part: name }, "Not ready");
      return [name, { part: "not ready", ...(error instanceof StorageBroken ? { reason: error.reason } : {}) }];
    }
  };
  let asking: Promise<readonly (readonly [string, Asked])[]> | null = null;
  /** Whoever asks meanwhile gets the same answer: many who ask are no more work for the store than one. */
  const ofParts = () => {
    asking ??= Promise.all(Object.entries(probes).map(ask)).finally(() => {
      asking = null;
    });
    return asking;
  };

  web.get("/healthz", (context) => context.json({ status: "ok" }));
  web.get("/readyz", async (context) => {
    const found = await ofParts();
    const isReady = found.every(([, { part }]) => part === "ok");
    const parts = Object.fromEntries(found.map(([name, { part }]) => [name, part]));
    const broken = found.flatMap(([name, { reason }]) => (reason ? [[name, reason] as const] : []));
    const reasons = broken.length > 0 ? { reasons: Object.fromEntries(broken) } : {};
    return context.json({ status: isReady ? "ready" : "not ready", parts, ...reasons }, isReady ? 200 : 503);
  });
  return web;
}

/** Whether the store answers, and keeps what is written. */
export function storeProbe(store: Pick<LoopStore, "items" | "check">): Probe {
  return async () => {
    await store.check?.();
    await store.items.get("health", "readyz");
  };
}

/** Whether the inbox answers, keeps what is put, and would take another delivery. */
export function inboxProbe(
  inbox: Pick<Inbox, "stats" | "check">,
  { clock, maxWaiting = DEFAULT_MAX_WAITING }: { readonly clock: () => Date; readonly maxWaiting?: number },
): Probe {
  return async () => {
    await inbox.check?.();
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

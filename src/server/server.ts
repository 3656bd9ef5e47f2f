import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { LoopForgeError } from "../core/index.js";
import { type AppOctokit, createAppOctokit } from "../github/client/app-octokit.js";
import type { Fetch } from "../github/client/checked-fetch.js";
import { Writes } from "../github/client/writes.js";
import { SUBSCRIBED } from "../github/events.js";
import type { TransitionHook } from "../hook.js";
import type { Operator } from "../hooks/operator/operator.js";
import { HookStats } from "../hooks/stats.js";
import type { Inbox } from "../inbox/inbox.js";
import { openInbox } from "../inbox/open.js";
import { createWorker } from "../inbox/worker.js";
import type { Disk } from "../store/disk.js";
import { openStore } from "../store/open.js";
import type { LoopStore } from "../store/repository.js";
import type { StorageBroken } from "../store/storage-broken.js";
import { assemble, type LoginOf, loginsIn } from "./assemble.js";
import type { ServerConfig } from "./config.js";
import { createGithubFetch } from "./github-fetch.js";
import { createIngest, type Ingest, WEBHOOK_PATH } from "./ingest.js";
import { ingestOverHttp } from "./ingest-http.js";
import { startJobs } from "./jobs.js";
import { serverMetrics } from "./measures.js";
import { watchStorage } from "./storage-watch.js";
import { upkeep } from "./upkeep.js";
import { createWeb } from "./web.js";
import { createWork, SETTLE_MS } from "./work.js";

export interface ServerOptions {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly hooks?: readonly TransitionHook[];
  /** Loads what the operator configured to run beside it; who a pseudonym is, the server can say. */
  readonly loadOperator?: (loginOf: LoginOf) => Promise<Operator>;
  /** How the runs of the operator's hooks and gates ended. */
  readonly stats?: HookStats;
  readonly clock?: () => Date;
  /** For how long something takes, in milliseconds: a clock that nobody can set. `performance.now` by default. */
  readonly monotonic?: () => number;
  /** SQLite's way to the disk; the system's own by default. */
  readonly disk?: Disk;
  /**
   * GitHub asks that an App's writes are a second apart, and they are. A stand-in for GitHub needs no such care.
   * @see https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
   */
  readonly throttle?: boolean;
}

export interface RunningServer {
  readonly url: string;
  readonly webhookUrl: string;
  readonly store: LoopStore;
  readonly inbox: Inbox;
  /** Resolves when nothing can be kept any more whatever is tried: the process is to be ended, and started anew. */
  readonly broken: Promise<StorageBroken>;
  /** Resolves when every delivery that is due has been worked. */
  idle(): Promise<void>;
  /** Answers nothing more, ends what it works on, closes its files. */
  stop(): Promise<void>;
}

/** How long a stop waits for deliveries that are being worked, in milliseconds. */
const GRACE_MS = 10_000;

/**
 * Runs the App on one machine: ingest, the inbox's worker, and Probot's handlers. Goes on where the last process stopped.
 * @throws LoopForgeError when a file cannot be opened or the port cannot be had
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, clock = () => new Date(), stats = new HookStats() } = options;
  const { monotonic = () => performance.now() } = options;
  const disk = options.disk ? { disk: options.disk } : {};
  const store = await openStore(config.store, { clock, ...disk });
  for (const warning of store.warnings ?? []) log.warn(warning);
  const inbox = await openInbox(config.inbox, { maxWaiting: config.inboxLimit, clock, monotonic, ...disk });
  await inbox.releaseAll();

  let rateRemaining: number | null = null;
  const githubFetch = createGithubFetch((remaining) => {
    rateRemaining = remaining;
  });
  const operator = await options.loadOperator?.(loginsIn(store));
  const metrics = await serverMetrics({ stats, store, inbox, clock, rateRemaining: () => rateRemaining });
  const beside = { hooks: options.hooks ?? [], operator, listeners: [metrics.listen] };
  const parts = assemble({ config, store, clock, log, ...beside });
  const { throttle = true } = options;
  const writes = throttle ? new Writes({ clock: () => new Date(), monotonic, sleep }) : null;
  const github = appOctokit(options, githubFetch);
  const handle = await createWork({
    ...{ config, parts, github, fetch: githubFetch, writes, inbox, clock, log },
    settle: () => (throttle ? sleep(SETTLE_MS) : Promise.resolve()),
    onKept: () => worker.wake(),
  });

  // An answer that comes late is a failure at GitHub; work that comes late is not.
  let answering = 0;
  const worker = createWorker({
    ...{ inbox, handle, clock, monotonic, log, isBusy: () => answering > 0 },
  });
  const take = createIngest({
    ...{ inbox, clock, monotonic, log, webhookSecret: config.webhookSecret },
    ...(config.previousWebhookSecret === null ? {} : { previousSecret: config.previousWebhookSecret }),
    isSubscribed: (event) => SUBSCRIBED.has(event),
    onStored: () => worker.wake(),
  });
  // Only once the body is there: whoever sends one slowly, or never, holds no work up.
  const ingest: Ingest = async (delivery) => {
    answering += 1;
    try {
      return await take(delivery);
    } finally {
      answering -= 1;
      if (answering === 0) worker.wake();
    }
  };
  const answer = getRequestListener(createWeb({ store, inbox, metrics, clock, log, config }).fetch);
  const http = createServer((request, response) => {
    const isDelivery = request.method === "POST" && request.url === WEBHOOK_PATH;
    void (isDelivery ? ingestOverHttp(ingest, request, response) : answer(request, response));
  });
  const url = await listen(http, config);
  worker.start();
  const watch = watchStorage({ parts: { store, inbox }, timers: globalThis, log });
  const jobs = startJobs({
    jobs: upkeep({ parts, github, inbox, clock, log }),
    items: store.items,
    clock,
    timers: globalThis,
    log,
  });
  log.info({ url, webhooks: WEBHOOK_PATH, github: config.githubUrl }, "LoopForge is listening");

  const stop = async () => {
    watch.stop();
    http.closeIdleConnections();
    http.close();
    await Promise.all([worker.stop(GRACE_MS), within(GRACE_MS, jobs.stop())]);
    http.closeAllConnections();
    await operator?.close();
    await inbox.close();
    await store.close();
  };
  return { url, webhookUrl: url + WEBHOOK_PATH, store, inbox, broken: watch.broken, idle: () => worker.idle(), stop };
}

function appOctokit({ config, log, throttle = true }: ServerOptions, fetch: Fetch): AppOctokit {
  const { appId, privateKey, githubUrl: baseUrl } = config;
  return createAppOctokit({ appId, privateKey, baseUrl, log, fetch, patient: throttle });
}

/** Resolves when it has ended, or the time is up. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

async function listen(http: HttpServer, { host, port }: ServerConfig): Promise<string> {
  http.listen(port, host);
  try {
    await once(http, "listening");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LoopForgeError("usage", `Cannot listen on ${host}:${port}: ${why}. Set HOST and PORT`, { cause: error });
  }
  const address = http.address();
  const actual = typeof address === "object" && address ? address.port : port;
  return `http://${host.includes(":") ? `[${host}]` : host}:${actual}`;
}

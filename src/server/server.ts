import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { LoopForgeError } from "../core/index.js";
import { createApp } from "../github/app.js";
import { SUBSCRIBED } from "../github/observe/index.js";
import { createParts } from "../github/parts.js";
import { rememberHash } from "../github/payload-hash.js";
import type { EntryListener, TransitionHook } from "../hook.js";
import type { Claim, Inbox } from "../inbox/inbox.js";
import { openInbox } from "../inbox/open.js";
import { createWorker } from "../inbox/worker.js";
import { openStore } from "../store/open.js";
import type { LoopStore } from "../store/repository.js";
import type { ServerConfig } from "./config.js";
import { createGithubFetch } from "./github-fetch.js";
import { createIngest, WEBHOOK_PATH } from "./ingest.js";
import { ingestOverHttp } from "./ingest-http.js";

export interface ServerOptions {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly hooks?: readonly TransitionHook[];
  readonly listeners?: readonly EntryListener[];
  readonly clock?: () => Date;
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
  const { config, log, clock = () => new Date() } = options;
  const store = await openStore(config.store, { clock });
  for (const warning of store.warnings ?? []) log.warn(warning);
  const inbox = await openInbox(config.inbox);
  await inbox.releaseAll();

  const probot = createProbot(options);
  const { hooks = [], listeners = [] } = options;
  const defaults = { queue: { labels: [config.queueLabel] } };
  const parts = createParts({ store, hooks, listeners, defaults, clock, appId: config.appId, logger: log });
  await probot.load(createApp(parts));

  // An answer that comes late is a failure at GitHub; work that comes late is not.
  let answering = 0;
  const worker = createWorker({
    ...{ inbox, clock, log, isBusy: () => answering > 0 },
    handle: (claim) => probot.receive(eventOf(claim)),
  });
  const ingest = createIngest({
    ...{ inbox, clock, log, webhookSecret: config.webhookSecret },
    isSubscribed: (event) => SUBSCRIBED.has(event),
    onStored: () => worker.wake(),
  });
  const web = new Hono();
  web.get("/healthz", (c) => c.json({ status: "ok" }));
  web.get("/", (c) => c.text("LoopForge is running. GitHub delivers to /api/github/webhooks.\n"));

  const answer = getRequestListener(web.fetch);
  const http = createServer((request, response) => {
    answering += 1;
    response.once("close", () => {
      answering -= 1;
      if (answering === 0) worker.wake();
    });
    const isDelivery = request.method === "POST" && request.url === WEBHOOK_PATH;
    void (isDelivery ? ingestOverHttp(ingest, request, response) : answer(request, response));
  });
  const url = await listen(http, config);
  worker.start();
  log.info({ url, webhooks: WEBHOOK_PATH, github: config.githubUrl }, "LoopForge is listening");

  const stop = async () => {
    http.closeIdleConnections();
    http.close();
    await worker.stop(GRACE_MS);
    http.closeAllConnections();
    await inbox.close();
    await store.close();
  };
  return { url, webhookUrl: url + WEBHOOK_PATH, store, inbox, idle: () => worker.idle(), stop };
}

function createProbot({ config, log, throttle = true }: ServerOptions): Probot {
  // Only the function form of `defaults` reaches the throttling plugin.
  const Octokit = throttle
    ? ProbotOctokit
    : ProbotOctokit.defaults((options: object) => ({ ...options, throttle: { enabled: false } }));
  return new Probot({
    appId: config.appId,
    privateKey: config.privateKey,
    secret: config.webhookSecret,
    baseUrl: config.githubUrl,
    log,
    Octokit: Octokit as typeof ProbotOctokit,
    request: { fetch: createGithubFetch() },
  });
}

function eventOf(claim: Claim): Parameters<Probot["receive"]>[0] {
  const payload = JSON.parse(claim.body) as object;
  rememberHash(payload, claim.payloadSha256);
  return { id: claim.guid, name: claim.event, payload } as Parameters<Probot["receive"]>[0];
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

import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { createApp } from "../../src/github/app.js";
import { type Finding, reconcile } from "../../src/github/catch-up/reconcile.js";
import { checkedFetch } from "../../src/github/client/checked-fetch.js";
import { reliable } from "../../src/github/client/reliable.js";
import { withRequestSignal } from "../../src/github/client/request-signal.js";
import { createParts } from "../../src/github/parts.js";
import { rememberReceipt } from "../../src/github/receipt.js";
import type { Claim, Inbox } from "../../src/inbox/inbox.js";
import { createWorker, type Worker } from "../../src/inbox/worker.js";
import type { Sandbox } from "../../src/sandbox/index.js";
import { keepIn, withReportJobs } from "../../src/server/report-jobs.js";
import type { LoopStore } from "../../src/store/repository.js";
import { faultyGithub } from "./faulty-github.js";
import { faultyInbox } from "./faulty-inbox.js";
import { faultyStore } from "./faulty-store.js";
import type { Luck } from "./luck.js";
import type { SimulatorOptions } from "./options.js";
import type { SimTime } from "./sim-time.js";
import type { Turns } from "./turns.js";

/** What outlives a process. */
export interface Surroundings {
  readonly sandbox: Sandbox;
  readonly store: LoopStore;
  readonly inbox: Inbox;
  readonly time: SimTime;
  readonly turns: Turns;
  readonly luck: Luck;
  readonly options: SimulatorOptions;
  readonly installation: number;
  readonly log: Logger;
  /** Told of each delivery that has been worked. */
  readonly onDone: (guid: string) => void;
}

/** One process of the App: all that it knows is gone when it ends. */
export interface AppProcess {
  /** Says that something was put into the inbox. */
  wake(): void;
  /** Compares everything with GitHub, as an operator has it done. */
  reconcile(): Promise<readonly Finding[]>;
  /** Ends it, whatever it is doing. */
  crash(): Promise<void>;
}

/** How often a worker looks by itself, in milliseconds: seldom, for nobody else puts anything into this inbox. */
const POLL_MS = 3_600_000;

export async function startProcess(around: Surroundings): Promise<AppProcess> {
  const { sandbox, time, turns, luck, options, installation, log } = around;
  const owner = {};
  const reached = { owner, turns, luck };
  const { clock } = time;
  const store = faultyStore(around.store, reached, options.store);
  const inbox = faultyInbox(around.inbox, reached, { faults: options.inbox, onDone: around.onDone });
  const parts = createParts({ store, appId: sandbox.app.id, clock, logger: log });
  const fetch = faultyGithub(sandbox, reached, options.github);
  const probot = probotOf(sandbox, fetch, log);
  await probot.load(createApp(parts));
  await signIn(probot, around);
  const octokitFor = () => probot.auth(installation);

  const receive = async ({ guid, event, body, payloadSha256, receivedAt }: Claim): Promise<void> => {
    const payload = JSON.parse(body) as object;
    rememberReceipt(payload, { payloadSha256, receivedAt: new Date(receivedAt) });
    await probot.receive({ id: guid, name: event, payload } as Parameters<Probot["receive"]>[0]);
  };
  parts.conclusions.leaveTo(keepIn(inbox, clock, () => worker.wake()));
  const work = withReportJobs(receive, { conclusions: parts.conclusions, octokitFor, settle: async () => {} });
  // Where one process at a time has the inbox, what the last one held is free when the next begins.
  await around.inbox.releaseAll();
  const worker: Worker = createWorker({
    ...{ inbox, clock, log, timers: time.timersOf(owner), monotonic: time.monotonic },
    handle: (claim, signal) => withRequestSignal(signal, () => work(claim)),
    random: () => luck.next(),
    concurrency: options.concurrency,
    pollMs: POLL_MS,
  });
  worker.start();
  return {
    wake: () => worker.wake(),
    reconcile: () => all(reconcile({ parts, octokitFor, clock })),
    crash: async () => {
      time.forget(owner);
      await turns.end(owner);
    },
  };
}

/** Without waits: what failed is the inbox's to try again. */
function probotOf(sandbox: Sandbox, fetch: typeof globalThis.fetch, log: Logger): Probot {
  const impatient = (given: object) => ({ ...given, throttle: { enabled: false }, retry: { enabled: false } });
  const Octokit = ProbotOctokit.plugin(reliable).defaults(impatient) as typeof ProbotOctokit;
  const { id: appId, privateKey, webhookSecret: secret } = sandbox.app;
  return new Probot({ appId, privateKey, secret, Octokit, log, request: { fetch: checkedFetch(fetch) } });
}

/** Signing takes another thread, and so a time of its own: it is over before anything that counts begins. */
async function signIn(probot: Probot, { turns, installation, luck }: Surroundings): Promise<void> {
  const wereOver = luck.areFaultsOver;
  luck.areFaultsOver = true;
  const octokit = await probot.auth(installation);
  let isSignedIn = false;
  const asked = octokit.request("GET /rate_limit").then(() => {
    isSignedIn = true;
  });
  while (!isSignedIn) await turns.work(1);
  await asked;
  luck.areFaultsOver = wereOver;
}

async function all<T>(found: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const one of found) list.push(one);
  return list;
}

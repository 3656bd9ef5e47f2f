import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { createApp } from "../../src/github/app.js";
import { type AppOctokit, createAppOctokit } from "../../src/github/client/app-octokit.js";
import { checkedFetch } from "../../src/github/client/checked-fetch.js";
import { reliable } from "../../src/github/client/reliable.js";
import { type AppOptions, type AppParts, createParts } from "../../src/github/parts.js";
import {
  createSandbox,
  type Delivery,
  type PullRequest,
  type Sandbox,
  type SandboxOptions,
} from "../../src/sandbox/index.js";
import type { Scenario } from "../../src/sandbox/scenarios/index.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { TEST_KEY } from "./keys.js";
import { collectedLog } from "./log.js";
import { type Outcome, outcomesOf, play } from "./scenarios.js";

/**
 * The application function under Probot, and the sandbox as its GitHub, in one process and without a network: for tests that play a
 * scenario hundreds of times.
 */
export interface InProcess {
  readonly sandbox: Sandbox;
  readonly store: MemoryRepository;
  /** The time of both. */
  readonly clock: ReturnType<typeof testClock>;
  readonly log: readonly string[];
  /** For what the App does outside of a delivery. */
  readonly parts: AppParts;
  /** Works one delivery to its end. Rejects when the App fails at it. */
  receive(delivery: Pick<Delivery, "guid" | "event" | "body">): Promise<void>;
  /** Works all that GitHub has not sent yet, in order, until the two have nothing more to tell each other. */
  receiveAll(): Promise<void>;
  outcomes(pull: PullRequest): Promise<readonly Outcome[]>;
}

export interface InProcessOptions {
  readonly sandbox?: Partial<SandboxOptions>;
  readonly app?: Partial<AppOptions>;
  /** How long an answer may take; as long as the App itself says by default. */
  readonly timeoutMs?: number;
}

const APP_ID = 4711;

export function givenInProcess(options: InProcessOptions = {}): InProcess {
  const clock = testClock();
  const sandbox = createSandbox({
    clock,
    authClock: () => new Date(),
    guid: countingGuid(),
    deliveryGuids: "timed",
    app: { id: APP_ID, slug: "loopforge", name: "LoopForge", webhookSecret: "unused", privateKey: TEST_KEY },
    ...options.sandbox,
  });
  const store = new MemoryRepository({ clock });
  const { log, lines } = collectedLog();
  const parts = createParts({ store, appId: APP_ID, clock, logger: log, ...options.app });
  const probot = probotOf(sandbox, log, options);
  const loaded = probot.load(createApp(parts));

  const receive: InProcess["receive"] = async ({ guid, event, body }) => {
    await loaded;
    const payload: unknown = JSON.parse(body);
    await probot.receive({ id: guid, name: event, payload } as Parameters<Probot["receive"]>[0]);
  };
  const receiveAll = async (): Promise<void> => {
    for (let pending = sandbox.takePending(); pending.length > 0; pending = sandbox.takePending()) {
      for (const delivery of pending) await receive(delivery);
    }
  };
  const outcomes = (pull: PullRequest) => outcomesOf(store, pull);
  return { sandbox, store, clock, log: lines, parts, receive, receiveAll, outcomes };
}

function probotOf(sandbox: Sandbox, log: Logger, { timeoutMs }: InProcessOptions): Probot {
  const impatient = (given: object) => ({ ...given, throttle: { enabled: false }, retry: { enabled: false } });
  const Octokit = ProbotOctokit.plugin(reliable).defaults(impatient) as typeof ProbotOctokit;
  const { id: appId, privateKey, webhookSecret: secret } = sandbox.app;
  const fetch = checkedFetch(fetchFrom(sandbox), timeoutMs === undefined ? {} : { timeoutMs });
  return new Probot({ appId, privateKey, secret, Octokit, log, request: { fetch } });
}

/** GitHub outside of a delivery, as the App itself. */
export function outsideOf(sandbox: Sandbox): AppOctokit {
  const { id: appId, privateKey } = sandbox.app;
  const { log } = collectedLog();
  return createAppOctokit({
    appId,
    privateKey,
    baseUrl: "https://api.github.com",
    log,
    fetch: fetchFrom(sandbox),
    patient: false,
  });
}

function fetchFrom(sandbox: Sandbox): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await sandbox.fetch(request);
    // An answer that came over no network does not know its address, which Octokit reads to find the next page.
    return Object.defineProperty(response, "url", { value: request.url });
  };
}

/** Plays a scenario to its end at GitHub, which tells nobody: the deliveries are handed over. */
export async function givenPlayed(
  scenario: Scenario,
  options: InProcessOptions = {},
): Promise<InProcess & { readonly pull: PullRequest; readonly deliveries: readonly Delivery[] }> {
  const app = givenInProcess(options);
  const pull = await play(app, scenario);
  return { ...app, pull, deliveries: app.sandbox.takePending() };
}

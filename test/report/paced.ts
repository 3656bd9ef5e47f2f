import { type ProbotOctokit as Client, Probot } from "probot";
import { createApp } from "../../src/github/app.js";
import { pacedOctokit } from "../../src/github/client/paced-octokit.js";
import { Writes } from "../../src/github/client/writes.js";
import { type AppParts, createParts } from "../../src/github/parts.js";
import { createSandbox, type Delivery, type Sandbox } from "../../src/sandbox/index.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { TEST_KEY } from "../support/keys.js";
import { collectedLog } from "../support/log.js";

/** A request that changed something at GitHub, or was to, and when, in milliseconds since 1970. */
export interface Write {
  readonly route: string;
  readonly at: number;
  readonly status: number;
}

/** The App with its own care for GitHub's limits, and the sandbox as its GitHub. Time passes when somebody sleeps, and at once. */
export interface Paced {
  readonly sandbox: Sandbox;
  readonly store: MemoryRepository;
  readonly parts: AppParts;
  readonly clock: ReturnType<typeof testClock>;
  readonly writes: readonly Write[];
  readonly log: readonly string[];
  receive(delivery: Delivery): Promise<void>;
  receiveAll(): Promise<void>;
  /** GitHub as the App's installation asks it, outside of a delivery. */
  installation(): Promise<InstanceType<typeof Client>>;
  /** What GitHub answers to the next writes instead of doing them, in turn; null does it. */
  answer(...answers: readonly (Answer | null)[]): void;
}

/** `done`: GitHub did what it was asked, and says that it failed. */
export interface Answer {
  readonly status: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly done?: boolean;
}

const APP_ID = 4711;

export function givenPaced({ held }: { readonly held?: Promise<void> } = {}): Paced {
  const clock = testClock();
  const sandbox = createSandbox({
    ...{ clock, authClock: () => new Date(), guid: countingGuid() },
    app: { id: APP_ID, slug: "loopforge", name: "LoopForge", webhookSecret: "unused", privateKey: TEST_KEY },
  });
  const writes: Write[] = [];
  const script: (Answer | null)[] = [];
  sandbox.faults = async (context, next) => {
    const { method, path } = context.req;
    if (method === "GET" || path === "/graphql" || path.endsWith("/access_tokens")) return next();
    await held;
    const answer = script.shift() ?? null;
    const at = clock().getTime();
    if (!answer || answer.done) await next();
    const status = answer?.status ?? context.res.status;
    writes.push({ route: `${method} ${path}`, at, status });
    if (answer) {
      const { headers = {}, message = "Bad Gateway" } = answer;
      context.res = Response.json({ message }, { status, headers });
    }
    return undefined;
  };
  const store = new MemoryRepository({ clock });
  const { log, lines } = collectedLog();
  const parts = createParts({ store, appId: APP_ID, clock, logger: log });
  const pacing = new Writes({
    clock,
    monotonic: () => clock().getTime(),
    sleep: async (ms) => void clock.advance(ms / 1000),
  });
  const probot = new Probot({
    ...{ appId: APP_ID, privateKey: TEST_KEY, secret: "unused", log, Octokit: pacedOctokit(pacing) },
    request: { fetch: fetchFrom(sandbox) },
  });
  const loaded = probot.load(createApp(parts));
  const receive = async ({ guid, event, body }: Delivery): Promise<void> => {
    await loaded;
    const payload: unknown = JSON.parse(body);
    await probot.receive({ id: guid, name: event, payload } as Parameters<Probot["receive"]>[0]);
  };
  return {
    ...{ sandbox, store, parts, clock, writes, log: lines, receive },
    async receiveAll() {
      for (let pending = sandbox.takePending(); pending.length > 0; pending = sandbox.takePending()) {
        for (const delivery of pending) await receive(delivery);
      }
    },
    async installation() {
      await loaded;
      const { installation } = sandbox.repository("acme/shop");
      if (!installation) throw new Error("The App is not installed");
      return probot.auth(installation.id);
    },
    answer: (...answers) => void script.push(...answers),
  };
}

function fetchFrom(sandbox: Sandbox): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await sandbox.fetch(request);
    // An answer that came over no network does not know its address, which Octokit reads to find the next page.
    return Object.defineProperty(response, "url", { value: request.url });
  };
}

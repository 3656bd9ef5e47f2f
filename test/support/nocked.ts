import nock from "nock";
import { Probot, ProbotOctokit } from "probot";
import { onTestFinished } from "vitest";
import { type Entry, openEntry, recordId } from "../../src/core/index.js";
import { createApp } from "../../src/github/app.js";
import { type AppOptions, createParts } from "../../src/github/parts.js";
import type { Delivery, Sandbox } from "../../src/sandbox/index.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { givenSandbox, testClock } from "../sandbox/given.js";
import { TEST_KEY } from "./keys.js";
import { collectedLog } from "./log.js";

/** A request that the App made of GitHub: `POST /repos/acme/shop/check-runs`, and what it sent. */
export interface Call {
  readonly route: string;
  readonly body: unknown;
}

/** What GitHub says to a request. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** The application function under Probot, with nock as GitHub. The sandbox only makes the payloads. */
export interface Nocked {
  readonly sandbox: Sandbox;
  /** GitHub's. */
  readonly clock: ReturnType<typeof testClock>;
  readonly store: MemoryRepository;
  readonly log: readonly string[];
  /** What the App asked since it was last asked for. */
  calls(): readonly Call[];
  /** What GitHub will say to a route from now on; it says what it can by itself otherwise. */
  answer(route: string | RegExp, answer: Answer | ((body: unknown) => Answer)): void;
  receive(delivery: Delivery): Promise<void>;
  /** Gives the App all that the sandbox has made since, in order. */
  receiveAll(): Promise<void>;
  /** `kind from → to (trigger)`, a line for each entry. */
  history(id: string): Promise<readonly string[]>;
  entries(id: string): Promise<readonly Entry[]>;
}

export const GITHUB_API = "https://api.github.com";

export function givenNocked(options: Partial<AppOptions> = {}): Nocked {
  const clock = testClock();
  const sandbox = givenSandbox({ clock });
  const store = new MemoryRepository();
  const { log, lines } = collectedLog();
  const rules: { route: string | RegExp; answer: (body: unknown) => Answer }[] = [];
  let calls: Call[] = [];
  const made = { "check-runs": 1000, comments: 2000 };

  const usual = (route: string): Answer => {
    if (route.endsWith("/access_tokens")) {
      return { status: 201, body: { token: "ghs_test", expires_at: "2099-01-01T00:00:00Z", permissions: {} } };
    }
    if (route === "POST /graphql") return { status: 200, body: { data: closing([]) } };
    if (route.startsWith("POST ") && route.endsWith("/check-runs"))
      return { status: 201, body: { id: ++made["check-runs"] } };
    if (route.startsWith("POST ") && route.endsWith("/comments")) return { status: 201, body: { id: ++made.comments } };
    if (/^GET .*\/issues\/\d+\/comments/.test(route)) return { status: 200, body: [] };
    if (route.startsWith("PATCH ")) return { status: 200, body: {} };
    return { status: 404, body: { message: "Not Found" } };
  };
  const answerTo = (route: string, body: unknown): Answer => {
    if (!isUsual(route)) calls.push({ route, body });
    const rule = rules.findLast((one) => (typeof one.route === "string" ? one.route === route : one.route.test(route)));
    return rule ? rule.answer(body) : usual(route);
  };
  nock.cleanAll();
  const github = nock(GITHUB_API).persist();
  for (const method of ["get", "post", "patch"] as const) {
    github[method](/.*/).reply((path, body) => {
      const { status, body: said } = answerTo(`${method.toUpperCase()} ${path}`, body);
      return [status, said];
    });
  }
  nock.disableNetConnect();
  onTestFinished(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  const impatient = (given: object) => ({ ...given, throttle: { enabled: false }, retry: { enabled: false } });
  const Octokit = ProbotOctokit.defaults(impatient) as typeof ProbotOctokit;
  const probot = new Probot({ appId: 4711, privateKey: TEST_KEY, secret: "a secret of the tests", log, Octokit });
  const loaded = probot.load(createApp(createParts({ store, appId: 4711, logger: log, ...options })));

  const nocked: Nocked = {
    ...{ sandbox, clock, store, log: lines },
    calls() {
      const since = calls;
      calls = [];
      return since;
    },
    answer(route, answer) {
      rules.push({ route, answer: typeof answer === "function" ? answer : () => answer });
    },
    async receive({ guid, event, body }) {
      await loaded;
      const payload: unknown = JSON.parse(body);
      await probot.receive({ id: guid, name: event, payload } as Parameters<Probot["receive"]>[0]);
    },
    async receiveAll() {
      for (const delivery of sandbox.takePending()) await nocked.receive(delivery);
    },
    async entries(id) {
      return (await store.entries(recordId(id))).map(openEntry);
    },
    async history(id) {
      return (await nocked.entries(id)).map(({ kind, fromState, toState, trigger }) =>
        toState === null ? `${kind} (${trigger})` : `${kind} ${fromState ?? ""} → ${toState} (${trigger})`,
      );
    },
  };
  return nocked;
}

/** What the App asks of GitHub before anything: a token, what is configured, whether a reviewer may write. */
function isUsual(route: string): boolean {
  return /\/access_tokens$|\/contents\/|\/collaborators\//.test(route);
}

/** GitHub's answer to the question which issues a pull request closes. */
export function closing(
  issues: readonly {
    readonly number: number;
    readonly repository: { readonly id: number; readonly fullName?: string };
  }[],
) {
  const nodes = issues.map(({ number, repository }) => ({
    number,
    repository: { databaseId: repository.id, nameWithOwner: repository.fullName ?? "acme/other" },
  }));
  return { repository: { pullRequest: { closingIssuesReferences: { nodes } } } };
}

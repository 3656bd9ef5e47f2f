import type { CheckRun, Delivery, PullRequest } from "../../src/sandbox/index.js";
import { timeUuid } from "../../src/sandbox/time-uuid.js";
import type { LoopStore } from "../../src/store/repository.js";
import { givenInProcess, type InProcess } from "./in-process.js";
import { payloadOf } from "./payloads.js";

/** The App on a store, and a pull request whose CI runs. Its reports are kept for later, as a server and Lambda keep them. */
export class WaitingPull {
  readonly app: InProcess;
  readonly #store: LoopStore;
  readonly #pull: PullRequest;
  readonly #runs: CheckRun[] = [];

  private constructor(app: InProcess, store: LoopStore, pull: PullRequest) {
    this.app = app;
    this.#store = store;
    this.#pull = pull;
  }

  /** It resolves one issue, unless told otherwise, and its first check has begun. */
  static async given(store: LoopStore, { issues = 1 } = {}): Promise<WaitingPull> {
    const app = givenInProcess({ app: { store } });
    app.parts.conclusions.leaveTo(async () => {});
    const repository = app.sandbox.repository("acme/shop");
    const by = app.sandbox.user("alice");
    repository.grant(by, "write");
    const opened = Array.from({ length: issues }, () =>
      repository.openIssue({ by, title: "Names with an apostrophe are cut" }),
    );
    const body = opened.map(({ number }) => `Fixes #${number}`).join(", ");
    const pull = repository.openPullRequest({ by, title: "Escape text once", head: "escape-once", body });
    await app.receiveAll();
    const waiting = new WaitingPull(app, store, pull);
    await waiting.learnChecks(1);
    return waiting;
  }

  /** Hears of further checks, until so many are known: all of them run. */
  async learnChecks(count: number): Promise<void> {
    while (this.#runs.length < count) await this.beginCheck();
  }

  /** One more check begins, which moves nothing. */
  async beginCheck(): Promise<void> {
    this.#create();
    await this.app.receiveAll();
  }

  /** One more check is created, started and completed, each in a delivery. */
  async runCheck(): Promise<void> {
    const run = this.#create();
    const [created, ...others] = this.app.sandbox.takePending();
    if (!created) throw new Error("GitHub told of no check");
    for (const delivery of [created, ...others]) await this.app.receive(delivery);
    this.app.clock.advance(1);
    await this.app.receive(started(created, this.app.clock()));
    this.app.clock.advance(1);
    run.complete("success");
    await this.app.receiveAll();
  }

  /** So many times the heads of all records were written. */
  async headsWritten(): Promise<number> {
    const { items } = await this.#store.list({ limit: 1000 });
    return items.reduce((sum, { version }) => sum + version, 0);
  }

  #create(): CheckRun {
    const { sandbox, clock } = this.app;
    clock.advance(1);
    const name = `build (ubuntu-24.04, node ${this.#runs.length + 1})`;
    const run = this.#pull.repository.startCheck({ app: sandbox.checksApp("ci"), sha: this.#pull.headSha, name });
    this.#runs.push(run);
    return run;
  }
}

/** GitHub may tell of a run that its App has started as it tells of a new one. */
function started(created: Delivery, at: Date): Pick<Delivery, "guid" | "event" | "body"> {
  const payload = payloadOf(created) as { readonly check_run: object };
  const check_run = { ...payload.check_run, status: "in_progress", started_at: at.toISOString() };
  return {
    // Apart from those that the sandbox counts.
    guid: timeUuid(at, STARTED + created.id),
    event: created.event,
    body: JSON.stringify({ ...payload, check_run }),
  };
}

const STARTED = 1_000_000;

import { type Entry, LedgerVerifier, openEntry, type RecordHead } from "../../src/core/index.js";
import type { Inbox } from "../../src/inbox/inbox.js";
import type { PullRequest, Repository, Sandbox } from "../../src/sandbox/index.js";
import type { LoopStore } from "../../src/store/repository.js";
import { headsOf } from "../support/scenarios.js";
import type { Network } from "./network.js";

/** What LoopForge must never do, whatever goes wrong. */
export interface Fault {
  readonly checker: "ledger" | "walk" | "inbox" | "report" | "sandbox" | "truth" | "outsider" | "end";
  readonly what: string;
}

export interface Checked {
  readonly store: LoopStore;
  readonly inbox: Inbox;
  readonly sandbox: Sandbox;
  readonly repository: Repository;
  readonly network: Network;
}

/** More deliveries than a story has. */
const ALL = 100_000;

/** The lifecycle `github`, as the design has it. */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  issue_created: ["task_queued", "cancelled"],
  task_queued: ["pr_created", "cancelled"],
  pr_created: ["ci_pending", "task_queued"],
  ci_pending: ["ci_passed", "ci_failed", "task_queued"],
  ci_passed: ["merged", "awaiting_review", "ci_pending", "ci_failed", "task_queued"],
  ci_failed: ["ci_pending", "task_queued"],
  awaiting_review: ["approved", "ci_pending", "ci_passed", "task_queued"],
  approved: ["merged", "ci_pending", "awaiting_review", "task_queued"],
  merged: ["closed"],
  closed: [],
  cancelled: [],
};

/** The checkers that run after every step. They remember what they have looked at, so that a step costs what it changed. */
export class Checkers {
  readonly #checked: Checked;
  readonly #seen = new Map<string, number>();

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  async run(): Promise<readonly Fault[]> {
    return [...(await this.#ledgers()), ...(await this.#deliveries()), ...this.#reports(), ...this.#errors()];
  }

  async #ledgers(): Promise<readonly Fault[]> {
    const { store } = this.#checked;
    const faults: Fault[] = [];
    for (const head of await headsOf(store)) {
      if (this.#seen.get(head.recordId) === head.version) continue;
      const stored = await store.entries(head.recordId);
      const verifier = new LedgerVerifier(head.recordId);
      for (const entry of stored) verifier.add(entry);
      for (const { seq, problem } of verifier.finish(head)) {
        faults.push({ checker: "ledger", what: `${head.recordId} ${seq}: ${problem}` });
      }
      faults.push(...walkFaults(head, stored.map(openEntry)));
      this.#seen.set(head.recordId, head.version);
    }
    return faults;
  }

  /** What was answered with a 2xx is there until it is done, and nothing is set aside: nothing is wrong with any of them. */
  async #deliveries(): Promise<readonly Fault[]> {
    const { inbox, network } = this.#checked;
    const faults: Fault[] = [];
    const { items } = await inbox.list({ limit: ALL });
    const known = new Set(items.map(({ guid }) => guid));
    for (const guid of network.acknowledged) {
      if (!known.has(guid)) faults.push({ checker: "inbox", what: `delivery ${guid} is lost` });
    }
    for (const { guid, event, error, status } of items) {
      if (status === "failed") faults.push({ checker: "inbox", what: `${event} ${guid} was set aside: ${error}` });
    }
    return faults;
  }

  #reports(): readonly Fault[] {
    const { sandbox, repository } = this.#checked;
    const faults: Fault[] = [];
    for (const pull of repository.pulls.values()) {
      const comments = pull.comments.filter(({ author, body }) => {
        return author.login === sandbox.app.bot.login && body.startsWith("<!-- loopforge:audit -->");
      });
      if (comments.length > 1) {
        faults.push({ checker: "report", what: `#${pull.number} has ${comments.length} audit comments` });
      }
    }
    for (const suite of repository.checkSuites.values()) {
      if (suite.app.id !== sandbox.app.id) continue;
      // Whoever asks for it anew gets a new one; and of two pull requests with one head, each has its own.
      if (this.#isRefreshed(suite.headSha)) continue;
      const marks = suite.runs.map(({ name, externalId }) => `"${name}" ${externalId}`);
      for (const mark of new Set(marks)) {
        const count = marks.filter((one) => one === mark).length;
        if (count > 1)
          faults.push({ checker: "report", what: `${suite.headSha.slice(0, 7)} has ${count} runs ${mark}` });
      }
    }
    return faults;
  }

  #isRefreshed(sha: string): boolean {
    return [...this.#checked.repository.pulls.values()]
      .filter(({ headSha, commits }) => headSha === sha || commits.some((commit) => commit.sha === sha))
      .some(({ comments }) => comments.some(({ body }) => body.startsWith("/loopforge refresh")));
  }

  #errors(): readonly Fault[] {
    return this.#checked.sandbox.errors.map(({ kind, method, path, message }) => ({
      checker: "sandbox",
      what: `${kind} ${method} ${path}: ${message}`,
    }));
  }
}

/** Each move is an edge of the lifecycle, or an exception that names its rule; and no delivery made the same entry twice. */
function walkFaults({ recordId }: RecordHead, entries: readonly Entry[]): readonly Fault[] {
  const faults: Fault[] = [];
  const made = new Set<string>();
  for (const { seq, kind, fromState, toState, trigger, occurredAt, metadata, source } of entries) {
    const where = `${recordId} ${seq}`;
    if (kind === "transition" && !EDGES[fromState ?? ""]?.includes(toState ?? "")) {
      faults.push({ checker: "walk", what: `${where}: ${fromState} → ${toState} is no step` });
    }
    if (kind === "exception" && typeof metadata.rule !== "string") {
      faults.push({ checker: "walk", what: `${where}: an exception that names no rule` });
    }
    if (source.kind !== "webhook") continue;
    const entry = [source.delivery, kind, trigger, fromState, toState, occurredAt].join(" ");
    if (made.has(entry)) faults.push({ checker: "inbox", what: `${where}: applied twice: ${entry}` });
    made.add(entry);
  }
  return faults;
}

/** Whether a delivery that never came was about this pull request. */
export function isAbout(pull: PullRequest, shas: ReadonlySet<string>, payload: object): boolean {
  const text = JSON.stringify(payload);
  return text.includes(`"number":${pull.number},`) || [...shas].some((sha) => text.includes(sha));
}

import { nodeId } from "../format.js";
import { checkSuitePayload } from "../payloads/check-suite.js";
import type { App, By, User } from "./account.js";
import { type CheckConclusion, CheckRun, type CheckRunInput } from "./check-run.js";
import { ZERO_SHA } from "./git.js";
import type { PullRequest } from "./pull-request.js";
import type { Repository } from "./repository.js";

/** The conclusions a suite can have. */
export type SuiteConclusion = Exclude<CheckConclusion, "skipped">;

// From the most to the least telling; a suite says the most telling thing that its latest runs say.
const BY_WEIGHT = ["failure", "timed_out", "cancelled", "action_required", "stale", "success", "neutral"] as const;

/** The check runs of one App for one commit. */
export class CheckSuite {
  readonly repository: Repository;
  readonly id: number;
  readonly nodeId: string;
  readonly app: App;
  readonly headSha: string;
  readonly createdAt: string;
  /** Who pushed the head: the sender of the suite's events. */
  readonly by: User;
  /** All runs, oldest first. */
  readonly runs: CheckRun[] = [];
  headBranch: string | null = null;
  before: string | null = null;
  status: "queued" | "in_progress" | "completed" = "queued";
  conclusion: SuiteConclusion | null = null;
  updatedAt: string;
  readonly #latest = new Map<string, CheckRun>();

  constructor(repository: Repository, input: { app: App; sha: string; by: User }) {
    this.repository = repository;
    this.id = repository.world.ids.next("checkSuite");
    this.nodeId = nodeId("CS", this.id);
    this.app = input.app;
    this.headSha = input.sha;
    this.by = input.by;
    this.createdAt = repository.world.now();
    this.updatedAt = this.createdAt;
  }

  /** The newest run of each name. */
  get latestRuns(): CheckRun[] {
    return [...this.#latest.values()];
  }

  /** The open pull requests of this repository whose head this is, as check events list them. */
  get pullRequests(): PullRequest[] {
    const { repository } = this;
    if (repository.world.checkPullRequests === "empty" || this.headBranch === null) return [];
    const pulls = repository.pullsByHead.get(`${repository.fullName}:${this.headBranch}`) ?? [];
    return [...pulls].filter((pull) => pull.state === "open" && pull.headSha === this.headSha);
  }

  /** Asks the App for its checks, after a push. */
  request({ headBranch, before }: { headBranch: string; before: string }): void {
    this.headBranch = headBranch;
    this.before = before === this.headSha ? ZERO_SHA : before;
    this.#announce("requested", this.by);
  }

  /** Asks the App to run its checks again. */
  rerequest({ by }: By): void {
    this.status = "queued";
    this.conclusion = null;
    this.updatedAt = this.repository.world.now();
    this.repository.world.emit("check_suite", this.repository, () => {
      // The one suite event whose schema lacks these two.
      const { rerequestable: _, runs_rerequestable: __, ...suite } = checkSuitePayload(this);
      return { action: "rerequested", check_suite: suite, ...this.repository.envelope(by) };
    });
  }

  /** Makes a run; one of the same name takes its place among the latest. */
  createRun(input: CheckRunInput): CheckRun {
    const run = new CheckRun(this, input);
    this.runs.push(run);
    this.#latest.set(run.name, run);
    this.repository.checkRuns.set(run.id, run);
    const completed = this.judge();
    run.announceCreated();
    if (completed) this.announceCompleted();
    return run;
  }

  /** Computes status and conclusion from the latest runs; true when that completes the suite. */
  judge(): boolean {
    const runs = this.latestRuns;
    const was = this.status;
    if (runs.some((run) => run.status !== "completed")) {
      this.#become(runs.every((run) => run.status === "queued") ? "queued" : "in_progress", null);
      return false;
    }
    // Real suites of skipped runs only say "skipped"; the published schema of check_suite has no such conclusion.
    const said = new Set(runs.map((run) => (run.conclusion === "skipped" ? "neutral" : run.conclusion)));
    const conclusion = BY_WEIGHT.find((one) => said.has(one)) ?? "neutral";
    const changed = was !== "completed" || conclusion !== this.conclusion;
    this.#become("completed", conclusion);
    return changed;
  }

  /** The time of a suite is that of its own last change: GitHub leaves it alone while runs change within it. */
  #become(status: CheckSuite["status"], conclusion: SuiteConclusion | null): void {
    if (status === this.status && conclusion === this.conclusion) return;
    this.status = status;
    this.conclusion = conclusion;
    this.updatedAt = this.repository.world.now();
  }

  /** Tells the world that all runs are complete. */
  announceCompleted(): void {
    this.#announce("completed", this.by);
  }

  #announce(action: "requested" | "completed", sender: User): void {
    this.repository.world.emit("check_suite", this.repository, () => ({
      action,
      check_suite: checkSuitePayload(this),
      ...this.repository.envelope(sender),
    }));
  }
}

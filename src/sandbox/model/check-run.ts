import { GitHubError, unprocessable } from "../errors.js";
import { nodeId } from "../format.js";
import { checkRunPayload } from "../payloads/check-run.js";
import type { By } from "./account.js";
import type { CheckSuite } from "./check-suite.js";

const TEXT_LIMIT = 65_535;
const ANNOTATIONS_LIMIT = 50;

/** How a check run can end. */
export type CheckConclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "timed_out"
  | "action_required"
  | "stale"
  | "skipped";

/** What a check run shows. */
export interface CheckOutput {
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: readonly unknown[];
}

/** The parts of a check run that its App can change. */
export interface CheckRunUpdate {
  name?: string;
  status?: "queued" | "in_progress" | "completed";
  conclusion?: CheckConclusion;
  detailsUrl?: string;
  externalId?: string;
  startedAt?: string;
  completedAt?: string;
  output?: Partial<CheckOutput>;
}

/** What a check run is made from. */
export interface CheckRunInput extends CheckRunUpdate, By {
  name: string;
}

/** One check of one App on one commit. */
export class CheckRun {
  readonly suite: CheckSuite;
  readonly id: number;
  readonly nodeId: string;
  name: string;
  status: "queued" | "in_progress" | "completed" = "queued";
  conclusion: CheckConclusion | null = null;
  startedAt: string;
  completedAt: string | null = null;
  detailsUrl: string;
  externalId: string;
  output: CheckOutput = { title: null, summary: null, text: null, annotations: [] };

  constructor(suite: CheckSuite, input: CheckRunInput) {
    checkOutput(input.output);
    const { world } = suite.repository;
    this.suite = suite;
    this.id = world.ids.next("checkRun");
    this.nodeId = nodeId("CR", this.id);
    this.name = input.name;
    this.startedAt = input.startedAt ?? world.now();
    this.detailsUrl = input.detailsUrl ?? `${world.htmlUrl}/apps/${suite.app.slug}`;
    this.externalId = input.externalId ?? "";
    this.#apply(input);
  }

  /** Starts the run; GitHub sends no event for it. */
  start(): this {
    return this.update({ status: "in_progress" });
  }

  /** Sets a completed run to in progress once more, as some Apps do that keep one run for all; GitHub sends no event for it. */
  restart(): this {
    return this.update({ status: "in_progress", startedAt: this.suite.repository.world.now() });
  }

  /** Completes the run. */
  complete(conclusion: CheckConclusion, output?: Partial<CheckOutput>): this {
    return this.update({ status: "completed", conclusion, ...(output === undefined ? {} : { output }) });
  }

  /** Changes what its App may change, and tells the world when that completes the run or its suite. GitHub sends no event for the rest. */
  update(update: CheckRunUpdate): this {
    checkOutput(update.output);
    const was = { status: this.status, conclusion: this.conclusion, completedAt: this.completedAt };
    this.#apply(update);
    const suiteCompleted = this.suite.judge();
    // A completed run that is completed once more, as apps do that keep one run for all, is announced again.
    const isChanged =
      was.status !== "completed" || was.conclusion !== this.conclusion || was.completedAt !== this.completedAt;
    if (this.status === "completed" && isChanged) this.#announceCompleted();
    if (suiteCompleted) this.suite.announceCompleted();
    return this;
  }

  /** Asks the App to run it again; only a completed run of a completed suite can be. */
  rerequest({ by }: By): void {
    const { completedAt } = this;
    const { repository, status, conclusion } = this.suite;
    if (completedAt === null || status !== "completed" || conclusion === null) {
      throw new GitHubError(422, "This check run is not rerequestable");
    }
    repository.world.emit("check_run", repository, () => {
      const run = checkRunPayload(this);
      const completed = { status: "completed", completed_at: completedAt } as const;
      const check_run = { ...run, ...completed, check_suite: { ...run.check_suite, status, conclusion } };
      return { action: "rerequested", check_run, ...repository.envelope(by) };
    });
  }

  /** Tells the world of a new run, and that it is complete if it already is. */
  announceCreated(): void {
    const { repository, by } = this.suite;
    repository.world.emit("check_run", repository, () => ({
      action: "created",
      check_run: checkRunPayload(this),
      ...repository.envelope(by),
    }));
    if (this.status === "completed") this.#announceCompleted();
  }

  #announceCompleted(): void {
    const { repository, by } = this.suite;
    repository.world.emit("check_run", repository, () => ({
      action: "completed",
      check_run: { ...checkRunPayload(this), status: "completed", completed_at: this.completedAt ?? this.startedAt },
      ...repository.envelope(by),
    }));
  }

  #apply(update: CheckRunUpdate): void {
    const { world } = this.suite.repository;
    this.name = update.name ?? this.name;
    this.detailsUrl = update.detailsUrl ?? this.detailsUrl;
    this.externalId = update.externalId ?? this.externalId;
    this.startedAt = update.startedAt ?? this.startedAt;
    // A conclusion alone completes the run, as at GitHub.
    this.status = update.conclusion === undefined ? (update.status ?? this.status) : "completed";
    if (this.status === "completed") {
      this.conclusion = update.conclusion ?? this.conclusion;
      if (this.conclusion === null) throw unprocessable("Invalid request.\n\nMissing required key: conclusion");
      this.completedAt = update.completedAt ?? this.completedAt ?? world.now();
    } else {
      this.conclusion = null;
      this.completedAt = null;
    }
    const { annotations, ...texts } = update.output ?? {};
    // Annotations of an update are added to those that are there.
    this.output = { ...this.output, ...texts, annotations: [...this.output.annotations, ...(annotations ?? [])] };
  }
}

function checkOutput(output: Partial<CheckOutput> | undefined): void {
  for (const text of [output?.summary ?? "", output?.text ?? ""]) {
    if (text.length > TEXT_LIMIT) {
      throw unprocessable(
        `Invalid request.\n\nOnly ${TEXT_LIMIT} characters are allowed; ${text.length} were supplied.`,
      );
    }
  }
  const count = output?.annotations?.length ?? 0;
  if (count > ANNOTATIONS_LIMIT) {
    throw unprocessable(`Invalid request.\n\nOnly ${ANNOTATIONS_LIMIT} items are allowed; ${count} were supplied.`);
  }
}

import type { Observed } from "../../recorder.js";
import type { Octokit } from "../client/octokit.js";
import type { Configurations } from "../config/load.js";
import type { AutoMerge } from "../merge/auto-merge.js";
import type { Gates } from "../merge/gates.js";
import type { Pipeline, Visit } from "../pipeline.js";
import { Coalescing } from "./coalescing.js";
import { jobOf, type OwedReport, type ReportJob, reportsOwed } from "./report-job.js";
import type { Reporter } from "./reporter.js";

export interface ConclusionsOptions {
  readonly pipeline: Pipeline;
  readonly configurations: Configurations;
  readonly gates: Gates;
  readonly autoMerge: AutoMerge;
  readonly reporter: Reporter;
}

interface Asked extends OwedReport {
  readonly octokit: Octokit;
  readonly force: boolean;
}

/** How a report is kept for later, durably. */
export type Keep = (job: ReportJob) => Promise<void>;

/** What follows at GitHub from what was recorded: a merge that was asked for, and the report. */
export class Conclusions {
  readonly #options: ConclusionsOptions;
  readonly #pulls = new Coalescing<Asked>((_, asks) => this.#conclude(asks));
  #keep: Keep | null = null;

  constructor(options: ConclusionsOptions) {
    this.#options = options;
  }

  /**
   * From now on, {@link of} only keeps what is owed, and whoever keeps it has {@link conclude} called with it. Deliveries about one pull
   * request are worked one after the other: were each to wait for its report, a burst of them would be as many reports.
   */
  leaveTo(keep: Keep): void {
    this.#keep = keep;
  }

  /**
   * One pull request at a time, whichever deliveries it concerns; those that come while one is concluded are concluded together.
   * Resolves when the report shows what was observed, or is kept. Repeating it does nothing twice.
   */
  async of(observed: readonly Observed[], octokit: Octokit): Promise<void> {
    const keep = this.#keep;
    const owed = reportsOwed(observed);
    if (keep) for (const report of owed) await keep(jobOf(report));
    else await all(owed.map((report) => this.#ask({ ...report, octokit, force: false })));
  }

  /**
   * A report that was kept. Does nothing where another one has shown it already.
   * @param settle waits until a burst is likely to be over, so that one report shows all of it
   */
  async conclude(owed: OwedReport, octokit: Octokit, settle: () => Promise<void>): Promise<void> {
    if (await this.#options.reporter.hasShown(owed)) return;
    await settle();
    await this.#ask({ ...owed, octokit, force: false });
  }

  /** Asks the gates again that do not let it pass, and writes the report anew, whether it changed or not. */
  async again(pull: Pick<OwedReport, "repoId" | "repoName" | "number">, octokit: Octokit): Promise<void> {
    await this.#ask({ ...pull, versions: {}, outcomes: [], octokit, force: true });
  }

  #ask(asked: Asked): Promise<void> {
    return this.#pulls.ask(`${asked.repoId}#${asked.number}`, asked);
  }

  async #conclude(asks: readonly Asked[]): Promise<void> {
    const newest = asks.at(-1);
    if (!newest) return;
    const { octokit, repoId, number } = newest;
    const force = asks.some((one) => one.force);
    const more = await this.#follow(newest, octokit, force);
    const outcomes = [...asks, ...more].flatMap((one) => one.outcomes);
    await this.#options.reporter.publish(octokit, repoId, number, outcomes, { force });
  }

  /** Asks the gates where it became ready to merge, and merges where that is asked for and nothing objects. */
  async #follow(
    { repoId, repoName, number }: OwedReport,
    octokit: Octokit,
    again: boolean,
  ): Promise<readonly Observed[]> {
    const { pipeline, configurations, gates, autoMerge } = this.#options;
    const { configuration } = await configurations.of(octokit, { id: repoId, name: repoName });
    const visit: Visit = { source: { kind: "api" }, octokit };
    const observed: Observed[] = [];
    for (const verdict of await gates.ask(repoId, number, configuration, { octokit, again })) {
      observed.push(...(await pipeline.apply(verdict, visit)));
    }
    const due = await autoMerge.due(repoId, number, configuration);
    if (!due) return observed;
    const outcome = await autoMerge.merge(octokit, due, configuration);
    if (outcome.is === "merged") return [...observed, ...(await pipeline.take(outcome.reading, visit))];
    observed.push(...(await pipeline.apply(outcome.sighting, visit)));
    await autoMerge.wasRefused(due);
    return observed;
  }
}

/** All of them to their end, and then the first failure: none goes on behind the back of whoever waits. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}

import type { Observed } from "../../recorder/recorder.js";
import { refresh } from "../catch-up/refresh.js";
import type { Octokit } from "../client/octokit.js";
import type { Configurations } from "../config/load.js";
import type { AutoMerge } from "../merge/auto-merge.js";
import type { Gates } from "../merge/gates.js";
import type { EventContext, Pipeline } from "../pipeline.js";
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

/** What follows at GitHub from what was recorded: the report, and a merge that was asked for. */
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
   * A report that was kept. Does nothing where another one has shown it already and nothing is left of what comes after: a merge that
   * failed is to be tried again, though what led to it is shown.
   * @param settle waits until a burst is likely to be over, so that one report shows all of it
   */
  async conclude(owed: OwedReport, octokit: Octokit, settle: () => Promise<void>): Promise<void> {
    const { reporter } = this.#options;
    if ((await reporter.hasShown(owed)) && !(await this.#isMoreToDo(owed, octokit))) return;
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

  /**
   * The report goes first, for GitHub merges nothing while a required check is not green, and the App's own may be one. What came of the
   * merge is reported after it.
   */
  async #conclude(asks: readonly Asked[]): Promise<void> {
    const newest = asks.at(-1);
    if (!newest) return;
    const { octokit, repoId, number } = newest;
    const { reporter } = this.#options;
    const force = asks.some((one) => one.force);
    const asked = await this.#askGates(newest, octokit, force);
    await reporter.publish(octokit, repoId, number, outcomesOf([...asks, ...asked]), { force });
    const merged = await this.#mergeIfDue(newest, octokit);
    if (merged.length > 0) await reporter.publish(octokit, repoId, number, outcomesOf(merged));
  }

  /** Asks the gates where it became ready to merge. */
  async #askGates(
    { repoId, repoName, number }: OwedReport,
    octokit: Octokit,
    again: boolean,
  ): Promise<readonly Observed[]> {
    const { pipeline, configurations, gates } = this.#options;
    const { configuration } = await configurations.of(octokit, { id: repoId, name: repoName });
    const observed: Observed[] = [];
    for (const verdict of await gates.ask(repoId, number, configuration, { octokit, again })) {
      observed.push(...(await pipeline.apply(verdict, visitBy(octokit))));
    }
    return observed;
  }

  /**
   * Merges where that is asked for and nothing objects. What became ready while the report was written waits for its own turn, in which
   * the gates are asked.
   * @returns what was recorded of it
   */
  async #mergeIfDue({ repoId, repoName, number }: OwedReport, octokit: Octokit): Promise<readonly Observed[]> {
    const { pipeline, configurations, gates, autoMerge } = this.#options;
    const { configuration } = await configurations.of(octokit, { id: repoId, name: repoName });
    const dueNow = async () => {
      const pull = await autoMerge.due(repoId, number, configuration);
      return pull && gates.unanswered(pull, configuration).length === 0 ? pull : null;
    };
    if (!(await dueNow())) return [];
    // What was heard may be old: a push, another base or a red check may have come since. What GitHub does not show is no yes.
    const repo = { id: repoId, name: repoName };
    const { isShown, observed } = await refresh(
      pipeline,
      { kind: "pull", repo, number, linking: null },
      visitBy(octokit),
    );
    const pull = isShown ? await dueNow() : null;
    if (!pull) return observed;
    const outcome = await autoMerge.merge(octokit, pull, configuration);
    if (outcome.is === "merged") return [...observed, ...(await pipeline.take(outcome.reading, visitBy(octokit)))];
    const refused = await pipeline.apply(outcome.sighting, visitBy(octokit));
    await autoMerge.wasRefused(pull);
    return [...observed, ...refused];
  }

  /** Whether a gate is to be asked, or a merge to be tried. */
  async #isMoreToDo({ repoId, repoName, number }: OwedReport, octokit: Octokit): Promise<boolean> {
    const { configurations, gates, autoMerge } = this.#options;
    const { configuration } = await configurations.of(octokit, { id: repoId, name: repoName });
    const areGatesDue = await gates.areDue(repoId, number, configuration);
    return areGatesDue || (await autoMerge.due(repoId, number, configuration)) !== null;
  }
}

function visitBy(octokit: Octokit): EventContext {
  return { source: { kind: "api" }, octokit };
}

function outcomesOf(all: readonly Pick<Observed, "outcomes">[]): Observed["outcomes"] {
  return all.flatMap(({ outcomes }) => outcomes);
}

/** All of them to their end, and then the first failure: none goes on behind the back of whoever waits. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}

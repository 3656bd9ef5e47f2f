import type { HookOutcome } from "../hook.js";
import type { Observed } from "../recorder.js";
import type { AutoMerge } from "./auto-merge.js";
import type { Configurations } from "./config/load.js";
import type { Octokit } from "./octokit.js";
import type { Pipeline, Visit } from "./pipeline.js";
import type { Reporter } from "./reporter.js";
import { Turns } from "./turns.js";

export interface ConclusionsOptions {
  readonly pipeline: Pipeline;
  readonly configurations: Configurations;
  readonly autoMerge: AutoMerge;
  readonly reporter: Reporter;
}

interface Concerned {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly outcomes: readonly HookOutcome[];
}

/** What follows at GitHub from what was recorded: a merge that was asked for, and the report. */
export class Conclusions {
  readonly #options: ConclusionsOptions;
  readonly #turns = new Turns();

  constructor(options: ConclusionsOptions) {
    this.#options = options;
  }

  /** One pull request at a time, whichever deliveries it concerns. Repeating it does nothing twice. */
  async of(observed: readonly Observed[], octokit: Octokit): Promise<void> {
    for (const [key, pull] of concerned(observed)) {
      await this.#turns.take(key, async () => {
        const more = await this.#merge(pull, octokit);
        const outcomes = [...pull.outcomes, ...more.flatMap((one) => one.outcomes)];
        await this.#options.reporter.publish(octokit, pull.repoId, pull.number, outcomes);
      });
    }
  }

  async #merge({ repoId, repoName, number }: Concerned, octokit: Octokit): Promise<readonly Observed[]> {
    const { pipeline, configurations, autoMerge } = this.#options;
    const { configuration } = await configurations.of(octokit, { id: repoId, name: repoName });
    const due = await autoMerge.due(repoId, number, configuration);
    if (!due) return [];
    const visit: Visit = { source: { kind: "api" }, octokit };
    const outcome = await autoMerge.merge(octokit, due, configuration);
    if (outcome.is === "merged") return pipeline.take(outcome.reading, visit);
    const observed = await pipeline.apply(outcome.sighting, visit);
    await autoMerge.wasRefused(due);
    return observed;
  }
}

/** The pull requests that records stand for, each with what hooks had to say. */
function concerned(observed: readonly Observed[]): ReadonlyMap<string, Concerned> {
  const pulls = new Map<string, Concerned>();
  for (const { head, outcomes } of observed) {
    for (const { repoId, repoName, number, status } of head.facts.pulls) {
      if (status.is === "unlinked") continue;
      const key = `${repoId}#${number}`;
      pulls.set(key, { repoId, repoName, number, outcomes: [...(pulls.get(key)?.outcomes ?? []), ...outcomes] });
    }
  }
  return pulls;
}

import type { PersonId, PullView } from "../../core/index.js";
import type { HookOutcome, HookResult, Logger } from "../../hook.js";
import { selectHooks } from "../../hooks/select.js";
import { recordsOfPull } from "../../recorder/records-of-pull.js";
import type { WorkItems } from "../../recorder/work-items.js";
import { renderCheckRuns } from "../../report/check-run.js";
import { boundedResult } from "../../report/hook-result.js";
import { cut } from "../../report/limits.js";
import type { RecordView, ReportView } from "../../report/view.js";
import type { LoopStore } from "../../store/repository.js";
import { busyFor } from "../client/busy.js";
import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import type { Configurations } from "../config/load.js";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo } from "../observe/index.js";
import { policyOf } from "../policy-of.js";
import { isPublished, limited, writeCheckRun } from "./check-run.js";
import {
  commentOf,
  isSettled,
  locateComment,
  type Place,
  unwritten,
  type WantedComment,
  writeComment,
} from "./comment.js";
import { Publications, type Published } from "./published.js";
import { digestOf, type OwedReport } from "./report-job.js";

/** Entries that a report shows; the ledger has them all. */
const SHOWN_ENTRIES = 60;

export interface ReporterOptions {
  readonly store: LoopStore;
  readonly workItems: WorkItems;
  readonly configurations: Configurations;
  readonly logger: Logger;
  /** What the operator has set up, to tell what is named and not there. */
  readonly setUp?: SetUp;
  /** This App's id at GitHub: only comments of its own are taken for its own. */
  readonly appId?: number;
}

interface SetUp {
  readonly hooks: readonly { readonly name: string }[];
  readonly gates: readonly { readonly name: string }[];
}

export interface PublishOptions {
  /** Writes what is there already, too: somebody asked to run it again. */
  readonly force?: boolean;
}

/**
 * Publishes what the records say: one check run on the head, one comment that is edited in place. Level-triggered: it renders what is
 * so now and writes only what differs from what was written last, so that repeating it changes nothing.
 */
export class Reporter {
  readonly #store: LoopStore;
  readonly #workItems: WorkItems;
  readonly #configurations: Configurations;
  readonly #logger: Logger;
  readonly #setUp: SetUp;
  readonly #appId: number | undefined;
  readonly #publications: Publications;

  constructor({ store, workItems, configurations, logger, setUp = { hooks: [], gates: [] }, appId }: ReporterOptions) {
    this.#store = store;
    this.#workItems = workItems;
    this.#configurations = configurations;
    this.#logger = logger;
    this.#setUp = setUp;
    this.#appId = appId;
    this.#publications = new Publications(store.items);
  }

  /** Whether what GitHub shows comes from these versions of the records, or later ones, and hooks have nothing to add. */
  async hasShown({ repoId, number, versions, outcomes }: OwedReport): Promise<boolean> {
    const { versions: shown = {}, seen } = await this.#publications.of(repoId, number);
    const isBehind = Object.entries(versions).some(([id, version]) => (shown[id] ?? 0) < version);
    if (outcomes.length > 0 || isBehind) return false;
    // A check that moves nothing changes no record, and the report all the same.
    const pull = await this.#workItems.pull({ repoId, number });
    return pull !== null && seen === digestOf(pull);
  }

  /** @throws GitHub's own errors, where trying again may help; what GitHub refuses for good is logged. */
  async publish(
    octokit: Octokit,
    repoId: number,
    number: number,
    outcomes: readonly HookOutcome[],
    { force = false }: PublishOptions = {},
  ): Promise<void> {
    const stored = await this.#publications.of(repoId, number);
    const pull = await this.#pull(repoId, number);
    if (!pull) return;
    const hooks = { ...stored.hooks, ...resultsOf(outcomes) };
    const { view, configuration } = await this.#view(octokit, pull, { ...stored, hooks });
    const place = placeOf(view.pull);
    const sha = view.pull.headSha;
    const wanted = { checkRuns: renderCheckRuns(view).map(limited), comment: commentOf(view) };
    const due = {
      checkRuns: wanted.checkRuns.filter((report) => force || !isPublished(stored.checkRuns[report.name], report, sha)),
      comment: !force && isSettled(stored.comment, wanted.comment, view.pull) ? null : wanted.comment,
    };
    const versions = versionsOf(pull.records);
    const seen = digestOf(pull.shown);
    const isAllShown = due.checkRuns.length === 0 && !due.comment;
    if (isAllShown && stored.seen === seen && JSON.stringify(stored.versions) === JSON.stringify(versions)) return;

    const { comment: commentDue } = due;
    const located = commentDue ? locateComment(octokit, place, stored.comment, this.#appId) : null;
    // Looked for before anything is written: the comment's turn still comes before the check runs'.
    const [found] = await Promise.allSettled([located]);
    const write = async (wanted: WantedComment) => {
      if (found.status === "rejected") throw found.reason;
      return writeComment(octokit, place, wanted, { existing: found.value, appId: this.#appId });
    };
    const [comment, ...checkRuns] = await Promise.allSettled([
      commentDue ? write(commentDue) : stored.comment,
      ...due.checkRuns.map(async (report) => {
        const last = force ? null : stored.checkRuns[report.name];
        return [report.name, await writeCheckRun(octokit, place, sha, report, last)] as const;
      }),
    ]);
    const isWritten = [comment, ...checkRuns].every(({ status }) => status === "fulfilled");
    await this.#publications.save(repoId, number, {
      ...(isWritten ? { versions, seen } : {}),
      configuration,
      comment: comment.status === "fulfilled" ? comment.value : unwritten(stored.comment, comment.reason, view.pull),
      checkRuns: { ...stored.checkRuns, ...Object.fromEntries(checkRuns.flatMap(valuesOf)) },
      hooks,
    });
    for (const outcome of [comment, ...checkRuns])
      if (outcome.status === "rejected") this.#refused(outcome.reason, place);
  }

  async #view(octokit: Octokit, { records, shown }: Known, stored: Published) {
    const repo = { id: shown.repoId, name: shown.repoName };
    const inForce = await this.#configurations.of(octokit, repo);
    const configuration = await this.#checkConfiguration(octokit, repo, shown.headSha, stored);
    const { unknown: unknownHooks } = selectHooks(this.#setUp.hooks, inForce.configuration.hooks);
    const { unknown: unknownGates } = selectHooks(this.#setUp.gates, inForce.configuration.gates);
    const view: ReportView = {
      ...{ pull: shown, policy: policyOf(inForce.configuration), mode: inForce.configuration.mode, records },
      hooks: Object.entries(stored.hooks).map(([hook, result]) => ({ hook, result })),
      configuration: {
        ...{ brought: configuration.brought, inForce: inForce.problems, locked: inForce.raised },
        unnamed: await this.#configurations.unnamed(octokit, repo),
        ...{ unknownHooks, unknownGates },
      },
      loginOf: await this.#loginsOf(records, shown),
    };
    return { view, configuration };
  }

  #refused(error: unknown, { owner, repo, number }: Place): void {
    // A limit that is reached is not GitHub's last word, however it says so; for how long does not matter here.
    if (!isNotThere(error) || busyFor(error, new Date(0)) !== null) throw error;
    this.#logger.warn({ err: error, repo: `${owner}/${repo}`, pullRequest: number }, "GitHub refused the report");
  }

  async #pull(repoId: number, number: number): Promise<Known | null> {
    const records = await recordsOfPull(this.#store, this.#workItems, { repoId, number }, SHOWN_ENTRIES);
    const shown = records
      .flatMap(({ item }) => item.pulls)
      .find((pull) => pull.repoId === repoId && pull.number === number);
    return shown ? { records, shown } : null;
  }

  async #checkConfiguration(octokit: Octokit, repo: Repo, sha: string, stored: Published) {
    if (stored.configuration?.sha === sha) return stored.configuration;
    const check = await this.#configurations.check(octokit, repo, sha);
    return { sha, brought: check ? check.problems.map(({ line, message }) => ({ line, message })) : null };
  }

  async #loginsOf(
    records: readonly RecordView[],
    { reviews, author, requesters = [] }: PullView,
  ): Promise<ReportView["loginOf"]> {
    const persons = new Set<PersonId>([
      ...records.flatMap(({ entries }) => entries.flatMap((entry) => entry.people.map(({ person }) => person))),
      ...reviews.flatMap(({ reviewer }) => reviewer ?? []),
      ...(author ? [author] : []),
      ...requesters,
    ]);
    const logins = new Map<string, string>();
    for (const person of persons) {
      const known = await this.#store.people.find(person);
      if (known) logins.set(person, known.account.login);
    }
    return (person) => logins.get(person) ?? null;
  }
}

function versionsOf(records: readonly RecordView[]): NonNullable<Published["versions"]> {
  return Object.fromEntries(records.map(({ head }) => [head.recordId, head.version]));
}

interface Known {
  readonly records: readonly RecordView[];
  readonly shown: PullView;
}

/** What is known of a pull request, in short; without what only says when it was last touched. */
function placeOf({ repoName, number }: PullView): Place {
  const { owner, name } = ownerAndName({ name: repoName });
  return { owner, repo: name, number };
}

function resultsOf(outcomes: readonly HookOutcome[]): { readonly [hook: string]: HookResult } {
  const results: [string, HookResult][] = [];
  for (const outcome of outcomes) {
    if (outcome.status !== "done") results.push([outcome.hook, failure(outcome.error)]);
    else if (outcome.result) results.push([outcome.hook, boundedResult(outcome.result)]);
  }
  return Object.fromEntries(results);
}

function failure(error: string): HookResult {
  return { title: "The hook failed", summary: cut(error, 500).replace(/[^\w\s.,:()'-]/g, " "), conclusion: "neutral" };
}

function valuesOf<T>(outcome: PromiseSettledResult<T>): readonly T[] {
  return outcome.status === "fulfilled" ? [outcome.value] : [];
}

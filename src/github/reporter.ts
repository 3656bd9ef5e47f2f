import { type Json, linkOf, openEntry, type PersonId, type PullFacts, type RecordHead } from "../core/index.js";
import type { HookOutcome, HookResult, Logger } from "../hook.js";
import { renderCheckRuns } from "../report/check-run.js";
import { cut } from "../report/limits.js";
import type { ConfigurationView, RecordView, ReportView } from "../report/view.js";
import type { LoopStore } from "../store/repository.js";
import { ownerAndName } from "./closing-references.js";
import type { Configurations } from "./config/load.js";
import { isNotThere } from "./github-errors.js";
import type { Repo } from "./observe/index.js";
import type { Octokit } from "./octokit.js";
import { policyOf } from "./policy-of.js";
import { isPublished, limited, type PublishedCheckRun, writeCheckRun } from "./publish-check-run.js";
import { commentOf, type Place, type PublishedComment, writeComment } from "./publish-comment.js";

/** What GitHub shows of a pull request now, as far as this App wrote it. Kept so that nothing is written twice. */
interface Published {
  readonly comment: PublishedComment | null;
  readonly checkRuns: { readonly [name: string]: PublishedCheckRun };
  readonly hooks: { readonly [hook: string]: HookResult };
  /** What came of the configuration at a head, which does not change. */
  readonly configuration?: { readonly sha: string; readonly brought: ConfigurationView["brought"] };
}

const NOTHING: Published = { comment: null, checkRuns: {}, hooks: {} };
const COLLECTION = "report";

/** Entries that a report shows; the ledger has them all. */
const SHOWN_ENTRIES = 60;

export interface ReporterOptions {
  readonly store: LoopStore;
  readonly configurations: Configurations;
  readonly logger: Logger;
}

/**
 * Publishes what the records say: one check run on the head, one comment that is edited in place. Level-triggered: it renders what is
 * so now and writes only what differs from what was written last, so that repeating it changes nothing.
 */
export class Reporter {
  readonly #store: LoopStore;
  readonly #configurations: Configurations;
  readonly #logger: Logger;

  constructor({ store, configurations, logger }: ReporterOptions) {
    this.#store = store;
    this.#configurations = configurations;
    this.#logger = logger;
  }

  /** @throws GitHub's own errors, where trying again may help; what GitHub refuses for good is logged. */
  async publish(octokit: Octokit, repoId: number, number: number, outcomes: readonly HookOutcome[]): Promise<void> {
    const id = `${repoId}#${number}`;
    const stored = ((await this.#store.items.get(COLLECTION, id)) ?? NOTHING) as unknown as Published;
    const hooks = { ...stored.hooks, ...resultsOf(outcomes) };
    const pull = await this.#pull(repoId, number);
    if (!pull) return;
    const { records, facts } = pull;
    const place = placeOf(facts);
    const repo = { id: repoId, name: facts.repoName };
    const inForce = await this.#configurations.of(octokit, repo);
    const configuration = await this.#checkConfiguration(octokit, repo, facts.headSha, stored);
    const view: ReportView = {
      ...{ pull: facts, policy: policyOf(inForce.configuration), records },
      hooks: Object.entries(hooks).map(([hook, result]) => ({ hook, result })),
      configuration: { brought: configuration.brought, inForce: inForce.problems },
      loginOf: await this.#loginsOf(records),
    };
    const wanted = { checkRuns: renderCheckRuns(view).map(limited), comment: commentOf(view) };
    const due = {
      checkRuns: wanted.checkRuns.filter(
        (report) => !isPublished(stored.checkRuns[report.name], report, view.pull.headSha),
      ),
      comment: stored.comment?.digest === wanted.comment.digest ? null : wanted.comment,
    };
    if (due.checkRuns.length === 0 && !due.comment) return;

    const save = (published: Published) => this.#store.items.put(COLLECTION, id, published as unknown as Json);
    // Said before it is done: a process that dies before it learns the comment's id must look for it, not write another.
    if (!stored.comment) await save({ ...stored, hooks, comment: { id: null, digest: null } });

    const [comment, ...checkRuns] = await Promise.allSettled([
      due.comment ? writeComment(octokit, place, due.comment, stored.comment) : stored.comment,
      ...due.checkRuns.map(async (report) => {
        const written = await writeCheckRun(octokit, place, view.pull.headSha, report, stored.checkRuns[report.name]);
        return [report.name, written] as const;
      }),
    ]);
    await save({
      configuration,
      comment: comment.status === "fulfilled" ? comment.value : (stored.comment ?? { id: null, digest: null }),
      checkRuns: { ...stored.checkRuns, ...Object.fromEntries(checkRuns.flatMap(valuesOf)) },
      hooks,
    });
    for (const outcome of [comment, ...checkRuns])
      if (outcome.status === "rejected") this.#refused(outcome.reason, place);
  }

  #refused(error: unknown, { owner, repo, number }: Place): void {
    if (!isNotThere(error)) throw error;
    this.#logger.warn({ err: error, repo: `${owner}/${repo}`, pullRequest: number }, "GitHub refused the report");
  }

  async #pull(repoId: number, number: number) {
    const ids = await this.#store.findByLink(linkOf.pull(repoId, number));
    const records = (await Promise.all(ids.map((id) => this.#record(id)))).filter((record) => record !== null);
    const facts = records
      .flatMap(({ head }) => head.facts.pulls)
      .find((pull) => pull.repoId === repoId && pull.number === number);
    return facts ? { records, facts } : null;
  }

  async #checkConfiguration(octokit: Octokit, repo: Repo, sha: string, stored: Published) {
    if (stored.configuration?.sha === sha) return stored.configuration;
    const check = await this.#configurations.check(octokit, repo, sha);
    return { sha, brought: check ? check.problems.map(({ line, message }) => ({ line, message })) : null };
  }

  async #record(id: RecordHead["recordId"]): Promise<RecordView | null> {
    const head = await this.#store.head(id);
    if (!head) return null;
    const entries = await this.#store.entries(id, { newest: true, limit: SHOWN_ENTRIES });
    return { head, entries: entries.map(openEntry) };
  }

  async #loginsOf(records: readonly RecordView[]): Promise<ReportView["loginOf"]> {
    const persons = new Set<PersonId>(
      records.flatMap(({ entries }) => entries.flatMap((entry) => entry.people.map(({ person }) => person))),
    );
    const logins = new Map<string, string>();
    for (const person of persons) {
      const known = await this.#store.people.find(person);
      if (known) logins.set(person, known.account.login);
    }
    return (person) => logins.get(person) ?? null;
  }
}

function placeOf({ repoName, number }: PullFacts): Place {
  const { owner, name } = ownerAndName({ name: repoName });
  return { owner, repo: name, number };
}

function resultsOf(outcomes: readonly HookOutcome[]): { readonly [hook: string]: HookResult } {
  const results: [string, HookResult][] = [];
  for (const outcome of outcomes) {
    if (outcome.status !== "done") results.push([outcome.hook, failure(outcome.error)]);
    else if (outcome.result) results.push([outcome.hook, outcome.result]);
  }
  return Object.fromEntries(results);
}

function failure(error: string): HookResult {
  return { title: "The hook failed", summary: cut(error, 500).replace(/[^\w\s.,:()'-]/g, " "), conclusion: "neutral" };
}

function valuesOf<T>(outcome: PromiseSettledResult<T>): readonly T[] {
  return outcome.status === "fulfilled" ? [outcome.value] : [];
}

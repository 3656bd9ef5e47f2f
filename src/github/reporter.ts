import {
  type GithubState,
  type Json,
  linkOf,
  openEntry,
  type PersonId,
  type Policy,
  type RecordHead,
} from "../core/index.js";
import type { HookOutcome, HookResult, Logger } from "../hook.js";
import { renderCheckRuns } from "../report/check-run.js";
import { cut } from "../report/limits.js";
import type { NamedHookResult, RecordView, ReportView } from "../report/view.js";
import type { LoopStore } from "../store/repository.js";
import { isNotThere } from "./github-errors.js";
import type { Octokit } from "./octokit.js";
import { isPublished, limited, type PublishedCheckRun, writeCheckRun } from "./publish-check-run.js";
import { commentOf, type Place, type PublishedComment, writeComment } from "./publish-comment.js";

/** What GitHub shows of a pull request now, as far as this App wrote it. Kept so that nothing is written twice. */
interface Published {
  readonly comment: PublishedComment | null;
  readonly checkRuns: { readonly [name: string]: PublishedCheckRun };
  readonly hooks: { readonly [hook: string]: HookResult };
}

const NOTHING: Published = { comment: null, checkRuns: {}, hooks: {} };
const COLLECTION = "report";

/** Entries that a report shows; the ledger has them all. */
const SHOWN_ENTRIES = 60;

export interface ReporterOptions {
  readonly store: LoopStore;
  readonly policy: Policy;
  readonly logger: Logger;
}

/**
 * Publishes what the records say: one check run on the head, one comment that is edited in place. Level-triggered: it renders what is
 * so now and writes only what differs from what was written last, so that repeating it changes nothing.
 */
export class Reporter {
  readonly #store: LoopStore;
  readonly #policy: Policy;
  readonly #logger: Logger;

  constructor({ store, policy, logger }: ReporterOptions) {
    this.#store = store;
    this.#policy = policy;
    this.#logger = logger;
  }

  /** @throws GitHub's own errors, where trying again may help; what GitHub refuses for good is logged. */
  async publish(octokit: Octokit, repoId: number, number: number, outcomes: readonly HookOutcome[]): Promise<void> {
    const id = `${repoId}#${number}`;
    const stored = ((await this.#store.items.get(COLLECTION, id)) ?? NOTHING) as unknown as Published;
    const hooks = { ...stored.hooks, ...resultsOf(outcomes) };
    const view = await this.#view(repoId, number, hooks);
    if (!view) return;

    const place = placeOf(view);
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

  async #view(repoId: number, number: number, hooks: Published["hooks"]): Promise<ReportView | null> {
    const ids = await this.#store.findByLink(linkOf.pull(repoId, number));
    const records = (await Promise.all(ids.map((id) => this.#record(id)))).filter((record) => record !== null);
    const pull = records
      .flatMap(({ head }) => head.facts.pulls)
      .find((facts) => facts.repoId === repoId && facts.number === number);
    if (!pull) return null;
    const logins = await this.#logins(records);
    const named: NamedHookResult[] = Object.entries(hooks).map(([hook, result]) => ({ hook, result }));
    return { pull, policy: this.#policy, records, hooks: named, loginOf: (person) => logins.get(person) ?? null };
  }

  async #record(id: RecordHead["recordId"]): Promise<RecordView | null> {
    const head = await this.#store.head(id);
    if (!head) return null;
    const entries = await this.#store.entries(id, { newest: true, limit: SHOWN_ENTRIES });
    return { head: head as RecordHead<GithubState>, entries: entries.map(openEntry) };
  }

  async #logins(records: readonly RecordView[]): Promise<ReadonlyMap<string, string>> {
    const persons = new Set<PersonId>(
      records.flatMap(({ entries }) => entries.flatMap((entry) => entry.people.map(({ person }) => person))),
    );
    const logins = new Map<string, string>();
    for (const person of persons) {
      const known = await this.#store.people.find(person);
      if (known) logins.set(person, known.account.login);
    }
    return logins;
  }
}

function placeOf({ records, pull }: ReportView): Place {
  const [owner = "", repo = ""] = (records[0]?.head.repo ?? "").split("/");
  return { owner, repo, number: pull.number };
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

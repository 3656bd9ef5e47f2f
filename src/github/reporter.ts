import type { ProbotOctokit } from "probot";
import {
  type GithubState,
  type Hash,
  type Json,
  linkOf,
  openEntry,
  type PersonId,
  type Policy,
  type RecordHead,
  sha256,
} from "../core/index.js";
import type { HookOutcome, HookResult, Logger } from "../hook.js";
import { type CheckRunReport, renderCheckRuns } from "../report/check-run.js";
import { COMMENT_MARKER, renderComment } from "../report/comment.js";
import type { NamedHookResult, RecordView, ReportView } from "../report/view.js";
import type { LoopStore } from "../store/repository.js";
import { isNotThere } from "./github-errors.js";

type Octokit = InstanceType<typeof ProbotOctokit>;

/** What GitHub shows of a pull request now, as far as this App wrote it. Kept so that nothing is written twice. */
interface Published {
  readonly comment: PublishedComment | null;
  readonly checkRuns: { readonly [name: string]: PublishedCheckRun };
  readonly hooks: { readonly [hook: string]: HookResult };
}

interface PublishedComment {
  /** Null where it was begun, and it is not known whether it is there. */
  readonly id: number | null;
  readonly digest: Hash | null;
}

interface PublishedCheckRun {
  readonly id: number;
  readonly sha: string;
  readonly digest: Hash;
}

const NOTHING: Published = { comment: null, checkRuns: {}, hooks: {} };
const COLLECTION = "report";

/** Entries that a report shows; the ledger has them all. */
const SHOWN_ENTRIES = 60;

/** GitHub's limits: characters of a comment, of a check run's title and of its summary. */
const MAX_COMMENT = 65_536;
const MAX_SUMMARY = 65_535;
const MAX_TITLE = 255;

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

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
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

interface Wanted extends CheckRunReport {
  readonly digest: Hash;
}

function limited(report: CheckRunReport): Wanted {
  const title = shortened(report.title, MAX_TITLE);
  const summary = cut(report.summary, MAX_SUMMARY);
  return { ...report, title, summary, digest: sha256(JSON.stringify([report.conclusion, title, summary])) };
}

function isPublished(last: PublishedCheckRun | undefined, wanted: Wanted, sha: string): boolean {
  return last?.sha === sha && last.digest === wanted.digest;
}

async function writeCheckRun(
  octokit: Octokit,
  { owner, repo }: Place,
  sha: string,
  { name, conclusion, title, summary, digest }: Wanted,
  last: PublishedCheckRun | undefined,
): Promise<PublishedCheckRun> {
  const content = { owner, repo, status: "completed", conclusion, output: { title, summary } } as const;
  if (last?.sha === sha) {
    await octokit.rest.checks.update({ ...content, check_run_id: last.id });
    return { id: last.id, sha, digest };
  }
  const { data } = await octokit.rest.checks.create({ ...content, name, head_sha: sha });
  return { id: data.id, sha, digest };
}

interface WantedComment {
  readonly body: string;
  readonly digest: Hash;
}

function commentOf(view: ReportView): WantedComment {
  const body = cut(renderComment(view), MAX_COMMENT);
  return { body, digest: sha256(body) };
}

/** Edits the comment that is known; looks for the one that was begun; adds one where there is none, or somebody deleted it. */
async function writeComment(
  octokit: Octokit,
  place: Place,
  { body, digest }: WantedComment,
  known: PublishedComment | null,
): Promise<PublishedComment> {
  const existing = known ? (known.id ?? (await findComment(octokit, place))) : null;
  const edited = existing === null ? null : await editComment(octokit, place, existing, body);
  return { id: edited ?? (await addComment(octokit, place, body)), digest };
}

async function findComment(octokit: Octokit, { owner, repo, number }: Place): Promise<number | null> {
  const comments = await octokit.paginate(octokit.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  return (
    comments.find((comment) => comment.user?.type === "Bot" && comment.body?.startsWith(COMMENT_MARKER))?.id ?? null
  );
}

/** @returns null where the comment is gone: somebody deleted it */
async function editComment(octokit: Octokit, { owner, repo }: Place, id: number, body: string): Promise<number | null> {
  try {
    await octokit.rest.issues.updateComment({ owner, repo, comment_id: id, body });
    return id;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}

async function addComment(octokit: Octokit, { owner, repo, number }: Place, body: string): Promise<number> {
  const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body });
  return data.id;
}

/** One line stays one line. */
function shortened(line: string, limit: number): string {
  return line.length <= limit ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}

/** Cut at a line end, so that no row of a table is left half, and not within a diagram. */
function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const whole = Buffer.from(text)
    .subarray(0, limit - 40)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
  const end = whole.lastIndexOf("\n");
  const kept = end > 0 ? whole.slice(0, end) : whole;
  const isInDiagram = (kept.match(/^```/gm)?.length ?? 0) % 2 === 1;
  return `${kept}${isInDiagram ? "\n```" : ""}\n\n(cut here)`;
}

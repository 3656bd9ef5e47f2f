import { currentPull, GITHUB, isTerminal, type RecordHead, statesOf, timestamp } from "../../core/index.js";
import type { Observed } from "../../recorder/recorder.js";
import { membershipOf } from "../../recorder/work-items.js";
import { ciTimeout, WAITING_FOR_CI } from "../ci-timeout.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo, Sighting } from "../observe/index.js";
import type { AppParts } from "../parts.js";
import { repoNamed } from "../repo-named.js";
import { type Attempt, Attempts } from "./attempts.js";
import { type ItemSubject, refresh } from "./refresh.js";

export interface ReconcileOptions {
  readonly parts: AppParts;
  /** GitHub as the installation that holds a repository; null where the App is not installed there. */
  readonly octokitFor: (repo: Pick<Repo, "name">) => Promise<Octokit | null>;
  readonly clock: () => Date;
}

/** What came of comparing one work item with GitHub. */
export type Finding = Compared | NotCompared;

interface Compared {
  readonly recordId: string;
  readonly ref: string;
  /** adopted: it was not known before. unreachable: GitHub does not show it, or a part of it, to the App. */
  readonly found: "in_step" | "repaired" | "adopted" | "unreachable";
  readonly before: string | null;
  readonly after: string;
  /** How many entries were recorded. */
  readonly recorded: number;
}

/** Trying again may help: it is left to the next run. */
interface NotCompared {
  /** Null where it has no record, or is a whole repository in which nothing could be looked for. */
  readonly recordId: string | null;
  readonly ref: string;
  readonly found: "failed";
  readonly error: unknown;
}

/**
 * Compares every open record with GitHub and records what was missed, each step at GitHub's own time and marked as read from a
 * snapshot; gives up on CI that was waited for too long; and takes in what was opened since the oldest open record of a repository and
 * never heard of. What is older is for a backfill. What fails is said, and the others are compared all the same; where all fails, it ends.
 * @param name `owner/name`: only that repository
 */
export async function* reconcile(options: ReconcileOptions, name?: string): AsyncGenerator<Finding> {
  const attempts = new Attempts(options.clock);
  const heads = await openHeads(options, isOf(name));
  for (const head of heads) yield* compare(options, attempts, head);
  yield* adoptSince(options, attempts, heads);
}

/** How far the round has come that goes on, or that was the last. */
interface Round {
  readonly begunAt: string;
  /** The record that was compared last; null once all were. */
  readonly after: string | null;
}

const ROUND = "reconcile";

/**
 * The same, as much of it as time allows: goes on where the last run stopped, and begins a new round when one is due. What was never heard
 * of comes first, for asking costs a request a repository.
 * @param everyMs from the begin of a round to that of the next, at the least, in milliseconds
 * @param budgetMs after which no further record is begun, in milliseconds
 */
export async function* reconcileInRounds(
  options: ReconcileOptions,
  { everyMs, budgetMs }: { readonly everyMs: number; readonly budgetMs: number },
): AsyncGenerator<Finding> {
  const { items } = options.parts.store;
  const now = options.clock().getTime();
  const last = (await items.get(ROUND, ROUND)) as Round | null;
  const goesOn = last !== null && last.after !== null;
  if (last && !goesOn && now < Date.parse(last.begunAt) + everyMs) return;
  const begunAt = goesOn ? last.begunAt : timestamp(now);
  const attempts = new Attempts(options.clock);
  const heads = [...(await openHeads(options, () => true))].sort((a, b) => (a.recordId < b.recordId ? -1 : 1));
  const save = (after: string | null) => items.put(ROUND, ROUND, { begunAt, after });
  if (!goesOn) {
    yield* adoptSince(options, attempts, heads);
    await save("");
  }
  for (const head of heads.filter(({ recordId }) => recordId > (last?.after ?? ""))) {
    if (options.clock().getTime() >= now + budgetMs) return;
    yield* compare(options, attempts, head);
    await save(head.recordId);
  }
  await save(null);
}

/** As it is by now, for others may have moved it since it was listed. */
async function* compare(
  options: ReconcileOptions,
  attempts: Attempts,
  { recordId }: RecordHead,
): AsyncGenerator<Finding> {
  const head = await options.parts.store.head(recordId);
  if (head) yield found(head, await attempts.at(() => reconcileRecord(options, head)));
}

/** What was opened in the repositories of these records since the oldest of them. */
async function* adoptSince(
  options: ReconcileOptions,
  attempts: Attempts,
  heads: readonly RecordHead[],
): AsyncGenerator<Finding> {
  const since = new Map<string, string>();
  for (const head of heads) {
    for (const repo of reposOf(head)) since.set(repo, least(since.get(repo), beginOf(head)));
  }
  for (const [repo, from] of since) yield* adopt(options, attempts, repo, from);
}

/** Gives up on CI that was waited for too long, after one more look at GitHub. Cheap where nothing is due: for a timer. */
export async function* timeOutCi(options: ReconcileOptions): AsyncGenerator<Finding> {
  const attempts = new Attempts(options.clock);
  for (const head of await openHeads(options, ({ state }) => WAITING_FOR_CI.some((waiting) => waiting === state))) {
    if (!(await ciTimeoutOf(options, head))) continue;
    yield found(head, await attempts.at(() => reconcileRecord(options, head)));
  }
}

function found({ recordId, ref }: RecordHead, attempt: Attempt<Compared>): Finding {
  return attempt.ok ? attempt.value : { recordId, ref, found: "failed", error: attempt.error };
}

async function reconcileRecord(options: ReconcileOptions, head: RecordHead): Promise<Compared> {
  const { parts, octokitFor } = options;
  const before = head.state;
  await parts.pipeline.workItems.renewIfOld(head);
  const observed: Observed[] = [];
  let [isReached, isAllShown] = [false, true];
  for (const subject of subjectsOf(head)) {
    const octokit = await octokitFor(subject.repo);
    if (!octokit) continue;
    isReached = true;
    const { isShown, observed: repaired } = await refresh(parts.pipeline, subject, {
      source: { kind: "snapshot" },
      octokit,
    });
    isAllShown &&= isShown;
    const given = await giveUpOnCi(options, head, octokit);
    await parts.conclusions.of([...repaired, ...given], octokit);
    observed.push(...repaired, ...given);
  }
  const after = (await parts.store.head(head.recordId))?.state ?? before;
  const own = observed.filter((one) => one.head.recordId === head.recordId);
  const recorded = own.reduce((sum, { entries }) => sum + entries.length, 0);
  const nothingNew = isAllShown ? "in_step" : "unreachable";
  const found = !isReached ? "unreachable" : recorded > 0 ? "repaired" : nothingNew;
  return { recordId: head.recordId, ref: head.ref, found, before, after, recorded };
}

async function giveUpOnCi(
  options: ReconcileOptions,
  { recordId }: RecordHead,
  octokit: Octokit,
): Promise<readonly Observed[]> {
  const { parts } = options;
  const head = await parts.store.head(recordId);
  const sighting = head && (await ciTimeoutOf(options, head));
  return sighting ? parts.pipeline.apply(sighting, { source: { kind: "snapshot" }, octokit }) : [];
}

/** By what is known of the settings of the repository whose CI is waited for. */
async function ciTimeoutOf({ parts, clock }: ReconcileOptions, head: RecordHead): Promise<Sighting | null> {
  const { item } = await parts.pipeline.workItems.load(membershipOf(head));
  const pull = currentPull(item);
  if (!pull) return null;
  const { configuration } = await parts.configurations.of(null, { id: pull.repoId, name: pull.repoName });
  return ciTimeout(pull, configuration, clock());
}

/** What is open at GitHub and has no record, although it was opened when others had one. */
async function* adopt(
  options: ReconcileOptions,
  attempts: Attempts,
  name: string,
  from: string,
): AsyncGenerator<Finding> {
  const listed = await attempts.at(() => openedSince(options, name, from));
  if (!listed.ok) yield { recordId: null, ref: name, found: "failed", error: listed.error };
  for (const { number, subject, octokit } of listed.ok ? listed.value : []) {
    const adopted = await attempts.at(() => adoptOne(options, subject, octokit));
    if (!adopted.ok) yield { recordId: null, ref: `${name}#${number}`, found: "failed", error: adopted.error };
    else if (adopted.value) yield adopted.value;
  }
}

interface Opened {
  readonly number: number;
  readonly subject: ItemSubject;
  readonly octokit: Octokit;
}

async function openedSince({ octokitFor }: ReconcileOptions, name: string, from: string): Promise<readonly Opened[]> {
  const octokit = await octokitFor({ name });
  const repo = octokit && (await repoNamed(octokit, name));
  if (!octokit || !repo) return [];
  const { owner, name: repoName } = ownerAndName({ name });
  const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, {
    ...{ owner, repo: repoName, state: "open", sort: "created", direction: "desc", per_page: 100 },
  });
  const opened: Opened[] = [];
  for await (const { data } of pages) {
    for (const { number, pull_request: pull, created_at: at } of data) {
      if (at < from) return opened;
      opened.push({ number, subject: subjectOf(repo, number, pull !== undefined, at), octokit });
    }
  }
  return opened;
}

/** @returns null where it has a record, or GitHub does not show it after all */
async function adoptOne({ parts }: ReconcileOptions, subject: ItemSubject, octokit: Octokit): Promise<Compared | null> {
  if ((await parts.pipeline.headsOf(subject)).length > 0) return null;
  const { observed } = await refresh(parts.pipeline, subject, { source: { kind: "snapshot" }, octokit });
  await parts.conclusions.of(observed, octokit);
  const head = observed.at(-1)?.head;
  if (!head) return null;
  const recorded = observed.reduce((sum, { entries }) => sum + entries.length, 0);
  return { recordId: head.recordId, ref: head.ref, found: "adopted", before: null, after: head.state, recorded };
}

export function subjectOf(repo: Repo, number: number, isPull: boolean, at: string): ItemSubject {
  if (isPull) return { kind: "pull", repo, number, linking: null };
  return { kind: "issue", repo, number, at: timestamp(at), turn: null };
}

/** Collected before any of them moves, for lists are in the order of the last change. */
async function openHeads(
  { parts: { store } }: ReconcileOptions,
  isMeant: (head: RecordHead) => boolean,
): Promise<readonly RecordHead[]> {
  const heads: RecordHead[] = [];
  for (const state of statesOf(GITHUB)) {
    if (isTerminal(GITHUB, state)) continue;
    let cursor: string | null | undefined;
    do {
      const page = await store.list({ state, limit: 1000, ...(cursor ? { cursor } : {}) });
      heads.push(...page.items.filter(isMeant));
      cursor = page.cursor;
    } while (cursor);
  }
  return heads;
}

/** What a record is about at GitHub: nothing, for one that was not made by the App. */
function subjectsOf(head: RecordHead): readonly ItemSubject[] {
  const { issue, pulls } = membershipOf(head);
  const home = (issue ?? pulls[0])?.repoId;
  const repoOf = (repoId: number) => ({
    id: repoId,
    name: repoId === home ? head.repo : otherRepoNameOf(head, repoId),
  });
  return [
    ...(issue ? [subjectOf(repoOf(issue.repoId), issue.number, false, head.updatedAt)] : []),
    ...pulls.map(({ repoId, number }) => subjectOf(repoOf(repoId), number, true, head.updatedAt)),
  ];
}

/** A record may have a pull request of another repository than its issue's: by the address under which it is found. */
function otherRepoNameOf(head: RecordHead, repoId: number): string {
  const own = membershipOf(head).pulls.filter((pull) => pull.repoId === repoId);
  const addresses = head.links.flatMap((link) => {
    const [, name, number] = /^address:(.+)#(\d+)$/.exec(link) ?? [];
    return name === undefined ? [] : [{ name, number: Number(number) }];
  });
  const found = addresses.find(
    ({ name, number }) => name !== head.repo.toLowerCase() && own.some((pull) => pull.number === number),
  );
  return found?.name ?? head.repo;
}

function isOf(name: string | undefined): (head: RecordHead) => boolean {
  return (head) => name === undefined || reposOf(head).includes(name.toLowerCase());
}

function reposOf(head: RecordHead): readonly string[] {
  return [...new Set(subjectsOf(head).map(({ repo }) => repo.name.toLowerCase()))];
}

function beginOf({ createdAt }: RecordHead): string {
  return createdAt;
}

function least(a: string | undefined, b: string): string {
  return a !== undefined && a < b ? a : b;
}

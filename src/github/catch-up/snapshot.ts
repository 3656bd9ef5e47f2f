import type { HiddenPart, PullView, Review } from "../../core/index.js";
import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";
import type { ObservedEvent, Repo } from "../observe/index.js";
import { OWN_MARK } from "../own-mark.js";
import { type ListedCommitters, readCommitters } from "./committers.js";
import { type PullEvents, readPullEvents } from "./pull-events.js";
import type { SyntheticEvent } from "./synthetic-event.js";

/** A reading, and when what it says was so. */
interface Dated {
  readonly at: string;
  readonly reading: SyntheticEvent;
}

export interface PullRead {
  readonly readings: readonly SyntheticEvent[];
  /** What GitHub refused to show of it: not to be taken for none. */
  readonly hidden: readonly HiddenPart[];
  /** What its timeline says; null where nobody had to ask, or GitHub did not say. */
  readonly events: PullEvents | null;
  /** Who made its commits; null where it is not merged, that is known, or GitHub does not say. */
  readonly committers: ListedCommitters | null;
}

/** What is known of a pull request before it is read. */
export interface KnownOfPull {
  /** The commits of its merge groups: the queue merges by what CI says of these. */
  readonly groups: readonly string[];
  readonly pull: PullView | null;
  /** The label that asks the App for a merge. */
  readonly mergeLabel: string | null;
}

const NOTHING_KNOWN: KnownOfPull = { groups: [], pull: null, mergeLabel: null };

/**
 * A pull request's life so far, as its deliveries would have told it: opened, the checks and statuses of its head, its reviews, its
 * end. Of earlier heads GitHub does not tell.
 * @returns null where GitHub does not show it
 * @throws GitHub's own errors, where trying again may help
 */
export async function readPull(
  octokit: Octokit,
  repo: Repo,
  number: number,
  { groups, pull: known, mergeLabel }: KnownOfPull = NOTHING_KNOWN,
): Promise<PullRead | null> {
  const { owner, name } = ownerAndName(repo);
  const place = { owner, repo: name };
  const ofPull = { ...place, pull_number: number };
  const about = { repository: { id: repo.id, full_name: repo.name }, sender: null };
  try {
    const { data: pull } = await octokit.rest.pulls.get(ofPull);
    const merged = groups.filter((sha) => sha === pull.merge_commit_sha);
    const [checks, reviews] = await Promise.all([
      Promise.all([pull.head.sha, ...merged].map((sha) => unlessRefused(readChecks(octokit, place, sha)))),
      unlessRefused(octokit.paginate(octokit.rest.pulls.listReviews, { ...ofPull, per_page: 100 })),
    ]);
    const shown = checks.filter((said) => said !== null);
    const heard = known?.reviews ?? [];
    const untold = new Set(reviews?.filter((review) => isUntold(review, heard)).map(({ id }) => id));
    const isMoved = reviews?.some((review) => isForOtherBase(review, heard, pull.base.ref)) ?? false;
    const isLabelUntold = !pull.merged && mergeLabel !== null && isSetByNobodyKnown(mergeLabel, pull.labels, known);
    const isAsked = untold.size > 0 || isMoved || isLabelUntold;
    const events = isAsked ? await readPullEvents(octokit, repo, number) : null;
    // Of what is open, whoever is in doubt asks for another review.
    const areReviewsHidden = reviews === null || (isMoved && events === null && pull.merged);
    const hidden: readonly HiddenPart[] = [
      ...(shown.length < checks.length ? (["checks"] as const) : []),
      ...(areReviewsHidden ? (["reviews"] as const) : []),
    ];
    const open = { state: "open", merged: false, merged_at: null, merged_by: null, closed_at: null };
    // Its head and base are today's: that they were so from the beginning, nobody says, only that they have been since the last change.
    const since = pull.updated_at;
    const ends = { head: { ...pull.head, since }, base: { ...pull.base, since } };
    const opened = { ...pull, ...open, ...ends, updated_at: pull.created_at };
    const life: Dated[] = [
      ...shown.flatMap((said) => checksAsSaid(said, about)),
      ...(reviews ?? []).flatMap((review) =>
        reviewAsSaid(review, events, untold).map((said) => ({
          at: said.dismissed_at ?? said.submitted_at ?? "",
          reading: reading("pull_request_review.submitted", {
            ...about,
            action: "submitted",
            review: said,
            pull_request: pull,
            sender: review.user,
          }),
        })),
      ),
    ];
    const ended = pull.state === "closed";
    const [ofHead] = checks;
    const has_checks = ofHead && (ofHead.runs.length > 0 || ofHead.statuses.length > 0);
    const end = { ...about, action: ended ? "closed" : "edited", pull_request: { ...pull, has_checks } };
    const readings = [
      reading("pull_request.opened", { ...about, action: "opened", pull_request: opened, sender: pull.user }),
      ...life.sort((a, b) => (a.at < b.at ? -1 : 1)).map((dated) => dated.reading),
      reading(ended ? "pull_request.closed" : "pull_request.edited", { ...end, sender: pull.merged_by ?? null }),
    ];
    const isWanted = pull.merged && !known?.committers;
    const committers = isWanted ? await unlessRefused(readCommitters(octokit, ofPull)) : null;
    return { readings, hidden, events, committers };
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

/** All that CI says of a commit: every run, not the newest of each name, for a merge is judged by what had been said by then. */
async function readChecks(octokit: Octokit, place: { readonly owner: string; readonly repo: string }, sha: string) {
  const commit = { ...place, ref: sha, per_page: 100 };
  const [runs, suites, statuses] = await Promise.all([
    octokit.paginate(octokit.rest.checks.listForRef, { ...commit, filter: "all" }),
    octokit.paginate(octokit.rest.checks.listSuitesForRef, commit),
    octokit.paginate(octokit.rest.repos.listCommitStatusesForRef, commit).catch(noneIfRefused),
  ]);
  // GitHub may leave out whose suite it is: one with a run of this App is its own, and nothing to wait for.
  const own = new Set(runs.filter(isOwn).map(({ check_suite: suite }) => suite?.id));
  return { sha, runs, suites: suites.filter(({ id, app }) => app !== null || !own.has(id)), statuses };
}

interface ListedReview {
  readonly id: number;
  readonly state: string;
  readonly submitted_at?: string;
}

/** Whether nobody heard of a review what GitHub's list does not say: for which commit and base it was given, and when it was dismissed. */
function isUntold({ id, state }: ListedReview, heard: readonly Review[]): boolean {
  const known = heard.find((review) => review.id === id);
  if (state === "DISMISSED") return known?.state !== "dismissed" || known.untold === true;
  return state === "APPROVED" && known?.baseRef === undefined;
}

/** Whether an approval was given for another base than the one of today: a person may have changed it, or GitHub itself. */
function isForOtherBase({ id, state }: ListedReview, heard: readonly Review[], base: string): boolean {
  const known = heard.find((review) => review.id === id)?.baseRef;
  return state === "APPROVED" && known !== undefined && known !== base;
}

/** Whether the label is there, and nobody heard who had set it. */
function isSetByNobodyKnown(
  label: string,
  labels: readonly { readonly name: string }[],
  known: PullView | null,
): boolean {
  const isIt = (name: string) => name.toLowerCase() === label.toLowerCase();
  return labels.some(({ name }) => isIt(name)) && !(known?.labelWords ?? []).some((word) => isIt(word.label));
}

/** What a review said before it was dismissed, and that it was: GitHub's list says that by the timeline alone. */
function reviewAsSaid<R extends ListedReview>(
  review: R,
  events: PullEvents | null,
  untold: ReadonlySet<number>,
): readonly (R & { readonly dismissed_at?: string; readonly untold?: true })[] {
  const dismissal = review.state === "DISMISSED" ? events?.dismissals.get(review.id) : undefined;
  if (!dismissal) return [untold.has(review.id) && !events ? { ...review, untold: true } : review];
  return [
    { ...review, state: dismissal.was },
    { ...review, dismissed_at: dismissal.at },
  ];
}

function isOwn({ external_id: mark }: { readonly external_id: string | null }): boolean {
  return mark?.startsWith(OWN_MARK) ?? false;
}

function checksAsSaid(
  { sha, runs, suites, statuses }: Awaited<ReturnType<typeof readChecks>>,
  about: object,
): readonly Dated[] {
  return [
    ...runs.map((run) => ({
      at: run.completed_at ?? run.started_at ?? "",
      reading: reading("check_run.completed", { ...about, action: "completed", check_run: inSuite(run, suites) }),
    })),
    ...suites.map((suite) => ({
      at: suite.updated_at ?? "",
      reading: reading("check_suite.completed", { ...about, action: "completed", check_suite: suite }),
    })),
    ...statuses.map((status) => ({
      at: status.updated_at,
      reading: reading("status", { ...about, ...status, sha }),
    })),
  ];
}

/** GitHub dates suites, and no runs: a run has said what it says since its suite changed last, at the latest. */
function inSuite<Run extends { readonly check_suite: { readonly id: number } | null }>(
  run: Run,
  suites: readonly { readonly id: number; readonly updated_at: string | null; readonly status: string | null }[],
): object {
  const suite = suites.find(({ id }) => id === run.check_suite?.id);
  return suite ? { ...run, check_suite: suite } : run;
}

/** GitHub's last word on a part of it is no word on the rest. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

/** An App that was installed before it read statuses has no permission to: it goes by the checks. */
function noneIfRefused(error: unknown): readonly never[] {
  if (isNotThere(error)) return [];
  throw error;
}

function reading(event: ObservedEvent, payload: object): SyntheticEvent {
  return { event, payload };
}

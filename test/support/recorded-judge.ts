import type { RecordedReview, RecordedRun, RecordedStatus, RecordedSuite } from "./recorded.js";
import { type RecordedWorld, secondAt, type Word, type Words, type WorldPull } from "./recorded-world.js";

/** `unknown`: nothing failed or was waited for but what belongs to the App that merged, whose own work was the merge. */
export type Ci = "none" | "running" | "red" | "green" | "unknown";

/** A merge, as it is judged. */
export interface Merge {
  /** By GitHub's clock. */
  readonly second: number;
  /** Who merged: `<slug>[bot]` for an App. Null where GitHub names nobody. */
  readonly by: string | null;
}

/** The merge of a pull request; null if it was not merged. */
export function mergeOf({ pull }: WorldPull): Merge | null {
  if (pull.merged_at === null) return null;
  return { second: secondAt(pull.merged_at), by: pull.merged_by?.login ?? null };
}

const GREEN = ["success", "neutral", "skipped"];

/** From what decides to what does not. */
const BY_WEIGHT = ["red", "running", "unknown", "green"] as const;

/**
 * What CI says of a commit: what it had said when the pull request was merged, or, without a merge, in the end. What GitHub made after
 * the second of the merge was not said; what it made in that very second was said if it is good news, for nobody can tell which was first.
 */
export function ciOf(sha: string, world: RecordedWorld, merge: Merge | null): Ci {
  const runs = world.runsOf(sha).flatMap((words) => heardBy(merge, words, (run) => ofRun(run) === "green") ?? []);
  const current = runs.filter((run) => !runs.some((other) => replaces(other, run)));
  const statuses = contextsOf(world.statusesOf(sha)).flatMap((words) => heardBy(merge, words, isSuccess) ?? []);
  // A suite that is at work has runs of which nothing was heard yet.
  const atWork = world.suitesOf(sha).flatMap((words) => {
    const suite = newestSuite(wordsBy(merge, words, ({ status }) => status !== "in_progress"));
    return suite?.status === "in_progress" && runs.some(({ check_suite }) => check_suite.id === suite.id) ? suite : [];
  });
  const said: readonly Ci[] = [
    ...current.map((run) => excused(ofRun(run), run, merge)),
    ...statuses.map(ofStatus),
    ...atWork.map((suite) => excused("running", suite, merge)),
  ];
  return BY_WEIGHT.find((word) => said.includes(word)) ?? "none";
}

/** Whether the repository had shown a check before the merge: where none was ever seen, none is asked for. */
export function hasShownChecks({ repoId }: WorldPull, world: RecordedWorld, merge: Merge): boolean {
  const first = world.firstCheckIn(repoId);
  return first !== null && first <= merge.second;
}

/** The last that was said of a thing in time; undefined if nothing was. */
function heardBy<T>(merge: Merge | null, words: Words<T>, isGood: (said: T) => boolean): T | undefined {
  return wordsBy(merge, words, isGood).at(-1)?.said;
}

/** What was said of a thing in time. */
function wordsBy<T>(merge: Merge | null, words: Words<T>, isGood: (said: T) => boolean): Words<T> {
  if (merge === null) return words;
  return words.filter(({ second, said }) => second < merge.second || (second === merge.second && isGood(said)));
}

function ofRun({ completed_at, conclusion }: RecordedRun): Ci {
  if (completed_at === null) return "running";
  return GREEN.includes(conclusion ?? "") ? "green" : "red";
}

function ofStatus({ state }: RecordedStatus): Ci {
  if (state === "pending") return "running";
  return state === "success" ? "green" : "red";
}

function isSuccess(status: RecordedStatus): boolean {
  return ofStatus(status) === "green";
}

/** A job whose work is the merge cannot have ended before it. */
function excused(ci: Ci, { app }: Pick<RecordedSuite, "app">, merge: Merge | null): Ci {
  const isTheirs = app?.slug !== undefined && merge?.by === `${app.slug}[bot]`;
  return ci === "running" && isTheirs ? "unknown" : ci;
}

/**
 * A run of the same name and app took the place of one that had ended when it started; of one that was cancelled, if it started later.
 * Both times are what one app says, and one clock can be compared with itself.
 */
function replaces(other: RecordedRun, run: RecordedRun): boolean {
  if (other.id === run.id || keyOf(other) !== keyOf(run) || run.completed_at === null) return false;
  const from = run.conclusion === "cancelled" ? begunAt(run) : Date.parse(run.completed_at);
  return begunAt(other) > from;
}

/** For one run in 17 of the recordings the start that the app says is later than the end. */
function begunAt({ started_at, completed_at }: RecordedRun): number {
  return Math.min(...[started_at, completed_at ?? started_at].map((time) => Date.parse(time)));
}

function keyOf({ app, name }: RecordedRun): string {
  return `${app?.id} ${name}`;
}

function contextsOf(statuses: Words<RecordedStatus>): readonly Words<RecordedStatus>[] {
  const contexts = [...new Set(statuses.map(({ said }) => said.context))];
  return contexts.map((context) => statuses.filter(({ said }) => said.context === context));
}

/** GitHub's own time of the suite decides, and the suite's progress where that is the same. */
export function newestSuite(words: Words<RecordedSuite>): RecordedSuite | undefined {
  const isDone = ({ status }: RecordedSuite) => Number(status === "completed");
  const inTime = [...words].sort(({ said: a }, { said: b }) => {
    return secondAt(a.updated_at) - secondAt(b.updated_at) || isDone(a) - isDone(b);
  });
  return inTime.at(-1)?.said;
}

export interface ReviewAt {
  readonly word: "none" | "waiting" | "approved";
  /** The rule that a merge breaks which does not wait. */
  readonly unmet: string;
}

const WRITERS = ["OWNER", "MEMBER", "COLLABORATOR"];

/**
 * What was said when the pull request was merged, or, without a merge, in the end: whether the head is approved, or a review that was
 * begun is still waited for. A mere comment begins none.
 */
export function reviewOf(one: WorldPull, merge: Merge | null): ReviewAt {
  const { pull, reviews, reviewRequestedIn } = one;
  const given = reviews.flatMap((words) => reviewHeardBy(merge, words) ?? []);
  const byWriters = given.filter(({ user, author_association: association }) => {
    return user.id !== pull.user.id && WRITERS.includes(association);
  });
  const opinions = new Map(byWriters.filter(({ state }) => state !== "commented").map((each) => [each.user.id, each]));
  const counted = [...opinions.values()].filter((review) => !isUncounted(review, one));
  const isApproval = ({ state, commit_id }: RecordedReview) => state === "approved" && commit_id === pull.head.sha;
  const isStale = counted.some(({ state, commit_id }) => state === "approved" && commit_id !== pull.head.sha);
  const isOpposed = counted.some(({ state }) => state === "changes_requested");
  const isRequested = reviewRequestedIn !== null && (merge === null || reviewRequestedIn <= merge.second);
  return {
    word: counted.some(isApproval) && !isOpposed ? "approved" : isRequested || counted.length > 0 ? "waiting" : "none",
    unmet: isStale ? "merged_after_unreviewed_push" : "merged_without_approval",
  };
}

/** A review as it was then, on the commit that it was first heard with. */
function reviewHeardBy(merge: Merge | null, words: Words<RecordedReview>): RecordedReview | undefined {
  const [first] = words;
  if (!first || (merge !== null && secondAt(first.said.submitted_at) > merge.second)) return undefined;
  const isHeard = ({ second }: Word<RecordedReview>) => merge === null || second <= merge.second;
  const { said } = words.findLast(isHeard) ?? first;
  return { ...said, commit_id: first.said.commit_id };
}

/** An approval comes from a person, and not from the one who pushed what it approves. */
function isUncounted({ state, user, commit_id }: RecordedReview, { pull, pushes }: WorldPull): boolean {
  if (state !== "approved") return false;
  const pusher = pushes.findLast(({ said }) => said.sha === pull.head.sha)?.said.by ?? pull.user;
  return user.type === "Bot" || (commit_id === pull.head.sha && user.id === pusher.id);
}

import type {
  Recorded,
  RecordedPull,
  RecordedReview,
  RecordedRun,
  RecordedStatus,
  RecordedSuite,
  RecordedUser,
} from "./recorded.js";

/** What one delivery said of a thing. */
export interface Word<T> {
  /** The second in which GitHub made the delivery: its GUID holds the time. */
  readonly second: number;
  readonly said: T;
}

/** Everything that was said of one thing, oldest first. */
export type Words<T> = readonly Word<T>[];

/** A pull request as the recording leaves it. */
export interface WorldPull {
  readonly repoId: number;
  readonly repoName: string;
  readonly pull: RecordedPull;
  /** Each push to the head after it was opened. */
  readonly pushes: Words<{ readonly sha: string; readonly by: RecordedUser | undefined }>;
  /** The second in which a review was first known to be requested; null if none ever was. */
  readonly reviewRequestedIn: number | null;
  /** The words of each review. */
  readonly reviews: readonly Words<RecordedReview>[];
}

/** What GitHub held over the time of a recording, as far as the recording's own payloads show it. */
export interface RecordedWorld {
  readonly pulls: readonly WorldPull[];
  /** The words of each check run of a commit. */
  runsOf(sha: string): readonly Words<RecordedRun>[];
  /** The words of each check suite of a commit. */
  suitesOf(sha: string): readonly Words<RecordedSuite>[];
  /** The statuses of a commit. GitHub never changes one: each is a word of its own. */
  statusesOf(sha: string): Words<RecordedStatus>;
  /** The second in which a repository first showed a check run or a status; null if it never did. */
  firstCheckIn(repoId: number): number | null;
}

/** Every word of each thing, by GitHub's clock, whatever the order of arrival. */
export function worldOf(deliveries: readonly Recorded[]): RecordedWorld {
  const inTime = [...deliveries].sort(byTime);
  const runs = grouped(inTime, ({ payload }) => payload.check_run);
  const suites = grouped(inTime, ({ payload }) => payload.check_suite ?? payload.check_run?.check_suite);
  const statuses = inTime.flatMap((one) => statusIn(one).map((said) => wordOf(one, said)));
  const firstChecks = new Map<number, number>();
  for (const one of inTime) {
    const { repository, check_run } = one.payload;
    const isCheck = check_run !== undefined || one.event === "status";
    if (repository && isCheck && !firstChecks.has(repository.id)) firstChecks.set(repository.id, secondOf(one));
  }
  return {
    pulls: pullsIn(inTime),
    runsOf: (sha) => runs.filter(([first]) => first?.said.head_sha === sha),
    suitesOf: (sha) => suites.filter(([first]) => first?.said.head_sha === sha),
    statusesOf: (sha) => statuses.filter(({ said }) => said.sha === sha),
    firstCheckIn: (repoId) => firstChecks.get(repoId) ?? null,
  };
}

/** The order in which GitHub made the deliveries. What it made in one instant has an order that does not depend on the arrival. */
export function byTime(a: Recorded, b: Recorded): number {
  return compare(a.delivered_at, b.delivered_at) || isFirst(b) - isFirst(a) || compare(a.id, b.id);
}

/** A check run is created before it is completed. */
function isFirst({ payload }: Recorded): number {
  return Number(payload.action === "created");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The whole second of a time. GitHub's own times are no finer. */
export function secondAt(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

/** The last of each thing, as GitHub's API shows it. */
export function lastWords<T>(things: readonly Words<T>[]): readonly T[] {
  return things.flatMap((words) => words.at(-1)?.said ?? []);
}

function secondOf({ delivered_at }: Recorded): number {
  return secondAt(delivered_at);
}

function wordOf<T>(delivery: Recorded, said: T): Word<T> {
  return { second: secondOf(delivery), said };
}

/** The words of each thing that deliveries tell of, by its id. */
function grouped<T extends { readonly id: number }>(
  deliveries: readonly Recorded[],
  thingIn: (delivery: Recorded) => T | undefined,
): readonly Words<T>[] {
  const words = new Map<number, Word<T>[]>();
  for (const one of deliveries) {
    const thing = thingIn(one);
    if (!thing) continue;
    const known = words.get(thing.id);
    if (known) known.push(wordOf(one, thing));
    else words.set(thing.id, [wordOf(one, thing)]);
  }
  return [...words.values()];
}

function pullsIn(deliveries: readonly Recorded[]): readonly WorldPull[] {
  const pulls = new Map<string, WorldPull>();
  for (const one of deliveries) {
    const { action, repository, pull_request: seen, review, sender } = one.payload;
    if (!repository || !seen) continue;
    const key = `${repository.id}#${seen.number}`;
    const known = pulls.get(key);
    const isAsked = seen.requested_reviewers.length + seen.requested_teams.length > 0;
    const push = action === "synchronize" ? [wordOf(one, { sha: seen.head.sha, by: sender })] : [];
    pulls.set(key, {
      repoId: repository.id,
      repoName: repository.full_name,
      pull: known ? newerPull(known.pull, seen) : seen,
      pushes: [...(known?.pushes ?? []), ...push],
      reviewRequestedIn: known?.reviewRequestedIn ?? (isAsked ? secondAt(seen.updated_at) : null),
      reviews: review ? withWord(known?.reviews ?? [], wordOf(one, review)) : (known?.reviews ?? []),
    });
  }
  return [...pulls.values()];
}

function withWord(
  reviews: readonly Words<RecordedReview>[],
  word: Word<RecordedReview>,
): readonly Words<RecordedReview>[] {
  const isSame = ([first]: Words<RecordedReview>) => first?.said.id === word.said.id;
  if (!reviews.some(isSame)) return [...reviews, [word]];
  return reviews.map((words) => (isSame(words) ? [...words, word] : words));
}

/** A review's event may have the newest of a pull request, but never all of it. */
function newerPull(known: RecordedPull, seen: RecordedPull): RecordedPull {
  const pull = seen.updated_at < known.updated_at ? { ...seen, ...known } : { ...known, ...seen };
  return { ...pull, merged: pull.merged_at !== null };
}

function statusIn({ event, payload }: Recorded): readonly RecordedStatus[] {
  return event === "status" ? [payload as object as RecordedStatus] : [];
}

import type { RecordedReview, RecordedRun } from "./recorded.js";
import type { RecordedWorld, WorldPull } from "./recorded-world.js";

export type Ci = "none" | "running" | "red" | "green";

const GREEN = ["success", "neutral", "skipped"];

/** What CI says of a commit: what it had said by the time given, or, with none given, in the end. */
export function ciAt(at: string | null, sha: string, world: RecordedWorld): Ci {
  const runs = newestOf(
    world.runsOf(sha).filter((run) => by(begunAt(run), at)),
    ({ app, name }) => `${app?.id} ${name}`,
  );
  const statuses = newestOf(
    world.statusesOf(sha).filter(({ updated_at }) => by(updated_at, at)),
    ({ context }) => context,
  );
  // A suite that is at work has runs of which nothing was heard yet.
  const atWork = world.suitesOf(sha).filter(({ id, status, updated_at }) => {
    return status === "in_progress" && by(updated_at, at) && runs.some(({ check_suite }) => check_suite.id === id);
  });
  const said: readonly Ci[] = [
    ...runs.map(({ completed_at, conclusion }) => {
      if (completed_at === null || !by(completed_at, at)) return "running";
      return GREEN.includes(conclusion ?? "") ? "green" : "red";
    }),
    ...statuses.map(({ state }) => (state === "pending" ? "running" : state === "success" ? "green" : "red")),
    ...atWork.map(() => "running" as const),
  ];
  return (["red", "running", "green"] as const).find((word) => said.includes(word)) ?? "none";
}

/** Both are the word of the app that reported, and for one run in 17 of the recordings the start is the later. */
function begunAt({ started_at, completed_at }: RecordedRun): string {
  return completed_at !== null && by(completed_at, started_at) ? completed_at : started_at;
}

export interface ReviewAt {
  readonly word: "none" | "waiting" | "approved";
  /** The rule that a merge breaks which does not wait. */
  readonly unmet: string;
}

const WRITERS = ["OWNER", "MEMBER", "COLLABORATOR"];

/** What was said by the time given, or in the end: whether the head is approved, or a review that was begun is still waited for. */
export function reviewAt(at: string | null, { pull, reviews, reviewRequested }: WorldPull): ReviewAt {
  const given = reviews.filter(({ user, submitted_at }) => user.id !== pull.user.id && by(submitted_at, at));
  const counted = given.filter(({ author_association }) => WRITERS.includes(author_association));
  const opinions = new Map(counted.filter(({ state }) => state !== "commented").map((one) => [one.user.id, one]));
  const words = [...opinions.values()];
  const isApproval = ({ state, commit_id }: RecordedReview) => state === "approved" && commit_id === pull.head.sha;
  const isStale = words.some(({ state, commit_id }) => state === "approved" && commit_id !== pull.head.sha);
  const isOpposed = words.some(({ state }) => state === "changes_requested");
  const isWaited = reviewRequested || counted.length > 0;
  return {
    word: words.some(isApproval) && !isOpposed ? "approved" : isWaited ? "waiting" : "none",
    unmet: isStale ? "merged_after_unreviewed_push" : "merged_without_approval",
  };
}

function by(time: string, at: string | null): boolean {
  return at === null || Date.parse(time) <= Date.parse(at);
}

/** The newest of each key: GitHub counts its ids upwards. */
function newestOf<T extends { readonly id: number }>(things: readonly T[], keyOf: (thing: T) => string): readonly T[] {
  return [...new Map([...things].sort((a, b) => a.id - b.id).map((thing) => [keyOf(thing), thing])).values()];
}

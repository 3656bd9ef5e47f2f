import type { News, Observation, PullFacts } from "../core/index.js";
import type { Target } from "./targets.js";

/** An observation as it is about one of its records: whose link to it was made or undone, or which begins now. */
export function seenBy({ link, since, known }: Target, given: Observation): Observation {
  const observation = known ? { ...given, background: newsOf(known) } : given;
  const { issue, pull } = observation.news;
  if (since && issue) return { ...observation, news: { ...observation.news, issue: { ...issue, since } } };
  if (!link || !pull) return observation;
  if (link.is === "made")
    return { ...observation, news: { ...observation.news, pull: { ...pull, linkedBy: link.by } } };
  return {
    ...observation,
    cause: "pr.unlinked",
    occurredAt: link.at,
    news: { pull: { ...pull, status: { is: "unlinked", at: link.at }, updatedAt: link.at } },
    evidence: { url: pull.url, ...(link.belongsTo.length > 0 ? { now_of: link.belongsTo } : {}) },
  };
}

/** What is known of a pull request, as news for a record that has not heard of it. */
function newsOf({
  checks,
  reviews,
  ciTimedOutAt,
  autoMerge,
  mergeRefused,
  queue,
  verdicts,
  ...pull
}: PullFacts): readonly News[] {
  const of = { repoId: pull.repoId, number: pull.number };
  const sha = pull.headSha;
  return [
    { pull: { ...pull, linkedBy: [] } },
    { checks: { repoId: pull.repoId, sha, checks } },
    ...reviews.map((review) => ({ review: { ...of, review } })),
    ...(ciTimedOutAt ? [{ ciTimedOut: { ...of, sha, at: ciTimedOutAt } }] : []),
    ...(autoMerge ? [{ autoMerge: { ...of, ...autoMerge } }] : []),
    ...(mergeRefused ? [{ mergeRefused: { ...of, ...mergeRefused } }] : []),
    ...(queue ?? []).map((move) => ({ queue: { ...of, ...move } })),
    ...(verdicts ?? []).map((verdict) => ({ verdict: { ...of, sha, ...verdict } })),
  ];
}

import type { Timestamp } from "../brand.js";
import type { Heard } from "./fact.js";
import type { LinkSource } from "./facts.js";
import { heardOf, second } from "./heard.js";
import { type Cycle, cyclesOf } from "./issue.js";
import type { LinkStatement, OfIssue } from "./news.js";
import type { PullWithoutChecks } from "./pull.js";

/** A link that stands: by what it was made, and when. */
export interface Link {
  readonly by: readonly LinkSource[];
  readonly madeAt: Timestamp;
}

/** GitHub changes a pull request again in the seconds in which it merges it. */
const MERGE_MOMENT_S = 10;

/** The issues that a pull request has ever named. */
export function issuesNamed(heard: readonly Heard[]): readonly OfIssue[] {
  const issues = heardOf(heard, "links").flatMap(({ fact }) => fact.issues);
  return [...new Map(issues.map(({ repoId, number }) => [`${repoId}#${number}`, { repoId, number }])).values()];
}

/**
 * The link of a pull request to an issue as it stands now, or, of a merged one, as it stood then: what is written after the merge links and
 * undoes nothing. Null where there is none.
 */
export function linkTo(
  issue: OfIssue,
  heard: readonly Heard[],
  { mergedAt, openedAt }: { readonly mergedAt: Timestamp | null; readonly openedAt: Timestamp },
): Link | null {
  const statements = statementsOf(heard, mergedAt);
  const inOrder = [...statements].sort(
    (a, b) => compare(a.fact.at, b.fact.at) || compare(a.at, b.at) || compare(a.receivedAt, b.receivedAt),
  );
  let link = null as Link | null;
  for (const [index, { fact }] of inOrder.entries()) {
    // What is first heard of it, nothing says that it was otherwise before.
    const since = index === 0 ? (fact.since ?? openedAt) : fact.at;
    const named = fact.issues.find(({ repoId, number }) => repoId === issue.repoId && number === issue.number);
    if (named) link = { by: named.by, madeAt: link?.madeAt ?? since };
    else if (link && isUndoneBy(fact, link)) link = null;
  }
  return link;
}

function isUndoneBy({ covers }: LinkStatement, { by }: Link): boolean {
  // That one of its commits closed the issue, no description takes back.
  if (by.includes("commit") || covers === "named") return false;
  // What the text named, GitHub linked because of it.
  return covers === "all" || by.includes("keyword");
}

function statementsOf(heard: readonly Heard[], mergedAt: Timestamp | null) {
  return heardOf(heard, "links").filter(
    ({ fact }) => mergedAt === null || second(fact.at) <= second(mergedAt) + MERGE_MOMENT_S,
  );
}

/**
 * The cycle of an issue that a linked pull request belongs to: the last one that was open while the link stood and the pull request was not
 * over. So an open pull request moves to the next cycle, one that ended before does not, and nothing links to a cycle that had ended by
 * then. Null where there is none.
 */
export function cycleOfLink(link: Link, pull: PullWithoutChecks, issueHeard: readonly Heard[]): Cycle | null {
  const { status } = pull;
  const endedAt = status.is === "open" || status.is === "unlinked" ? null : status.at;
  const from = link.madeAt > pull.openedAt ? link.madeAt : pull.openedAt;
  const isMerge = status.is === "merged";
  return (
    cyclesOf(issueHeard).findLast(({ since, closedAt }) => {
      if (endedAt !== null && second(endedAt) < second(since)) return false;
      if (closedAt === null || from < closedAt) return true;
      // Within one second: the merge that closed it, or a life so short that all of it was in that second.
      return from === closedAt && (since === closedAt || (isMerge && second(endedAt ?? closedAt) <= second(closedAt)));
    }) ?? null
  );
}

/** One issue's cycle that a pull request belongs to. */
export interface LinkedCycle {
  readonly issue: OfIssue;
  readonly cycle: number;
  readonly by: readonly LinkSource[];
}

/** Where a pull request belongs: to one cycle of each issue that it is linked to, or to none. Pure. */
export function resolveLinks(
  pull: PullWithoutChecks,
  pullHeard: readonly Heard[],
  heardOfIssue: (issue: OfIssue) => readonly Heard[],
): readonly LinkedCycle[] {
  const mergedAt = pull.status.is === "merged" ? pull.status.at : null;
  return issuesNamed(pullHeard).flatMap((issue): LinkedCycle[] => {
    const link = linkTo(issue, pullHeard, { mergedAt, openedAt: pull.openedAt });
    const cycle = link && cycleOfLink(link, pull, heardOfIssue(issue));
    return link && cycle ? [{ issue, cycle: cycle.number, by: link.by }] : [];
  });
}

/** The cycles of issues that a pull request was once linked to, and is no more. */
export function formerLinks(
  pull: PullWithoutChecks,
  pullHeard: readonly Heard[],
  heardOfIssue: (issue: OfIssue) => readonly Heard[],
): readonly LinkedCycle[] {
  const mergedAt = pull.status.is === "merged" ? pull.status.at : null;
  return issuesNamed(pullHeard).flatMap((issue): LinkedCycle[] => {
    if (linkTo(issue, pullHeard, { mergedAt, openedAt: pull.openedAt })) return [];
    const naming = statementsOf(pullHeard, mergedAt)
      .map(({ fact }) => fact)
      .filter(({ issues }) => issues.some((one) => one.repoId === issue.repoId && one.number === issue.number));
    const last = naming
      .map(({ at }) => at)
      .sort()
      .at(-1);
    if (last === undefined) return [];
    const then: PullWithoutChecks = { ...pull, status: { is: "closed", at: last } };
    const cycle = cycleOfLink({ by: [], madeAt: last }, then, heardOfIssue(issue));
    return cycle ? [{ issue, cycle: cycle.number, by: [] }] : [];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

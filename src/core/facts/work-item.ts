import type { EntityId, Timestamp } from "../brand.js";
import { checksAt, type MergeMoment } from "./checks.js";
import { entityOf } from "./entity.js";
import { type Heard, heardFrom } from "./fact.js";
import type { Check, PolicyInForce, PullView, WorkItem } from "./facts.js";
import { heardOf, second } from "./heard.js";
import { issueIn } from "./issue.js";
import { linkTo } from "./links.js";
import type { OfIssue, OfPull } from "./news.js";
import { type PullWithoutChecks, pullFrom } from "./pull.js";
import type { StoredFact } from "./stored-fact.js";

/** What a record is about: one cycle of an issue, if any, and the pull requests that belong to it. */
export interface Membership {
  readonly issue: (OfIssue & { readonly cycle: number }) | null;
  readonly pulls: readonly OfPull[];
  /** A pull request that leaves this record just now. */
  readonly leaving?: OfPull & { readonly at: PullView["openedAt"] };
}

/** Facts by entity, as far as they were read. */
export type FactSets = ReadonlyMap<EntityId, readonly Heard[]>;

/** @param known sets of other entities, which stay as they are */
export function factSets(facts: readonly StoredFact[], known: FactSets = new Map()): FactSets {
  const sets = new Map<EntityId, Heard[]>();
  for (const fact of facts) {
    const set = sets.get(fact.entity);
    if (set) set.push(heardFrom(fact));
    else sets.set(fact.entity, [heardFrom(fact)]);
  }
  return new Map([...known, ...sets]);
}

/** The entities to read first: the issue, the pull requests, and their repositories. */
export function entitiesOf({ issue, pulls, leaving }: Membership): readonly EntityId[] {
  const all = leaving ? [...pulls, leaving] : pulls;
  return [
    ...new Set([
      ...(issue ? [entityOf.issue(issue.repoId, issue.number)] : []),
      ...all.flatMap(({ repoId, number }) => [entityOf.pull(repoId, number), entityOf.repository(repoId)]),
      ...(issue ? [entityOf.repository(issue.repoId)] : []),
    ]),
  ];
}

/** The commits to read then: the heads of these pull requests, and the commit of the group by which the queue merged one. */
export function commitsOf({ pulls, leaving }: Membership, sets: FactSets): readonly EntityId[] {
  const all = leaving ? [...pulls, leaving] : pulls;
  return all.flatMap(({ repoId, number }) => {
    const pull = pullFrom(sets.get(entityOf.pull(repoId, number)) ?? []);
    if (!pull) return [];
    return [pull.headSha, ...(pull.groupSha ? [pull.groupSha] : [])].map((sha) => entityOf.commit(repoId, sha));
  });
}

/** The other pull requests of these commits: one may have been merged along with another of the same head. */
export function siblingsIn(membership: Membership, sets: FactSets): readonly EntityId[] {
  return membership.pulls.flatMap((one) => {
    const pull = pullFrom(sets.get(entityOf.pull(one.repoId, one.number)) ?? []);
    return pull?.status.is === "merged"
      ? siblingsOf(pull, sets).map(({ repoId, number }) => entityOf.pull(repoId, number))
      : [];
  });
}

/** What is known of a work item. Pure: the same sets give the same view, in whatever order their facts were heard. */
export function workItemIn(membership: Membership, sets: FactSets): WorkItem {
  const { issue, leaving } = membership;
  const of = (entity: EntityId) => sets.get(entity) ?? [];
  const shown = issue && issueIn(of(entityOf.issue(issue.repoId, issue.number)), issue.cycle);
  const pulls = membership.pulls.flatMap((one): PullView[] => {
    const heard = of(entityOf.pull(one.repoId, one.number));
    const view = pullView(one, sets);
    if (!view) return [];
    const mergedAt = view.status.is === "merged" ? view.status.at : null;
    // It left, though this record has not heard of it yet.
    const link = issue && linkTo(issue, heard, { mergedAt, openedAt: view.openedAt });
    if (issue && !link && heardOf(heard, "links").length > 0) return [];
    const ofIssue = issue ? of(entityOf.issue(issue.repoId, issue.number)) : [];
    return [{ ...view, ...requestersOf(view, [...heard, ...ofIssue]), linkedBy: link?.by ?? [] }];
  });
  const left = leaving && pullView(leaving, sets);
  const all = left && leaving ? [...pulls, { ...left, status: { is: "unlinked", at: leaving.at } as const }] : pulls;
  const repoName = issue ? nameOf(issue.repoId, sets) : null;
  return {
    issue: shown && repoName ? { ...shown, repoName } : shown,
    pulls: all.sort((a, b) => a.number - b.number),
  };
}

/** One pull request with what its commits and its repository say. Null where nothing is known of it. */
export function pullView({ repoId, number }: OfPull, sets: FactSets): PullView | null {
  const pull = pullFrom(sets.get(entityOf.pull(repoId, number)) ?? []);
  if (!pull) return null;
  const view = withChecks(pull, sets);
  if (pull.status.is !== "merged") return view;
  for (const other of siblingsOf(pull, sets)) {
    const twin = pullFrom(sets.get(entityOf.pull(other.repoId, other.number)) ?? []);
    if (twin && isMergedWith(pull, twin)) return { ...view, mergedWith: withChecks(twin, sets) };
  }
  return view;
}

function withChecks(pull: PullWithoutChecks, sets: FactSets): PullView {
  const { repoId, status } = pull;
  const merge =
    status.is === "merged" ? { at: status.at, app: status.by?.app ?? null, person: status.by?.person ?? null } : null;
  const ofGroup = pull.groupSha ? checksOf(repoId, pull.groupSha, sets, merge) : [];
  const checks = ofGroup.length > 0 ? ofGroup : checksOf(repoId, pull.headSha, sets, merge);
  const repository = sets.get(entityOf.repository(repoId)) ?? [];
  const seen = heardOf(repository, "ci_seen").some(({ at }) => merge === null || second(at) <= second(merge.at));
  const repoName = nameOf(repoId, sets);
  const policies = policiesIn(repository, pull.openedAt, merge?.at ?? null);
  return {
    ...pull,
    ...(policies.length > 0 ? { policies } : {}),
    ...(repoName ? { repoName } : {}),
    linkedBy: [],
    checks,
    ciSeen: seen || checks.length > 0,
  };
}

function checksOf(repoId: number, sha: string, sets: FactSets, merge: MergeMoment | null): readonly Check[] {
  return checksAt(sets.get(entityOf.commit(repoId, sha)) ?? [], merge);
}

function siblingsOf({ repoId, number, headSha }: PullWithoutChecks, sets: FactSets): readonly OfPull[] {
  return heardOf(sets.get(entityOf.commit(repoId, headSha)) ?? [], "member")
    .map(({ fact }) => fact)
    .filter((member) => !member.group && member.number !== number);
}

/** GitHub marks every pull request as merged whose commits land, in the same seconds. */
const MERGED_TOGETHER_S = 10;

function isMergedWith(one: PullWithoutChecks, other: PullWithoutChecks): boolean {
  if (one.status.is !== "merged" || other.status.is !== "merged") return false;
  const isSameChange = one.headSha === other.headSha && one.baseRef === other.baseRef;
  return isSameChange && Math.abs(second(one.status.at) - second(other.status.at)) <= MERGED_TOGETHER_S;
}

/**
 * What a repository asked for between two times: what was in force at the first, and all that came after it. The one that was read first
 * after the second is among them, for it may have been in force before.
 */
function policiesIn(repository: readonly Heard[], from: Timestamp, until: Timestamp | null): readonly PolicyInForce[] {
  const all = policiesHeard(repository);
  const before = all.findLastIndex(({ at }) => second(at) <= second(from));
  const after = until === null ? -1 : all.findIndex(({ at }) => second(at) > second(until));
  const isPossible = after >= 0 && all[after]?.isExact === false;
  return all.slice(Math.max(0, before), after < 0 ? undefined : after + (isPossible ? 1 : 0));
}

/** Who had set the agent that wrote it to work by then, for this issue or for the pull request itself. */
function requestersOf({ byAgent, status }: PullView, heard: readonly Heard[]): Pick<PullView, "requesters"> {
  if (!byAgent) return {};
  const until = status.is === "merged" ? second(status.at) : Number.POSITIVE_INFINITY;
  const requests = heardOf(heard, "agent_requested").filter(({ fact }) => second(fact.at) <= until);
  const requesters = [...new Set(requests.map(({ fact }) => fact.by))].sort();
  return requesters.length > 0 ? { requesters } : {};
}

/** GitHub dates pushes to the second: within one, they are in the order of their facts' keys, the same for everybody. */
function byPush(a: Heard<PolicyFact>, b: Heard<PolicyFact>): number {
  if (a.fact.at !== b.fact.at) return a.fact.at < b.fact.at ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

type PolicyFact = Extract<Heard["fact"], { is: "policy" }>;

/** What a repository has asked for so far, in order. */
export function policiesHeard(repository: readonly Heard[]): readonly PolicyInForce[] {
  return [...heardOf(repository, "policy")]
    .sort(byPush)
    .map(({ fact: { at, ground, commit, by } }) => ({ at, ground, commit, by, isExact: commit !== null }));
}

function nameOf(repoId: number, sets: FactSets): string | null {
  const named = heardOf(sets.get(entityOf.repository(repoId)) ?? [], "named");
  const latest = [...named].sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
  return latest?.fact.repoName ?? null;
}

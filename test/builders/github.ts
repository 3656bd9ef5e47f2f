import {
  type Cause,
  type Check,
  ciSeen,
  createRecord,
  DEFAULT_POLICY,
  type Draft,
  type FactSets,
  factSets,
  factsIn,
  GITHUB,
  type Hearing,
  type IssueNews,
  type JsonObject,
  type Lifecycle,
  linkFacts,
  type Membership,
  type News,
  type Observation,
  type OfPull,
  type PersonId,
  type PlanInput,
  type Policy,
  type PullNews,
  type PullView,
  plan,
  type RecordHead,
  type Review,
  recordId,
  type Source,
  type StoredFact,
  sha256,
  type Timestamp,
  type WorkItem,
  workItemIn,
} from "../../src/core/index.js";
import { moment } from "./records.js";

export const REPO_ID = 1;
export const ISSUE = 7;
export const PULL = 8;
/** The heads that a pull request has one after the other. */
export const HEAD = "a".repeat(40);
export const NEXT_HEAD = "b".repeat(40);

export const [ALICE, BOB, CAROL] = [person("a"), person("b"), person("c")] as const;

function person(letter: string): PersonId {
  return `p_${letter.repeat(26)}` as PersonId;
}

/** What GitHub says of issue 7: open, last changed at {@link moment}(1), unless told otherwise. */
export function anIssue(overrides: Partial<IssueNews> = {}): IssueNews {
  return {
    repoId: REPO_ID,
    repoName: "acme/shop",
    number: ISSUE,
    status: "open",
    queued: false,
    labels: [],
    url: `https://github.com/acme/shop/issues/${ISSUE}`,
    openedAt: moment(1),
    updatedAt: moment(1),
    closedAt: null,
    ...overrides,
  };
}

/** What GitHub says of pull request 8 of Alice's: open since {@link moment}(10), unless told otherwise. */
export function aPull(overrides: Partial<PullNews> = {}): PullNews {
  const number = overrides.number ?? PULL;
  return {
    repoId: REPO_ID,
    repoName: "acme/shop",
    number,
    url: `https://github.com/acme/shop/pull/${number}`,
    author: ALICE,
    headSha: HEAD,
    headSince: overrides.updatedAt ?? moment(10),
    baseRef: "main",
    baseSince: moment(10),
    fromFork: false,
    draft: false,
    labels: [],
    status: { is: "open" },
    openedAt: moment(10),
    updatedAt: moment(10),
    pushed: false,
    reviewRequested: false,
    linkedBy: [],
    ...overrides,
  };
}

/** A run of one of app 100's checks: `conclusion` null while it runs. Each check has a run of its own; that of `build` is the first. */
export function aRun(name: string, conclusion: string | null, overrides: Partial<Check> = {}): Check {
  const { appId = 100, asOf = moment(20) } = overrides;
  const id = name === "build" && appId === 100 ? 1 : Number.parseInt(sha256(`${appId}/${name}`).slice(0, 8), 16) + 1000;
  return {
    kind: "run",
    appId,
    suiteId: appId * 10,
    name,
    id,
    conclusion,
    asOf,
    completedAt: conclusion === null ? null : moment(30),
    url: null,
    ...overrides,
  };
}

/** The suite that app 100's runs belong to. */
export function aSuite(conclusion: string | null, overrides: Partial<Check> = {}): Check {
  const { appId = 100, asOf = moment(20) } = overrides;
  const id = appId * 10;
  const completedAt = conclusion === null ? null : asOf;
  return {
    kind: "suite",
    appId,
    suiteId: id,
    name: "app",
    id,
    conclusion,
    asOf,
    completedAt,
    url: null,
    ...overrides,
  };
}

/** Bob's review of the first head: he may write to the repository. */
export function aReview(state: Review["state"], overrides: Partial<Review> = {}): Review {
  const { id = 1 } = overrides;
  return {
    id,
    reviewer: BOB,
    state,
    sha: HEAD,
    mayApprove: true,
    submittedAt: moment(40 + id),
    url: `https://github.com/acme/shop/pull/${PULL}#pullrequestreview-${id}`,
    ...overrides,
  };
}

/** News of checks of a head, the first unless told otherwise. */
export function checksOf(checks: readonly Check[], sha = HEAD): News {
  return { checks: { repoId: REPO_ID, sha, checks } };
}

/** News of a review of pull request 8. */
export function reviewOf(review: Review, number = PULL): News {
  return { review: { repoId: REPO_ID, number, review, saidAt: review.submittedAt } };
}

/** What the facts say once all of this news was heard, in whatever order: see {@link knownAfter}. */
export function factsOf(...news: readonly News[]): WorkItem {
  return knownAfter(news).item;
}

/** The pull request, where there is one and no more. */
export function onlyPull({ pulls }: WorkItem): PullView {
  const [pull] = pulls;
  if (!pull || pulls.length > 1) throw new Error(`One pull request was expected, not ${pulls.length}`);
  return pull;
}

/** When GitHub said a piece of news: as late as the latest time in it. */
function saidAt(news: News): Timestamp {
  const times = [
    news.issue?.updatedAt,
    news.turn?.at,
    news.pull?.updatedAt,
    news.review?.saidAt,
    ...(news.checks?.checks ?? []).map(({ completedAt, asOf }) => completedAt ?? asOf),
    news.ciTimedOut?.at,
    news.autoMerge?.at,
    news.queue?.at,
    news.verdict?.at,
  ].filter((time) => time !== undefined && time !== null);
  return times.sort().at(-1) ?? moment(0);
}

export function heardAt(news: News): Hearing {
  const at = saidAt(news);
  return { producedAt: at, receivedAt: at, isRead: false };
}

/**
 * The facts of some news about one work item, and what they say. A pull request that is shown as `unlinked` leaves it; one whose news says
 * by what it belongs to the issue is linked by that. Its repository has shown checks before, unless told otherwise.
 */
export function knownAfter(news: readonly News[], hasCi = true): { readonly item: WorkItem; readonly sets: FactSets } {
  const seenAt = { producedAt: moment(0), receivedAt: moment(0), isRead: false };
  const facts: StoredFact[] = hasCi ? [ciSeen(REPO_ID, seenAt)] : [];
  let issue: Membership["issue"] = null;
  const pulls = new Map<string, OfPull>();
  const left = new Map<string, OfPull & { readonly at: Timestamp }>();
  for (const one of news) {
    if (one.issue) issue = { repoId: one.issue.repoId, number: one.issue.number, cycle: 1 };
    const { pull } = one;
    const of = pull && { repoId: pull.repoId, number: pull.number };
    const key = `${pull?.repoId}#${pull?.number}`;
    if (of) pulls.set(key, of);
    const isLeaving = pull?.status.is === "unlinked";
    if (of && isLeaving) left.set(key, { ...of, at: pull.updatedAt });
    if (pull && !isLeaving && pull.updatedAt > (left.get(key)?.at ?? "")) left.delete(key);
    const shown: News = pull && isLeaving ? { ...one, pull: { ...pull, status: { is: "open" } } } : one;
    facts.push(...factsIn(shown, heardAt(shown)));
    if (pull && pull.linkedBy.length > 0) {
      const issues = [{ repoId: REPO_ID, number: ISSUE, by: pull.linkedBy }];
      const statement = {
        repoId: pull.repoId,
        number: pull.number,
        at: pull.updatedAt,
        issues,
        covers: "all" as const,
      };
      facts.push(...linkFacts(statement, heardAt(shown)));
    }
  }
  const [leaving] = left.values();
  const stays = [...pulls].filter(([key]) => !left.has(key)).map(([, pull]) => pull);
  const sets = factSets(facts);
  return { item: workItemIn({ issue, pulls: stays, ...(leaving ? { leaving } : {}) }, sets), sets };
}

/** What is planned of an observation that is heard after some news. */
export function planAfter(
  known: readonly News[],
  observation: Observation,
  {
    head,
    lifecycle = GITHUB,
    policy = aPolicy(),
    isRecorded = false,
    judgedBy = new Map(),
    hasCi = true,
  }: { readonly head: RecordHead; readonly hasCi?: boolean } & Partial<
    Pick<PlanInput, "lifecycle" | "policy" | "isRecorded" | "judgedBy">
  >,
): readonly Draft[] {
  const { item } = knownAfter([...known, observation.news], hasCi);
  return plan({ lifecycle, policy, head, item, observation, isRecorded, judgedBy });
}

/** What a team asks for, where it asks for more than nothing. */
export function aPolicy({
  requiredApprovals = 0,
  approvalsNotFrom = DEFAULT_POLICY.approvalsNotFrom,
  agents = {},
  ci = {},
  autoMerge = {},
}: PolicyChanges = {}): Policy {
  return {
    ...DEFAULT_POLICY,
    requiredApprovals,
    approvalsNotFrom,
    agents: { ...DEFAULT_POLICY.agents, ...agents },
    ci: { ...DEFAULT_POLICY.ci, ...ci },
    autoMerge: { ...DEFAULT_POLICY.autoMerge, ...autoMerge },
  };
}

export interface PolicyChanges {
  readonly requiredApprovals?: number;
  readonly approvalsNotFrom?: Policy["approvalsNotFrom"];
  readonly agents?: Partial<Policy["agents"]>;
  readonly ci?: Partial<Policy["ci"]>;
  readonly autoMerge?: Partial<Policy["autoMerge"]>;
}

/** A status of that context: `conclusion` null while it is pending. */
export function aStatus(context: string, conclusion: string | null, overrides: Partial<Check> = {}): Check {
  const asOf = overrides.asOf ?? moment(20);
  return {
    ...{ kind: "status", appId: 0, suiteId: 0, name: context, id: 1 },
    ...{ conclusion, asOf, completedAt: conclusion === null ? null : asOf, url: null },
    ...overrides,
  };
}

let deliveries = 0;

/** One delivery's word about the work item, at {@link moment}(50), unless told otherwise. */
export function anObservation(
  cause: Cause,
  news: News,
  overrides: Partial<Omit<Observation, "cause" | "news">> = {},
): Observation {
  const evidence: JsonObject = { seen: cause };
  const people = [{ role: "actor", person: CAROL, type: "User" }] as const;
  return {
    cause,
    news,
    occurredAt: moment(50),
    people,
    evidence,
    hearing: heardAt(news),
    source: webhook(`delivery-${++deliveries}`),
    ...overrides,
  };
}

export function webhook(delivery: string): Source {
  return { kind: "webhook", event: "any", delivery, payloadSha256: "0".repeat(64) as never };
}

/** A record's head in a state. */
export function aHead(state: string, lifecycle: Lifecycle = GITHUB, overrides: Partial<RecordHead> = {}): RecordHead {
  const {
    transitions: _transitions,
    entries: _entries,
    ...head
  } = createRecord(
    { ref: "acme/shop#7", refNumber: 7, repo: "acme/shop" },
    { recordId: recordId("the-record"), timestamp: moment(0), lifecycle },
  );
  return { ...head, state, ...overrides };
}

/** A draft in words: `merged by pr.merged, implied, against merged_before_ci_passed`. */
export function inWords({ kind, toState, trigger, metadata }: Draft): string {
  const words = toState === null ? `${kind} ${trigger}` : `${toState} by ${trigger}`;
  const implied = metadata.implied === true ? ", implied" : "";
  return words + implied + (kind === "exception" ? `, against ${String(metadata.rule)}` : "");
}

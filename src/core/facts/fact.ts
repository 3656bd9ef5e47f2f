import type { EntityId, PersonId, RecordId, Timestamp } from "../brand.js";
import { sha256 } from "../hash.js";
import type { Json, JsonObject } from "../json.js";
import { canonicalJson } from "../ledger/canonical.js";
import { entityOf } from "./entity.js";
import type {
  Check,
  Committers,
  ForcePush,
  GateVerdict,
  HiddenPart,
  LabelWord,
  MergeAsked,
  MergeRefusal,
  PolicyInForce,
  QueueMove,
  Retarget,
  Review,
} from "./facts.js";
import type { IssueNews, LinkStatement, News, OfPull, PullNews, Turn } from "./news.js";
import type { StoredFact } from "./stored-fact.js";

/** What facts say, by entity. */
export type Fact =
  | ({ readonly is: "issue" } & IssueNews)
  | ({ readonly is: "turn" } & Turn)
  /** Of a pull request: which issues it belonged to at a time. */
  | ({ readonly is: "links" } & LinkStatement)
  /** Of an issue: a pull request that has named it. */
  | ({ readonly is: "named_by" } & OfPull)
  | ({ readonly is: "pull"; readonly read?: true } & PullNews)
  | { readonly is: "review"; readonly review: Review; readonly saidAt: Timestamp; readonly read?: true }
  | { readonly is: "ci_timed_out"; readonly sha: string; readonly at: Timestamp }
  | { readonly is: "auto_merge"; readonly on: boolean; readonly at: Timestamp }
  | ({ readonly is: "merge_refused" } & MergeRefusal)
  | { readonly is: "queue"; readonly move: QueueMove }
  | { readonly is: "group"; readonly sha: string }
  | ({ readonly is: "retargeted" } & Retarget)
  | ({ readonly is: "force_pushed" } & ForcePush)
  | ({ readonly is: "committers" } & Committers)
  | ({ readonly is: "label_word" } & LabelWord)
  | ({ readonly is: "merge_asked" } & MergeAsked)
  | { readonly is: "hidden"; readonly parts: readonly HiddenPart[]; readonly at: Timestamp }
  | ({ readonly is: "verdict"; readonly sha: string } & GateVerdict)
  /** Of an issue or a pull request. */
  | { readonly is: "agent_requested"; readonly by: PersonId; readonly at: Timestamp }
  /** Of a commit: what CI said of it in one delivery. */
  | { readonly is: "checks"; readonly checks: readonly Check[]; readonly read?: true }
  /** Of a commit: a pull request whose head, or whose merge group, it is. */
  | ({ readonly is: "member"; readonly group: boolean } & OfPull)
  /** Of a repository: its name, and that CI was seen there. */
  | { readonly is: "named"; readonly repoName: string }
  | { readonly is: "ci_seen" }
  | ({ readonly is: "policy" } & Pick<PolicyInForce, "at" | "ground" | "commit" | "by">)
  /** Of any entity: an event whose line is in the ledger already. */
  | { readonly is: "recorded"; readonly event: string };

/** A fact with its times. */
export interface Heard<F extends Fact = Fact> {
  readonly fact: F;
  /** When GitHub produced it, where {@link isExact}; otherwise it is known only that it was no later. */
  readonly at: Timestamp;
  readonly isExact: boolean;
  readonly receivedAt: Timestamp;
  /** Its key: puts facts that nothing else orders into one order for everybody. */
  readonly key: string;
}

/** When and how something was heard. */
export interface Hearing {
  /** When GitHub produced it: the time inside a version-1 GUID; null where GitHub does not say. */
  readonly producedAt: Timestamp | null;
  readonly receivedAt: Timestamp;
  /** Whether GitHub was asked, rather than told: then it shows what is so now, and not since when. */
  readonly isRead: boolean;
}

/** The facts in a piece of news, each filed under its entity. */
export function factsIn(news: News, hearing: Hearing): readonly StoredFact[] {
  const facts: StoredFact[] = [];
  const read = hearing.isRead ? ({ read: true } as const) : {};
  const add = (entity: EntityId, fact: Fact, at: Timestamp | null = null) =>
    facts.push(stored(entity, fact, hearing, at));
  if (news.issue) add(issueEntity(news.issue), { is: "issue", ...news.issue });
  if (news.turn) {
    const { of, repoId, number } = news.turn;
    add(of === "issue" ? entityOf.issue(repoId, number) : entityOf.pull(repoId, number), { is: "turn", ...news.turn });
  }
  if (news.pull) {
    add(pullEntity(news.pull), { is: "pull", ...read, ...news.pull });
    add(entityOf.commit(news.pull.repoId, news.pull.headSha), memberOf(news.pull, false));
  }
  if (news.checks) {
    const { repoId, sha, checks, isRepeated } = news.checks;
    const fact: Fact = { is: "checks", ...read, checks };
    const said = isRepeated ? { ...hearing, isRead: true } : hearing;
    facts.push(stored(entityOf.commit(repoId, sha), fact, said, isRepeated ? null : producedAt(checks)));
  }
  if (news.review) {
    const { review, saidAt } = news.review;
    add(pullEntity(news.review), { is: "review", ...read, review, saidAt });
  }
  if (news.ciTimedOut) {
    const { sha, at } = news.ciTimedOut;
    add(pullEntity(news.ciTimedOut), { is: "ci_timed_out", sha, at });
  }
  if (news.autoMerge) {
    const { on, at } = news.autoMerge;
    add(pullEntity(news.autoMerge), { is: "auto_merge", on, at });
  }
  if (news.mergeRefused) {
    const { sha, reason, at } = news.mergeRefused;
    add(pullEntity(news.mergeRefused), { is: "merge_refused", sha, reason, at });
  }
  if (news.queue) {
    const { is, reason, at } = news.queue;
    add(pullEntity(news.queue), { is: "queue", move: { is, reason, at } });
  }
  if (news.group) {
    add(pullEntity(news.group), { is: "group", sha: news.group.sha });
    add(entityOf.commit(news.group.repoId, news.group.sha), memberOf(news.group, true));
  }
  if (news.branches) {
    const entity = pullEntity(news.branches);
    for (const retarget of news.branches.retargets) add(entity, { is: "retargeted", ...retarget });
    for (const push of news.branches.forcePushes) add(entity, { is: "force_pushed", ...push });
  }
  if (news.labelWord) {
    const { label, mayMerge, at } = news.labelWord;
    add(pullEntity(news.labelWord), { is: "label_word", label, mayMerge, at });
  }
  if (news.mergeAsked) {
    const { sha, baseRef, at } = news.mergeAsked;
    add(pullEntity(news.mergeAsked), { is: "merge_asked", sha, baseRef, at });
  }
  if (news.committers) {
    const { people, unknown } = news.committers;
    add(pullEntity(news.committers), { is: "committers", people, unknown });
  }
  if (news.hidden) {
    const { parts, at } = news.hidden;
    add(pullEntity(news.hidden), { is: "hidden", parts, at });
  }
  if (news.verdict) {
    const { sha, gate, decision, title, failed, at } = news.verdict;
    add(pullEntity(news.verdict), { is: "verdict", sha, gate, decision, title, failed, at });
  }
  if (news.agentRequest) {
    const { of, repoId, number, by, at } = news.agentRequest;
    const entity = of === "issue" ? entityOf.issue(repoId, number) : entityOf.pull(repoId, number);
    add(entity, { is: "agent_requested", by, at });
  }
  if (news.policy) {
    const { repoId, at, ground, commit, by } = news.policy;
    add(entityOf.repository(repoId), { is: "policy", at, ground, commit, by }, commit === null ? null : at);
  }
  if (news.renamed) add(entityOf.repository(news.renamed.repoId), { is: "named", repoName: news.renamed.repoName });
  return facts;
}

/** What a pull request says of issues; and each issue knows who has named it. */
export function linkFacts(statement: LinkStatement, hearing: Hearing): readonly StoredFact[] {
  const { repoId, number } = statement;
  const named = statement.issues.map((issue) =>
    stored(issueEntity(issue), { is: "named_by", repoId, number }, hearing),
  );
  return [stored(pullEntity(statement), { is: "links", ...statement }, hearing), ...named];
}

/** That a repository has CI, and since when at the latest. One fact for each day that it was seen on keeps the earliest of them. */
export function ciSeen(repoId: number, hearing: Hearing): StoredFact {
  return stored(entityOf.repository(repoId), { is: "ci_seen" }, hearing);
}

/** That the line of an event is in a ledger: heard again under another GUID, or read, it gets no second one. */
export function recordedFact(entity: EntityId, event: string, hearing: Hearing): StoredFact {
  return stored(entity, { is: "recorded", event }, hearing);
}

/** Names the line of an event in the ledger of a record. */
export function lineOf(recordId: RecordId, event: string): string {
  return `${recordId} ${event}`;
}

/** Reads back what {@link factsIn} made. */
export function heardFrom({ value, at, receivedAt, key }: StoredFact): Heard {
  const { exact, ...fact } = value;
  return { fact: fact as unknown as Fact, at, isExact: exact === true, receivedAt, key };
}

function stored(entity: EntityId, fact: Fact, hearing: Hearing, own: Timestamp | null = null): StoredFact {
  const { receivedAt, isRead } = hearing;
  const exactAt = isRead ? null : (hearing.producedAt ?? own);
  const value = compact(fact as unknown as JsonObject);
  const key = `${fact.is}/${sha256(canonicalJson(value)).slice(0, 32)}`;
  // What is read was so by then at the latest, and where GitHub dates it, since that date.
  const at = exactAt ?? (isRead && own !== null && own < receivedAt ? own : receivedAt);
  return { entity, key, at, receivedAt, value: exactAt === null ? value : { ...value, exact: true } };
}

/** GitHub's own time of what a delivery says of CI: of a status, when it was set; of a run, when its suite changed. */
export function producedAt(checks: readonly Check[]): Timestamp | null {
  const dated = checks.find(({ kind }) => kind !== "run");
  return dated?.asOf ?? null;
}

function memberOf({ repoId, number }: OfPull, group: boolean): Fact {
  return { is: "member", repoId, number, group };
}

function issueEntity({ repoId, number }: OfPull): EntityId {
  return entityOf.issue(repoId, number);
}

function pullEntity({ repoId, number }: OfPull): EntityId {
  return entityOf.pull(repoId, number);
}

/** Without what says nothing: a fact is small enough for one write unit. */
function compact(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): [string, Json][] => {
      if (field === undefined) return [];
      if (isList(field)) return [[name, field.map((item) => (isObject(item) ? compact(item) : item))]];
      return [[name, isObject(field) ? compact(field) : field]];
    }),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

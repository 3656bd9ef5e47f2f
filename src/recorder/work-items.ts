import { LRUCache } from "lru-cache";
import {
  ciSeen,
  commitsOf,
  cycleOf,
  producedAt as datedAt,
  type EntityId,
  entitiesOf,
  entityOf,
  FACTS_KEPT_DAYS,
  type FactSets,
  factSets,
  factsIn,
  type Hearing,
  type HiddenPart,
  heardOf,
  lineOf,
  type Membership,
  type News,
  type OfPull,
  type PullView,
  pullView,
  type RecordHead,
  type RecordId,
  recordedFact,
  type StoredFact,
  siblingsIn,
  type Timestamp,
  timestamp,
  type WorkItem,
  workItemIn,
} from "../core/index.js";
import type { Facts } from "../store/repository.js";

const DAY_MS = 86_400_000;

/** A work item as the facts show it, with the sets that it was read from. */
export interface LoadedWorkItem {
  readonly item: WorkItem;
  readonly sets: FactSets;
}

/** The way to the facts: adds what was said, and reads what a record is about. */
export class WorkItems {
  readonly #facts: Facts;
  readonly #clock: () => Date;
  /** Since when CI was seen in a repository, as far as this process knows: one write a repository, not one a check. */
  readonly #ciSeen = new LRUCache<number, Timestamp>({ max: 10_000 });

  constructor(facts: Facts, clock: () => Date) {
    this.#facts = facts;
    this.#clock = clock;
  }

  /**
   * Adds what an observation says. Repeating it changes nothing.
   * @returns since when the repository has CI, where nobody had said so for that time before: merges since then are to be judged again,
   * and {@link ciIsKnown} to be called once they are; until then, a retry is answered the same
   */
  async learn(news: News, hearing: Hearing): Promise<Timestamp | null> {
    const seenSince = this.#ciSeenIn(news, hearing);
    if (!news.checks || seenSince === null) {
      await this.add(factsIn(news, hearing));
      return null;
    }
    const { repoId } = news.checks;
    const seen = ciSeen(repoId, { ...hearing, producedAt: seenSince, isRead: false });
    await this.add([...factsIn(news, hearing), seen]);
    const entity = entityOf.repository(repoId);
    const [earliest] = heardOf((await this.sets([entity])).get(entity) ?? [], "ci_seen").map(({ at }) => at);
    if (earliest === undefined || earliest >= seenSince) return seenSince;
    this.ciIsKnown(repoId, earliest);
    return null;
  }

  /** What a repository showed since then has been taken into account: most checks are no news of that, and cost no more than their own write. */
  ciIsKnown(repoId: number, since: Timestamp): void {
    const known = this.#ciSeen.get(repoId);
    if (known === undefined || since < known) this.#ciSeen.set(repoId, since);
  }

  async add(facts: readonly StoredFact[]): Promise<void> {
    if (facts.length > 0) await this.#facts.add(facts, this.#expiry());
  }

  /** Notes that the line of an event is in a record's ledger. */
  async noteRecorded(entity: EntityId, recordId: RecordId, event: string): Promise<void> {
    const receivedAt = timestamp(this.#clock());
    await this.add([recordedFact(entity, lineOf(recordId, event), { producedAt: null, receivedAt, isRead: false })]);
  }

  /** What a record is about: its entities first, then the commits that they name, then what was merged along with them. */
  async load(membership: Membership): Promise<LoadedWorkItem> {
    let sets = await this.sets(entitiesOf(membership));
    for (const more of [commitsOf, siblingsIn]) {
      const unread = more(membership, sets).filter((entity) => !sets.has(entity));
      if (unread.length === 0) continue;
      sets = factSets(await this.#facts.of([...new Set(unread)]), sets);
    }
    return { item: workItemIn(membership, sets), sets };
  }

  /** One pull request with its checks; null where nothing is known of it. */
  async pull(of: OfPull): Promise<PullView | null> {
    const { sets } = await this.load({ issue: null, pulls: [of] });
    return pullView(of, sets);
  }

  /** The commits of the merge groups that a pull request was in. */
  async groupsOf({ repoId, number }: OfPull): Promise<readonly string[]> {
    const entity = entityOf.pull(repoId, number);
    return heardOf((await this.sets([entity])).get(entity) ?? [], "group").map(({ fact }) => fact.sha);
  }

  /** Notes what GitHub refused to show of a pull request that is known, and that it shows it again. */
  async noteHidden(of: OfPull, parts: readonly HiddenPart[]): Promise<void> {
    const entity = entityOf.pull(of.repoId, of.number);
    const heard = (await this.sets([entity])).get(entity) ?? [];
    const isNews = parts.length > 0 ? heard.length > 0 : heardOf(heard, "hidden").length > 0;
    if (!isNews) return;
    const at = timestamp(this.#clock());
    await this.learn({ hidden: { ...of, parts, at } }, { producedAt: null, receivedAt: at, isRead: true });
  }

  /** The facts of some entities, by entity. */
  async sets(entities: readonly EntityId[]): Promise<FactSets> {
    return factSets(await this.#facts.of(entities));
  }

  /** The pull requests of which a commit is the head, or the merge group's commit. */
  async pullsOfCommit(repoId: number, sha: string): Promise<readonly OfPull[]> {
    const entity = entityOf.commit(repoId, sha);
    const members = heardOf((await this.sets([entity])).get(entity) ?? [], "member").map(({ fact }) => fact);
    return [...new Map(members.map(({ repoId: repo, number }) => [number, { repoId: repo, number }])).values()];
  }

  /**
   * Keeps the facts of a record that is still open, long before they expire. Until the same day of each month, so that they are written once
   * a month at the most, however often this is asked for.
   */
  async renewIfOld({ recordId, links, createdAt }: RecordHead): Promise<void> {
    const now = this.#clock().getTime();
    if (now - Date.parse(createdAt) < (FACTS_KEPT_DAYS / 2) * DAY_MS) return;
    const { sets } = await this.load(membershipOf({ recordId, links }));
    const month = Math.floor(now / (30 * DAY_MS)) * 30 * DAY_MS;
    await this.#facts.renew([...sets.keys()], timestamp(month + FACTS_KEPT_DAYS * DAY_MS));
  }

  /** Since when CI was seen in a repository, where this process did not know; null where it did, or nothing was seen. */
  #ciSeenIn({ checks }: News, hearing: Hearing): Timestamp | null {
    if (!checks || checks.checks.length === 0) return null;
    const producedAt = hearing.producedAt ?? datedAt(checks.checks) ?? hearing.receivedAt;
    const known = this.#ciSeen.get(checks.repoId);
    return known !== undefined && known <= producedAt ? null : producedAt;
  }

  #expiry() {
    return timestamp(this.#clock().getTime() + FACTS_KEPT_DAYS * DAY_MS);
  }
}

/** Whether an event has its line in the ledger of a record. */
export function isRecordedIn(sets: FactSets, entity: EntityId, recordId: RecordId, event: string): boolean {
  const line = lineOf(recordId, event);
  return heardOf(sets.get(entity) ?? [], "recorded").some(({ fact }) => fact.event === line);
}

const LINK = /^(issue|pull):(\d+)#(\d+)$/;

/** What a record is about, by what it is found by, and, of an issue, in which of its cycles. */
export function membershipOf({ recordId, links }: Pick<RecordHead, "recordId" | "links">): Membership {
  let issue: Membership["issue"] = null;
  const pulls: OfPull[] = [];
  for (const link of links) {
    const [, kind, repoId, number] = LINK.exec(link) ?? [];
    const of = { repoId: Number(repoId), number: Number(number) };
    if (kind === "issue") issue = { ...of, cycle: cycleOf(recordId) };
    else if (kind === "pull") pulls.push(of);
  }
  return { issue, pulls };
}

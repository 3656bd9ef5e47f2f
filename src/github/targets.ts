import {
  GITHUB,
  type LinkSource,
  linkOf,
  type NewRecord,
  type PullFacts,
  type RecordHead,
  type RecordId,
  recordId,
  type Timestamp,
  timestamp,
} from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import type { Octokit } from "./client/octokit.js";
import { reopeningsOf } from "./links/closing-references.js";
import { type FindIssue, isOfSameOwner, type LinkedIssue, linkedIssues } from "./links/linked-issues.js";
import type { IssueSubject, Linking, PullSubject, Repo } from "./observe/index.js";

/** A record that an observation belongs to, and what it is made of where it is not there yet. */
export interface Target {
  readonly recordId: RecordId;
  readonly opening?: NewRecord;
  /** When this cycle of the issue began, for one that begins now. */
  readonly since?: Timestamp;
  /** What becomes of the pull request's link to it; where nothing is said, it stays as it is. */
  /** What other records know of the pull request already, where this one is new to it. */
  readonly known?: PullFacts;
  readonly link?:
    | { readonly is: "made"; readonly by: readonly LinkSource[] }
    | { readonly is: "undone"; readonly at: Timestamp; readonly belongsTo: readonly string[] };
}

/** What is asked of GitHub to find the records of a subject. */
export interface Asking {
  readonly octokit: Octokit | null;
  /** Names of branches that name an issue. */
  readonly branchPatterns: readonly string[];
  /** Takes in what GitHub knows of an issue that has no record yet; null where it cannot be asked, or is being asked already. */
  readonly readIssue: ((repo: Repo, number: number) => Promise<void>) | null;
}

/** GitHub's time of an issue's reopening in an event and in the timeline need not be the same second. */
const SAME_MOMENT_MS = 10_000;

/** The records of a subject: where the names of GitHub's events become the names of records. */
export class Targets {
  readonly #store: LoopStore;

  constructor(store: LoopStore) {
    this.#store = store;
  }

  /** An issue's record at that time; reopened after its end, the issue begins its next cycle in a record of its own. */
  async ofIssue(
    subject: IssueSubject,
    { readIssue, octokit }: Pick<Asking, "readIssue" | "octokit">,
  ): Promise<readonly Target[]> {
    const { repo, number, at, turn } = subject;
    let cycles = await this.#cycles(repo.id, number);
    if (readIssue && (isTurnMissing(subject, cycles) || (await this.#isReopened(subject, cycles, octokit)))) {
      // What comes between is not known: without it, nobody knows which cycle this is.
      await readIssue(repo, number);
      cycles = await this.#cycles(repo.id, number);
    }
    const begun = turn === "reopened" ? reopenings(cycles).find(beganAt(at)) : undefined;
    const current = begun ?? cycleAt(cycles, at);
    if (!current) return [{ recordId: issueRecordId(repo, number, 1), opening: opening(repo, number) }];
    if (begun || turn !== "reopened" || !hasEnded(current)) return [{ recordId: current.recordId }];
    const next = issueRecordId(repo, number, cycles.length + 1);
    return [{ recordId: next, opening: opening(repo, number), since: at }];
  }

  /** Whether an issue that is closed was reopened before, and nobody told: then this is not the close that its record waits for. */
  async #isReopened({ repo, number, turn }: IssueSubject, cycles: readonly RecordHead[], octokit: Octokit | null) {
    if (turn !== "closed" || !octokit) return false;
    return (await reopeningsOf(octokit, repo, number)) > reopenings(cycles).length;
  }

  /**
   * The records of the issues that a pull request belongs to; its own where it belongs to none; and those that it no longer belongs
   * to. `readIssue` opens an issue that has no record yet, if there is such an issue.
   */
  async ofPull(subject: PullSubject, asking: Asking): Promise<readonly Target[]> {
    const { repo, number, linking } = subject;
    const known = await this.#heads(linkOf.pull(repo.id, number));
    if (!linking) return known.map(staysAsItIs);
    if (known.length > 0 && !linking.relink) return known.map(staysAsItIs);

    const { issues, isComplete } = await linkedIssues(
      ...([asking.octokit, repo, number, linking, asking.branchPatterns, this.#findNamed] as const),
    );
    // What is written after the merge links nothing that was not linked.
    const isLate = known.length > 0 && isAfterMerge(linking);
    const linked: Target[] = [];
    const refs: string[] = [];
    for (const issue of issues) {
      const head = await this.#openIssue(issue, repo, linking, asking);
      if (!head || (isLate && !isAmong(known, head))) continue;
      linked.push({ recordId: head.recordId, link: { is: "made", by: issue.sources } });
      refs.push(head.ref);
    }
    const isLinked = (head: RecordHead) => linked.some((target) => target.recordId === head.recordId);
    const former = await this.#formerIssues(subject, linking, asking);
    if (known.some((head) => isNewer(head, subject, linking)))
      return this.#ofOlder(known, [...linked, ...former], subject);

    const own = linked.length === 0 ? await this.#own(repo, number) : null;
    const mayUndo = isComplete && !isLate;
    const gone = known.filter((head) => !isLinked(head) && head.recordId !== own?.recordId);
    const left = gone.filter((head) => mayUndo && !isMerged(pullIn(head, subject)));
    const stays = gone.filter((head) => !left.includes(head));
    const undone = { is: "undone", at: linking.at, belongsTo: refs } as const;
    const facts = known.map((head) => pullIn(head, subject)).find((pull) => pull !== undefined);
    const told = (target: Target): Target => (facts && !isAmong(known, target) ? { ...target, known: facts } : target);
    // New links come first: a process that dies in between must find, when it begins again, a record that knows of the checks and reviews.
    return [
      ...linked.map(told),
      ...(own && stays.length === 0 ? [told(own)] : []),
      ...left.map((head) => ({ recordId: head.recordId, link: undone })),
      ...stays.map(staysAsItIs),
      ...former
        .filter((target) => !isAmong(known, target) && !isAmong(linked, target))
        .map((target) => ({ ...target, link: undone })),
    ];
  }

  async ofCommit(repoId: number, sha: string): Promise<readonly Target[]> {
    return (await this.#store.findByLink(linkOf.commit(repoId, sha))).map((id) => ({ recordId: id }));
  }

  /** All that are about a repository: rare enough to look at every record. */
  async ofRepository(repoId: number): Promise<readonly Target[]> {
    const targets: Target[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await this.#store.list({ limit: 1000, ...(cursor ? { cursor } : {}) });
      const isMeant = ({ facts }: RecordHead) =>
        facts.issue?.repoId === repoId || facts.pulls.some((pull) => pull.repoId === repoId);
      targets.push(...page.items.filter(isMeant).map(staysAsItIs));
      cursor = page.cursor;
    } while (cursor);
    return targets;
  }

  /** A payload that is older than what is known undoes nothing; an issue that only it names was left since. */
  #ofOlder(known: readonly RecordHead[], named: readonly Target[], subject: PullSubject): readonly Target[] {
    const at = known.map((head) => pullIn(head, subject)?.updatedAt).find((time) => time !== undefined);
    const left = named.filter((target) => !isAmong(known, target));
    const belongsTo = known.map((head) => head.ref);
    return [
      ...known.map(staysAsItIs),
      ...(at ? left.map((target): Target => ({ ...target, link: { is: "undone", at, belongsTo } })) : []),
    ];
  }

  /** In another repository of the same owner, only an issue that has a record is found: GitHub is not asked for what anybody may write. */
  readonly #findNamed: FindIssue = async ({ repo: name, number }, own) => {
    if (name === null || name === own.name.toLowerCase()) return { repo: own, number };
    if (!isOfSameOwner({ name }, own)) return null;
    const heads = await this.#heads(linkOf.address(name, number));
    const issue = heads.map(({ facts }) => facts.issue).find((one) => one?.number === number);
    return issue ? { repo: { id: issue.repoId, name: issue.repoName }, number } : null;
  };

  /** The records of the issues that the description named before it was edited: it may be all that tells of it. */
  async #formerIssues({ repo, number }: PullSubject, linking: Linking, asking: Asking): Promise<readonly Target[]> {
    if (linking.bodyBefore === null) return [];
    const before = { ...linking, body: linking.bodyBefore };
    const { issues } = await linkedIssues(null, repo, number, before, asking.branchPatterns, this.#findNamed);
    const heads = await Promise.all(issues.map((issue) => this.#openIssue(issue, repo, linking, asking)));
    return heads.filter((head) => head !== null).map(staysAsItIs);
  }

  /** The record of an issue at the time of a pull request; null where there is none, or the issue had come to its end before. */
  async #openIssue(
    { repo, number, reopenings: times }: LinkedIssue,
    own: Repo,
    { openedAt }: Linking,
    { readIssue }: Asking,
  ): Promise<RecordHead | null> {
    let cycles = await this.#cycles(repo.id, number);
    let head = cycleAt(cycles, openedAt);
    if (readIssue && repo.id === own.id && (!head || endedBy(head, openedAt) || times > reopenings(cycles).length)) {
      // It may be there, or have been reopened, without our having heard of it.
      await readIssue(repo, number);
      cycles = await this.#cycles(repo.id, number);
      head = cycleAt(cycles, openedAt);
    }
    return head && endedBy(head, openedAt) ? null : head;
  }

  /** The record of a pull request that belongs to no issue; a new one where the last was left for an issue. */
  async #own(repo: Repo, number: number): Promise<Target> {
    for (let cycle = 1; ; cycle++) {
      const id = recordId(`gh-${repo.id}-pull-${number}${suffix(cycle)}`);
      const head = await this.#store.head(id);
      if (head?.state !== "cancelled") return { recordId: id, opening: opening(repo, number) };
    }
  }

  async #cycles(repoId: number, number: number): Promise<readonly RecordHead[]> {
    const heads = await this.#heads(linkOf.issue(repoId, number));
    return [...heads].sort((a, b) => (since(a) < since(b) ? -1 : 1));
  }

  /** Oldest first. */
  async #heads(link: string): Promise<readonly RecordHead[]> {
    const heads = await Promise.all((await this.#store.findByLink(link)).map((id) => this.#store.head(id)));
    return heads.filter((head) => head !== null).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }
}

function isAmong(targets: readonly Pick<Target, "recordId">[], { recordId: id }: Pick<Target, "recordId">): boolean {
  return targets.some((target) => target.recordId === id);
}

function staysAsItIs({ recordId: id }: Pick<RecordHead, "recordId">): Target {
  return { recordId: id };
}

function since(head: RecordHead): Timestamp {
  return head.facts.issue?.since ?? head.createdAt;
}

/** The cycle that was going on at a time; the first, where none had begun. */
function cycleAt(cycles: readonly RecordHead[], at: Timestamp): RecordHead | null {
  return cycles.findLast((head) => since(head) <= at) ?? cycles[0] ?? null;
}

/** All cycles but the first, which began when the issue was opened. */
function reopenings(cycles: readonly RecordHead[]): readonly RecordHead[] {
  return cycles.slice(1);
}

function beganAt(at: Timestamp): (head: RecordHead) => boolean {
  return (head) => Math.abs(Date.parse(since(head)) - Date.parse(at)) < SAME_MOMENT_MS;
}

/** Whether a turn is told of that another must have come before: a reopening needs a close, and the next close a reopening. */
function isTurnMissing({ at, turn }: IssueSubject, cycles: readonly RecordHead[]): boolean {
  const current = cycleAt(cycles, at);
  switch (turn) {
    case null:
      return false;
    case "closed":
      return current !== null && endedBy(current, timestamp(Date.parse(at) - SAME_MOMENT_MS));
    case "reopened": {
      const isOver = current !== null && (hasEnded(current) || current.facts.issue?.status === "closed");
      return !isOver && !reopenings(cycles).some(beganAt(at));
    }
  }
}

/** Whether a cycle had come to its end by a time. */
function endedBy(head: RecordHead, at: Timestamp): boolean {
  const endedAt = hasEnded(head) ? (head.facts.issue?.closedAt ?? head.closedAt) : null;
  return endedAt !== null && endedAt <= at;
}

function hasEnded({ state }: RecordHead): boolean {
  return ENDS.has(state);
}

const ENDS: ReadonlySet<string> = new Set(GITHUB.terminal);

function pullIn(head: RecordHead, { repo, number }: PullSubject): PullFacts | undefined {
  return head.facts.pulls.find((pull) => pull.repoId === repo.id && pull.number === number);
}

function isNewer(head: RecordHead, subject: PullSubject, { at }: Linking): boolean {
  const known = pullIn(head, subject);
  return known !== undefined && known.updatedAt > at;
}

function isAfterMerge({ at, mergedAt }: Linking): boolean {
  return mergedAt !== null && Date.parse(at) - Date.parse(mergedAt) > SAME_MOMENT_MS;
}

function isMerged(pull: PullFacts | undefined): boolean {
  return pull?.status.is === "merged";
}

/** Ids are made of GitHub's, so that two deliveries that open the same record at once open one. */
function issueRecordId(repo: Repo, number: number, cycle: number): RecordId {
  return recordId(`gh-${repo.id}-issue-${number}${suffix(cycle)}`);
}

function suffix(cycle: number): string {
  return cycle > 1 ? `-c${cycle}` : "";
}

function opening(repo: Repo, number: number): NewRecord {
  return { ref: `${repo.name}#${number}`, refNumber: number, repo: repo.name };
}

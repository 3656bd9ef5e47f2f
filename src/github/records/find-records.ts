import {
  type Cycle,
  cyclesOf,
  type EntityId,
  entityOf,
  type FactSets,
  formerLinks,
  GITHUB,
  GithubState,
  type Heard,
  type Hearing,
  heardOf,
  issuesNamed,
  isTerminal,
  type LinkedCycle,
  type LinkStatement,
  linkFacts,
  linkOf,
  type NewRecord,
  type OfIssue,
  type OfPull,
  pullFrom,
  type RecordHead,
  type RecordId,
  resolveLinks,
  type Timestamp,
  timestamp,
} from "../../core/index.js";
import type { WorkItems } from "../../recorder/work-items.js";
import type { LoopStore } from "../../store/repository.js";
import type { Octokit } from "../client/octokit.js";
import { reopeningsOf } from "../links/closing-references.js";
import { type FindIssue, isOfSameOwner, type LinkedIssue, linkedIssues } from "../links/linked-issues.js";
import type { IssueSubject, Linking, PullSubject, Repo, Subject } from "../observe/index.js";
import { issueRecordId, opening, pullRecordId } from "./record-ids.js";

/** A record that an observation belongs to. */
export interface RecordMatch {
  readonly recordId: RecordId;
  /** What the record is made of where it is not there yet. */
  readonly opening?: NewRecord;
  /** The pull request leaves this record for others, which are named. */
  readonly leaving?: { readonly at: Timestamp; readonly belongsTo: readonly string[] };
  /** The pull request of the subject belongs to it. */
  readonly joins?: OfPull;
}

/** What is asked of GitHub to find the records of a subject. */
export interface LinkLookup {
  readonly octokit: Octokit | null;
  /** Names of branches that name an issue. */
  readonly branchPatterns: readonly string[];
  /** Takes in what GitHub knows of an issue; null where it cannot be asked, or is being asked already. */
  readonly readIssue: ((repo: Repo, number: number) => Promise<void>) | null;
  /** Adds to the facts what GitHub shows of a pull request now; null where it cannot be asked. */
  readonly readPull: ((repo: Repo, number: number) => Promise<void>) | null;
  readonly hearing: Hearing;
}

/** GitHub's time of an issue's turn in an event and in the timeline need not be the same second. */
const SAME_MOMENT_MS = 10_000;

/** The states of work that is not merged and not over. */
const OPEN_STATES = Object.values(GithubState).filter((state) => state !== "merged" && !isTerminal(GITHUB, state));

/** The states of work that is merged or over. */
const ENDED_STATES = Object.values(GithubState).filter((state) => !OPEN_STATES.includes(state));

/** The records of a subject: where the names of GitHub's events become the names of records. */
export class RecordFinder {
  readonly #store: LoopStore;
  readonly #workItems: WorkItems;

  constructor(store: LoopStore, workItems: WorkItems) {
    this.#store = store;
    this.#workItems = workItems;
  }

  /** The records of a subject whose news has been added to the facts. */
  of(subject: Subject, lookup: LinkLookup): Promise<readonly RecordMatch[]> {
    switch (subject.kind) {
      case "issue":
        return this.#ofIssue(subject, lookup);
      case "pull":
        return this.#ofPull(subject, lookup);
      case "commit":
        return this.#ofCommit(subject.repo.id, subject.sha);
      case "repository":
        return this.#ofRepository(subject.repo.id, subject.onlyOpen ? OPEN_STATES : [null]);
    }
  }

  /** The records of a subject that are known already; none is opened for it. */
  async known(subject: Subject): Promise<readonly RecordHead[]> {
    switch (subject.kind) {
      case "issue": {
        const heads = await this.#heads(linkOf.issue(subject.repo.id, subject.number));
        return heads.slice(-1);
      }
      case "pull":
        return this.#heads(linkOf.pull(subject.repo.id, subject.number));
      case "commit":
      case "repository": {
        const matches = await this.of(subject, {
          octokit: null,
          branchPatterns: [],
          readIssue: null,
          readPull: null,
          hearing: NEVER,
        });
        const heads = await Promise.all(matches.map(({ recordId }) => this.#store.head(recordId)));
        return heads.filter((head) => head !== null);
      }
    }
  }

  /** An issue's record in the cycle that its news is about. One more reopening is one more cycle, in a record of its own. */
  async #ofIssue(subject: IssueSubject, { readIssue, octokit }: LinkLookup): Promise<readonly RecordMatch[]> {
    const { repo, number } = subject;
    const issue = { repoId: repo.id, number };
    let heard = await this.#heard(entityOf.issue(repo.id, number));
    if (readIssue && (isTurnMissing(subject, heard) || (await this.#isReopened(subject, heard, octokit)))) {
      // What comes between is not known: without it, nobody knows which cycle this is.
      await readIssue(repo, number);
      heard = await this.#heard(entityOf.issue(repo.id, number));
    }
    const cycle = cycleMeant(subject, cyclesOf(heard));
    return [{ recordId: issueRecordId(issue, cycle), opening: opening(repo, number) }];
  }

  /** Whether an issue that is closed was reopened before, and nobody told: then this is not the close that its record waits for. */
  async #isReopened({ repo, number, turn }: IssueSubject, heard: readonly Heard[], octokit: Octokit | null) {
    if (turn !== "closed" || !octokit) return false;
    const reopenings = await reopeningsOf(octokit, repo, number);
    // Where that is not answered, the timeline says it.
    return reopenings === null || reopenings > cyclesOf(heard).length - 1;
  }

  /**
   * The records of the issues that a pull request belongs to; its own where it belongs to none; and those that it leaves. `readIssue` opens
   * an issue that has no record yet, if there is such an issue.
   */
  async #ofPull(subject: PullSubject, lookup: LinkLookup): Promise<readonly RecordMatch[]> {
    const { repo, number, linking } = subject;
    const known = await this.#heads(linkOf.pull(repo.id, number));
    if (!linking || (known.length > 0 && !linking.relink)) return known.map(staysAsItIs);
    await this.state(subject, linking, lookup);
    await this.#readIfMoved(subject, linking, lookup);
    return this.placesOf({ repoId: repo.id, number }, repo, linking.at, known);
  }

  /** Where a pull request belongs by all that is known now. */
  async placesOf(
    pull: OfPull,
    repo: Pick<Repo, "name">,
    at: Timestamp,
    known?: readonly RecordHead[],
  ): Promise<readonly RecordMatch[]> {
    const heads = known ?? (await this.#heads(linkOf.pull(pull.repoId, pull.number)));
    const heard = await this.#heard(entityOf.pull(pull.repoId, pull.number));
    const shown = pullFrom(heard);
    if (!shown) return heads.map(staysAsItIs);
    const sets = await this.#issueSets(issuesNamed(heard));
    const issueHeard = (issue: OfIssue) => sets.get(entityOf.issue(issue.repoId, issue.number)) ?? [];
    const linked = resolveLinks(shown, heard, issueHeard);
    const joined = linked.map((one): RecordMatch => this.#match(one, sets, repo, pull));
    // Its commit closed an issue, and it never named one: it stays a work item of its own as well.
    const isNamed = linked.some(({ by }) => by.some((source) => source !== "commit"));
    const own = isNamed ? null : await this.#own(pull, repo);
    const isPlace = ({ recordId }: RecordHead) =>
      joined.some((match) => match.recordId === recordId) || own?.recordId === recordId;
    // Where its merge was judged, it stays.
    const gone = heads.filter((head) => !isPlace(head));
    const stays = gone.filter(({ merges }) => merges.some((merge) => merge.pull === `${pull.repoId}#${pull.number}`));
    const left = gone.filter((head) => !stays.includes(head));
    const refs = joined.map(({ opening: made }) => made?.ref ?? "");
    const former = await this.#untouched(formerLinks(shown, heard, issueHeard), [...joined, ...heads]);
    return [
      ...joined,
      ...(own && stays.length === 0 ? [own] : []),
      ...[...left, ...former].map(({ recordId }) => ({ recordId, leaving: { at, belongsTo: refs } })),
      ...stays.map(staysAsItIs),
    ];
  }

  /** Whether a pull request has said which issues it belongs to. */
  async hasStated({ repoId, number }: OfPull): Promise<boolean> {
    return heardOf(await this.#heard(entityOf.pull(repoId, number)), "links").length > 0;
  }

  /** The open pull requests that have named an issue: a turn of the issue may move them to its next cycle. */
  async namersOf({ repoId, number }: OfIssue): Promise<readonly OfPull[]> {
    const heard = await this.#heard(entityOf.issue(repoId, number));
    const namers = heardOf(heard, "named_by").map(({ fact }) => ({ repoId: fact.repoId, number: fact.number }));
    const sets = await this.#workItems.sets(namers.map((pull) => entityOf.pull(pull.repoId, pull.number)));
    return namers.filter(
      (pull) => pullFrom(sets.get(entityOf.pull(pull.repoId, pull.number)) ?? [])?.status.is === "open",
    );
  }

  /** Records of issues that a pull request was linked to and has left, and that have not heard that somebody worked on them. */
  async #untouched(
    links: readonly LinkedCycle[],
    known: readonly { readonly recordId: RecordId }[],
  ): Promise<readonly RecordHead[]> {
    const ids = links.map(({ issue, cycle }) => issueRecordId(issue, cycle));
    const unknown = ids.filter((id) => !known.some(({ recordId }) => recordId === id));
    const heads = await Promise.all(unknown.map((id) => this.#store.head(id)));
    return heads.filter((head) => head?.state === "issue_created").filter((head) => head !== null);
  }

  async #ofCommit(repoId: number, sha: string): Promise<readonly RecordMatch[]> {
    const pulls = await this.#workItems.pullsOfCommit(repoId, sha);
    const heads = (await Promise.all(pulls.map((pull) => this.#heads(linkOf.pull(pull.repoId, pull.number))))).flat();
    return [...new Map(heads.map((head) => [head.recordId, staysAsItIs(head)])).values()];
  }

  /** The merges into a repository that were judged, by record. */
  async mergedIn(
    repoId: number,
  ): Promise<readonly { readonly recordId: RecordId; readonly pulls: readonly OfPull[] }[]> {
    const heads = await this.#headsIn(repoId, ENDED_STATES);
    return heads
      .map(({ recordId, merges }) => ({ recordId, pulls: merges.map(({ pull }) => pullOf(pull)) }))
      .map(({ recordId, pulls }) => ({ recordId, pulls: pulls.filter((pull) => pull.repoId === repoId) }))
      .filter(({ pulls }) => pulls.length > 0);
  }

  async #ofRepository(repoId: number, states: readonly (string | null)[]): Promise<readonly RecordMatch[]> {
    return (await this.#headsIn(repoId, states)).map(staysAsItIs);
  }

  /**
   * All that are about a repository: rare enough to look at every record.
   * @param states null: any
   */
  async #headsIn(repoId: number, states: readonly (string | null)[]): Promise<readonly RecordHead[]> {
    const heads: RecordHead[] = [];
    const prefixes = [`issue:${repoId}#`, `pull:${repoId}#`];
    const isMeant = ({ links }: RecordHead) => links.some((link) => prefixes.some((prefix) => link.startsWith(prefix)));
    for (const state of states) {
      let cursor: string | null | undefined;
      do {
        const page = await this.#store.list({
          limit: 1000,
          ...(state === null ? {} : { state }),
          ...(cursor ? { cursor } : {}),
        });
        heads.push(...page.items.filter(isMeant));
        cursor = page.cursor;
      } while (cursor);
    }
    return heads;
  }

  /** Adds to the facts which issues a payload says that the pull request belongs to. */
  async state(subject: PullSubject, linking: Linking, lookup: LinkLookup): Promise<void> {
    const { repo, number } = subject;
    const { issues, editedAt, bodyNow, covers } = await linkedIssues(
      lookup.octokit,
      repo,
      number,
      linking,
      lookup.branchPatterns,
      this.#findNamed,
    );
    const named = issuesNamed(await this.#heard(entityOf.pull(repo.id, number)));
    const statements: LinkStatement[] = [];
    const toOpen: (LinkedIssue & { readonly madeAt: Timestamp })[] = issues.map((issue) => ({
      ...issue,
      madeAt: linking.at,
    }));
    if (linking.bodyBefore !== null) {
      const former = { ...linking, body: linking.bodyBefore };
      const before = await linkedIssues(null, repo, number, former, lookup.branchPatterns, this.#findNamed);
      // Just before the edit: it may be all that tells of what the description said.
      const at = timestamp(Date.parse(linking.at) - 1);
      statements.push({ ...statementOf(repo, number, at, before.issues), covers: "text" });
    }
    // Of one that was edited before, nothing says what it named until then; what is read has been so since it was edited last.
    const edited = editedAt ? timestamp(editedAt) : null;
    const at = lookup.hearing.isRead ? (edited ?? linking.openedAt) : linking.at;
    const since = edited !== null && edited <= at ? { since: edited } : {};
    statements.push({ ...statementOf(repo, number, at, issues), ...since, covers });
    if (edited !== null && edited > at && bodyNow !== undefined && bodyNow !== linking.body) {
      // The description has been edited since, and GitHub shows to what.
      const now = { ...linking, body: bodyNow };
      const later = await linkedIssues(lookup.octokit, repo, number, now, lookup.branchPatterns, this.#findNamed);
      statements.push({ ...statementOf(repo, number, edited, later.issues), covers: later.covers });
      toOpen.push(...later.issues.map((issue) => ({ ...issue, madeAt: edited })));
    }
    // Read before the links are known: a process that dies in between must not find them named already.
    for (const issue of toOpen) {
      // What is named by an edit may have been closed just before, without our having heard of it.
      const isBefore = named.some(({ repoId, number: of }) => repoId === issue.repo.id && of === issue.number);
      const isNewlyNamed = issue.madeAt > linking.openedAt && !isBefore;
      await this.#openIssue({ ...issue, isNewlyNamed }, repo, lookup);
    }
    await this.#workItems.add(statements.flatMap((statement) => linkFacts(statement, lookup.hearing)));
  }

  /** An old payload shows a pull request as open that may have ended before the cycle of the issue began which is going on. */
  async #readIfMoved({ repo, number }: PullSubject, { at }: Linking, { readPull }: LinkLookup): Promise<void> {
    if (!readPull) return;
    const heard = await this.#heard(entityOf.pull(repo.id, number));
    const shown = pullFrom(heard);
    if (shown?.status.is !== "open") return;
    const sets = await this.#issueSets(issuesNamed(heard));
    const issueHeard = (issue: OfIssue) => sets.get(entityOf.issue(issue.repoId, issue.number)) ?? [];
    const isMoved = resolveLinks(shown, heard, issueHeard).some(({ issue, cycle }) => {
      const since = cyclesOf(issueHeard(issue))[cycle - 1]?.since;
      return cycle > 1 && since !== undefined && since > at;
    });
    if (isMoved) await readPull(repo, number);
  }

  /** Reads an issue that is not known, or that may have been reopened without our having heard of it. */
  async #openIssue(
    { repo, number, reopenings, madeAt, isNewlyNamed }: LinkedIssue & { madeAt: Timestamp; isNewlyNamed: boolean },
    own: Repo,
    { readIssue }: LinkLookup,
  ): Promise<void> {
    if (!readIssue || repo.id !== own.id) return;
    const cycles = cyclesOf(await this.#heard(entityOf.issue(repo.id, number)));
    const last = cycles.at(-1);
    const isOver = last?.closedAt !== undefined && last.closedAt !== null && last.closedAt <= madeAt;
    if (!last || isOver || isNewlyNamed || reopenings > cycles.length - 1) await readIssue(repo, number);
  }

  /** In another repository of the same owner, only an issue that has a record is found: GitHub is not asked for what anybody may write. */
  readonly #findNamed: FindIssue = async ({ repo: name, number }, own) => {
    if (name === null || name === own.name.toLowerCase()) return { repo: own, number };
    if (!isOfSameOwner({ name }, own)) return null;
    const [head] = await this.#heads(linkOf.address(name, number));
    const [, repoId] = head?.links.map((link) => /^issue:(\d+)#/.exec(link)).find((match) => match !== null) ?? [];
    return head && repoId !== undefined ? { repo: { id: Number(repoId), name: head.repo }, number } : null;
  };

  #match({ issue, cycle }: LinkedCycle, sets: FactSets, repo: Pick<Repo, "name">, pull: OfPull): RecordMatch {
    const shown = heardOf(sets.get(entityOf.issue(issue.repoId, issue.number)) ?? [], "issue")[0]?.fact;
    const name = shown?.repoName ?? repo.name;
    return { recordId: issueRecordId(issue, cycle), opening: opening({ name }, issue.number), joins: pull };
  }

  /** The record of a pull request that belongs to no issue; a new one where the last was left for an issue. */
  async #own(pull: OfPull, repo: Pick<Repo, "name">): Promise<RecordMatch> {
    for (let turn = 1; ; turn++) {
      const id = pullRecordId(pull, turn);
      const head = await this.#store.head(id);
      if (head?.state !== "cancelled") return { recordId: id, opening: opening(repo, pull.number), joins: pull };
    }
  }

  async #issueSets(issues: readonly OfIssue[]): Promise<FactSets> {
    return this.#workItems.sets(issues.map(({ repoId, number }) => entityOf.issue(repoId, number)));
  }

  async #heard(entity: EntityId): Promise<readonly Heard[]> {
    return (await this.#workItems.sets([entity])).get(entity) ?? [];
  }

  /** Oldest first. */
  async #heads(link: string): Promise<readonly RecordHead[]> {
    const heads = await Promise.all((await this.#store.findByLink(link)).map((id) => this.#store.head(id)));
    return heads.filter((head) => head !== null).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }
}

const NEVER: Hearing = { producedAt: null, receivedAt: timestamp(0), isRead: true };

function statementOf(
  repo: Repo,
  number: number,
  at: Timestamp,
  issues: Awaited<ReturnType<typeof linkedIssues>>["issues"],
): Omit<LinkStatement, "covers"> {
  const named = issues.map((issue) => ({ repoId: issue.repo.id, number: issue.number, by: issue.sources }));
  return { repoId: repo.id, number, at, issues: named };
}

/** Reads `<repository id>#<number>`. */
function pullOf(key: string): OfPull {
  const [repoId, number] = key.split("#");
  return { repoId: Number(repoId), number: Number(number) };
}

function staysAsItIs({ recordId }: Pick<RecordHead, "recordId">): RecordMatch {
  return { recordId };
}

/** The cycle that news of an issue is about: the one that it began or ended, else the one that was going on. */
function cycleMeant({ at, turn }: IssueSubject, cycles: readonly Cycle[]): number {
  const isAt = (time: Timestamp | null) =>
    time !== null && Math.abs(Date.parse(time) - Date.parse(at)) < SAME_MOMENT_MS;
  const exact = (time: Timestamp | null) => time === at;
  const [, ...reopened] = cycles;
  const begun =
    turn === "reopened"
      ? (reopened.find(({ since }) => exact(since)) ?? reopened.find(({ since }) => isAt(since)))
      : undefined;
  const ended =
    turn === "closed"
      ? (cycles.find(({ closedAt }) => exact(closedAt)) ?? cycles.find(({ closedAt }) => isAt(closedAt)))
      : undefined;
  const current = begun ?? ended ?? cycles.findLast(({ since }) => since <= at) ?? cycles[0];
  return current?.number ?? 1;
}

/** Whether a turn is told of that another must have come before: a reopening needs a close, and the next close a reopening. */
function isTurnMissing({ at, turn }: IssueSubject, heard: readonly Heard[]): boolean {
  const turns = heardOf(heard, "turn").map(({ fact }) => fact);
  const isNear = (time: Timestamp) => Math.abs(Date.parse(time) - Date.parse(at)) < SAME_MOMENT_MS;
  switch (turn) {
    case null:
      return false;
    case "closed": {
      const before = cyclesOf(heard).findLast(({ since }) => since <= at);
      return (
        before?.closedAt !== undefined && before.closedAt !== null && before.closedAt < at && !isNear(before.closedAt)
      );
    }
    case "reopened": {
      const isKnownByRead = turns.some((one) => one.read && one.turn === "reopened" && isNear(one.at));
      const closes = turns.filter((one) => one.turn === "closed" && one.at <= at).length;
      const reopenings = turns.filter((one) => one.turn === "reopened" && one.at <= at).length;
      return !isKnownByRead && closes < reopenings;
    }
  }
}

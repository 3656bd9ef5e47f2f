import {
  type GITHUB,
  isTerminal,
  type Lifecycle,
  linkOf,
  type NewRecord,
  type RecordHead,
  type RecordId,
  recordId,
} from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import { closedNumbers } from "./closing-references.js";
import type { Repo, Subject } from "./observe/index.js";
import type { Octokit } from "./octokit.js";

/** A record that an observation belongs to, and what it is made of where it is not there yet. */
export interface Target {
  readonly recordId: RecordId;
  readonly opening?: NewRecord;
}

/** The records of one work item's subject: where the names of GitHub's events become the names of records. */
export class Targets {
  readonly #store: LoopStore;
  readonly #lifecycle: Lifecycle;

  constructor(store: LoopStore, lifecycle: typeof GITHUB) {
    this.#store = store;
    this.#lifecycle = lifecycle;
  }

  /** An issue's record; reopened after its end, the issue begins its next cycle in a record of its own. */
  async ofIssue({ repo, number, reopened }: Extract<Subject, { kind: "issue" }>): Promise<readonly Target[]> {
    const cycles = await this.#heads(linkOf.issue(repo.id, number));
    const latest = cycles.at(-1);
    if (latest && !(reopened && isTerminal(this.#lifecycle, latest.state))) return [{ recordId: latest.recordId }];
    return [{ recordId: issueRecordId(repo, number, cycles.length + 1), opening: opening(repo, number) }];
  }

  /**
   * The records of the issues that a pull request closes; its own where it closes none. `read` opens an issue that has no record yet,
   * and says whether there is such an issue.
   */
  async ofPull(
    { repo, number, body, relink }: Extract<Subject, { kind: "pull" }>,
    octokit: Octokit | null,
    read: (number: number) => Promise<boolean>,
  ): Promise<readonly Target[]> {
    const known = (await this.#heads(linkOf.pull(repo.id, number))).map((head) => head.recordId);
    if (known.length > 0 && !relink) return known.map((id) => ({ recordId: id }));

    const linked: RecordId[] = [];
    for (const issue of await closedNumbers(octokit, repo, number, body)) {
      const record =
        (await this.#latest(repo, issue)) ?? ((await read(issue)) ? await this.#latest(repo, issue) : null);
      if (record && !isTerminal(this.#lifecycle, record.state)) linked.push(record.recordId);
    }
    const all = [...new Set([...known, ...linked])];
    if (all.length > 0) return all.map((id) => ({ recordId: id }));
    return [{ recordId: recordId(`gh-${repo.id}-pull-${number}`), opening: opening(repo, number) }];
  }

  async ofCommit(repoId: number, sha: string): Promise<readonly Target[]> {
    return (await this.#store.findByLink(linkOf.commit(repoId, sha))).map((id) => ({ recordId: id }));
  }

  async #latest(repo: Repo, issue: number): Promise<RecordHead | null> {
    return (await this.#heads(linkOf.issue(repo.id, issue))).at(-1) ?? null;
  }

  /** Oldest first. */
  async #heads(link: string): Promise<readonly RecordHead[]> {
    const heads = await Promise.all((await this.#store.findByLink(link)).map((id) => this.#store.head(id)));
    return heads.filter((head) => head !== null).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }
}

/** Ids are made of GitHub's, so that two deliveries that open the same record at once open one. */
function issueRecordId(repo: Repo, number: number, cycle: number): RecordId {
  return recordId(`gh-${repo.id}-issue-${number}${cycle > 1 ? `-c${cycle}` : ""}`);
}

function opening(repo: Repo, number: number): NewRecord {
  return { ref: `${repo.name}#${number}`, refNumber: number, repo: repo.name };
}

import type { CheckRun, CommitStatus, PullRequest, Repository, User } from "../../src/sandbox/index.js";
import type { Policy } from "./options.js";

/** When something happened: in which order of all, and at which of GitHub's seconds. */
export interface Moment {
  readonly order: number;
  readonly second: number;
}

/** What was said of a check, once. */
export interface CheckWord extends Moment {
  /** One run, or one context of a status. */
  readonly of: string;
  readonly kind: "run" | "status";
  /** Runs of one app and name take each other's place. */
  readonly key: string;
  readonly name: string;
  readonly id: number;
  /** Null while it runs. */
  readonly conclusion: string | null;
  readonly startedAt: number;
  readonly completedAt: number | null;
  /** Set to run once more by its app, of which GitHub tells nobody. */
  readonly isRestart: boolean;
  readonly botOfApp: string | null;
}

export interface ReviewWord extends Moment {
  readonly id: number;
  readonly by: User;
  readonly state: string;
  /** The head and the base at the time of its submission. */
  readonly sha: string;
  readonly base: string;
}

export interface MergeWord extends Moment {
  readonly by: User | null;
  readonly base: string;
  /** The commit whose checks count: the queue's trial merge, where it is what the base became. */
  readonly judged: string;
  readonly head: string;
}

/** What happened to one pull request. */
export interface PullStory {
  readonly pull: PullRequest;
  readonly opened: Moment;
  readonly heads: (Moment & { readonly sha: string; readonly by: User })[];
  readonly bases: (Moment & { readonly ref: string })[];
  readonly reviews: ReviewWord[];
  /** How many reviews were asked for and not given. */
  readonly requests: (Moment & { readonly open: number })[];
  merge: MergeWord | null;
}

/**
 * What happened when, written down by looking at the sandbox's own state after each thing that somebody did. It knows nothing of LoopForge
 * but its bot, whose own check runs are no CI.
 */
export class Journal {
  readonly #repository: Repository;
  readonly #ownAppId: number;
  readonly #now: () => Date;
  readonly #groups = new Set<string>();
  readonly #said = new Map<string, string>();
  readonly pulls = new Map<PullRequest, PullStory>();
  readonly checks = new Map<string, CheckWord[]>();
  readonly policies: (Moment & { readonly policy: Policy })[] = [];
  /** People whose permission was changed, or whose account was deleted: what they may, nobody knows for sure. */
  readonly unsure = new Set<User>();
  #order = 0;

  constructor(repository: Repository, ownAppId: number, now: () => Date) {
    this.#repository = repository;
    this.#ownAppId = ownAppId;
    this.#now = now;
  }

  setPolicy(policy: Policy): void {
    this.policies.push({ ...this.#moment(), policy });
  }

  /** Notes everything that has changed. @param by who did it */
  notice(by: User): void {
    const moment = this.#moment();
    for (const pull of this.#repository.pulls.values()) {
      if (pull.mergeGroup) this.#groups.add(pull.mergeGroup.headSha);
      const story = this.pulls.get(pull) ?? this.#begun(pull, moment);
      if (story.heads.at(-1)?.sha !== pull.headSha) story.heads.push({ ...moment, sha: pull.headSha, by });
      if (story.bases.at(-1)?.ref !== pull.base) story.bases.push({ ...moment, ref: pull.base });
      const open = pull.requestedReviewers.length;
      if ((story.requests.at(-1)?.open ?? 0) !== open) story.requests.push({ ...moment, open });
      for (const { id, author, state, commitId } of pull.reviews) {
        const first = story.reviews.find((word) => word.id === id);
        const word = { ...moment, id, by: author, state, sha: commitId, base: first?.base ?? pull.base };
        if (this.#isNews(`review ${id}`, state)) story.reviews.push(word);
      }
    }
    this.noticeMerges();
    for (const suite of this.#repository.checkSuites.values()) {
      if (suite.app.id !== this.#ownAppId) for (const run of suite.runs) this.#noticeRun(run, moment);
    }
    for (const statuses of this.#repository.statuses.values()) {
      for (const status of statuses) this.#noticeStatus(status, moment);
    }
  }

  /** Merges alone: LoopForge makes no other changes that count. @returns those that are new */
  noticeMerges(): readonly PullStory[] {
    const found: PullStory[] = [];
    for (const [pull, story] of this.pulls) {
      if (story.merge || pull.mergedAt === null) continue;
      const sha = pull.mergeCommitSha;
      const judged = sha !== null && this.#groups.has(sha) ? sha : pull.headSha;
      story.merge = { ...this.#moment(), by: pull.mergedBy, base: pull.base, judged, head: pull.headSha };
      found.push(story);
    }
    return found;
  }

  #begun(pull: PullRequest, moment: Moment): PullStory {
    const story: PullStory = { pull, opened: moment, heads: [], bases: [], reviews: [], requests: [], merge: null };
    this.pulls.set(pull, story);
    return story;
  }

  #noticeRun(run: CheckRun, moment: Moment): void {
    const { suite, id, name, conclusion, startedAt, completedAt, status } = run;
    const of = `run ${id}`;
    const before = this.#said.get(of);
    const now = status === "completed" ? `${conclusion} ${completedAt}` : `running since ${startedAt}`;
    if (!this.#isNews(of, now)) return;
    this.#addCheck(suite.headSha, {
      ...moment,
      ...{ of, kind: "run", key: `${suite.app.id} ${name}`, name, id, conclusion, botOfApp: suite.app.bot.login },
      startedAt: secondOf(startedAt),
      completedAt: completedAt === null ? null : secondOf(completedAt),
      isRestart: before !== undefined && conclusion === null && !before.startsWith("running"),
    });
  }

  #noticeStatus({ id, sha, context, state, createdAt, creator }: CommitStatus, moment: Moment): void {
    if (!this.#isNews(`status ${id}`, state)) return;
    const at = secondOf(createdAt);
    this.#addCheck(sha, {
      ...moment,
      ...{ of: `status ${context}`, kind: "status", key: context, name: context, id, isRestart: false },
      ...{
        conclusion: state === "pending" ? null : state,
        startedAt: at,
        completedAt: state === "pending" ? null : at,
      },
      botOfApp: creator.login,
    });
  }

  #addCheck(sha: string, word: CheckWord): void {
    const known = this.checks.get(sha);
    if (known) known.push(word);
    else this.checks.set(sha, [word]);
  }

  #isNews(of: string, now: string): boolean {
    if (this.#said.get(of) === now) return false;
    this.#said.set(of, now);
    return true;
  }

  #moment(): Moment {
    this.#order += 1;
    return { order: this.#order, second: Math.floor(this.#now().getTime() / 1000) };
  }
}

function secondOf(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}

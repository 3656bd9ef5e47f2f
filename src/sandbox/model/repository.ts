import { GitHubError, notFound } from "../errors.js";
import { nodeId } from "../format.js";
import { type Envelope, envelope } from "../payloads/envelope.js";
import type { App, By, Installation, Permission, User } from "./account.js";
import type { CheckConclusion, CheckRun } from "./check-run.js";
import { CheckSuite } from "./check-suite.js";
import type { Comment } from "./comment.js";
import { type CommitStatus, type StatusInput, setStatus } from "./commit-status.js";
import { Git } from "./git.js";
import { Issue } from "./issue.js";
import { openPullRequest, type PullRequestInput } from "./open-pull-request.js";
import type { PullRequest } from "./pull-request.js";
import { pushCommit } from "./push.js";
import type { Thread, ThreadInput } from "./thread.js";
import type { World } from "./world.js";

/** A label of a repository. */
export interface Label {
  readonly id: number;
  readonly nodeId: string;
  readonly name: string;
  readonly color: string;
  readonly repository: Repository;
}

/** A repository with everything in it. */
export class Repository {
  readonly world: World;
  readonly id: number;
  readonly nodeId: string;
  readonly owner: User;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly parent: Repository | null;
  readonly git: Git;
  readonly createdAt: string;
  readonly threads: (Thread | undefined)[] = [undefined];
  readonly issues = new Map<number, Issue>();
  readonly pulls = new Map<number, PullRequest>();
  readonly comments = new Map<number, Comment>();
  readonly labels = new Map<string, Label>();
  readonly permissions = new Map<User, Permission>();
  readonly suitesBySha = new Map<string, CheckSuite[]>();
  readonly checkSuites = new Map<number, CheckSuite>();
  readonly checkRuns = new Map<number, CheckRun>();
  readonly statuses = new Map<string, CommitStatus[]>();
  /** The names of the checks that have to pass on a pull request before it is merged, by base branch. */
  readonly requiredChecks = new Map<string, readonly string[]>();
  /** Pull requests into this repository by their head, `owner/name:branch`. */
  readonly pullsByHead = new Map<string, Set<PullRequest>>();
  /** Logins of those with a merged pull request, who are contributors from then on. */
  readonly contributors = new Set<User>();
  installation: Installation | null = null;
  openThreads = 0;
  pushedAt: string;
  #lastNumber = 0;

  constructor(
    world: World,
    input: { owner: User; name: string; private: boolean; defaultBranch: string; parent: Repository | null },
  ) {
    this.world = world;
    this.id = world.ids.next("repository");
    this.nodeId = nodeId("R", this.id);
    this.owner = input.owner;
    this.name = input.name;
    this.fullName = `${input.owner.login}/${input.name}`;
    this.private = input.private;
    this.defaultBranch = input.defaultBranch;
    this.parent = input.parent;
    this.createdAt = world.now();
    this.pushedAt = this.createdAt;
    this.git = new Git({
      seed: this.fullName,
      now: () => world.now(),
      count: () => world.ids.next("commit"),
      ...(input.parent === null ? {} : { sharedWith: input.parent.git }),
    });
  }

  /** Gives a user a permission. */
  grant(user: User, permission: Permission): void {
    this.permissions.set(user, permission);
  }

  /** What a user may do here; everybody may read a public repository. */
  permissionOf(user: User): Permission | "none" {
    if (user === this.owner) return "admin";
    return this.permissions.get(user) ?? (this.private ? "none" : "read");
  }

  /** Whether a user's reviews count. */
  mayWrite(user: User): boolean {
    return ["admin", "maintain", "write"].includes(this.permissionOf(user));
  }

  /** Protects a branch, the default one when none is named: what is merged into it has to pass these checks. */
  requireChecks(names: readonly string[], branch = this.defaultBranch): void {
    this.requiredChecks.set(branch, names);
  }

  /** Opens an issue. */
  openIssue(input: ThreadInput): Issue {
    const issue = new Issue(this, input);
    this.issues.set(issue.number, issue);
    this.threads[issue.number] = issue;
    return issue;
  }

  /** Opens a pull request; a head branch that does not exist is pushed first. */
  openPullRequest(input: PullRequestInput): PullRequest {
    return openPullRequest(this, input);
  }

  /** The issue or pull request of that number, or 404. */
  thread(number: number): Thread {
    const thread = this.threads[number];
    if (thread === undefined) throw notFound();
    return thread;
  }

  /** The pull request of that number, or 404. */
  pull(number: number): PullRequest {
    const pull = this.pulls.get(number);
    if (pull === undefined) throw notFound();
    return pull;
  }

  /** Commits a file to a branch, the default one when none is named, and pushes. */
  putFile(path: string, content: string, { by, branch, message }: By & { branch?: string; message?: string }): string {
    const files = { [path]: content };
    const target = branch ?? this.defaultBranch;
    return pushCommit(this, target, { by, message: message ?? `Update ${path}`, files }).sha;
  }

  /**
   * Deletes a branch, as GitHub offers to do after a merge: open pull requests into it go to where it was merged, or are closed.
   * @see https://docs.github.com/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/about-branches#working-with-branches
   */
  deleteBranch(name: string, { by }: By): void {
    const own = this.pullsByHead.get(`${this.fullName}:${name}`) ?? [];
    const merged = [...own].find((pull) => pull.merged);
    for (const pull of this.pulls.values()) {
      if (pull.state === "closed" || pull.base !== name) continue;
      if (merged) pull.edit({ by, base: merged.base, automatic: true });
      else pull.close({ by });
    }
    this.git.deleteBranch(name);
  }

  /** Makes a fork that belongs to a user; the App is not installed on it. */
  fork({ by }: By): Repository {
    const known = this.world.repositories.get(`${by.login}/${this.name}`.toLowerCase());
    if (known !== undefined) return known;
    const { name, defaultBranch } = this;
    const fork = new Repository(this.world, { owner: by, name, private: this.private, defaultBranch, parent: this });
    for (const branch of this.git.branches.values()) fork.git.branchOff(branch.name, branch);
    this.world.repositories.set(fork.fullName.toLowerCase(), fork);
    this.world.repositoriesById.set(fork.id, fork);
    return fork;
  }

  /** The check suite of an App for a commit, made if there is none. */
  checkSuite(app: App, sha: string, by: User): CheckSuite {
    const suites = this.suitesBySha.get(sha) ?? [];
    const known = suites.find((suite) => suite.app.id === app.id);
    if (known !== undefined) return known;
    const suite = new CheckSuite(this, { app, sha, by });
    this.suitesBySha.set(sha, [...suites, suite]);
    this.checkSuites.set(suite.id, suite);
    return suite;
  }

  /** Starts a check run, `queued` until `start()`. */
  startCheck({ app, sha, name }: { app: App; sha: string; name: string }): CheckRun {
    if (!this.git.commits.has(sha)) throw new GitHubError(422, `No commit found for SHA: ${sha}`);
    return this.checkSuite(app, sha, app.bot).createRun({ name, by: app.bot });
  }

  /** Reports a check run that is complete when it is created, as Apps do that only say what they found. */
  reportCheck(input: { app: App; sha: string; name: string; conclusion: CheckConclusion }): CheckRun {
    const { app, sha, name, conclusion } = input;
    if (!this.git.commits.has(sha)) throw new GitHubError(422, `No commit found for SHA: ${sha}`);
    return this.checkSuite(app, sha, app.bot).createRun({ name, conclusion, by: app.bot });
  }

  /** The head of a branch, the default one when none is named. */
  headOf(branch = this.defaultBranch): string {
    const head = this.git.branches.get(branch);
    if (head === undefined) throw notFound();
    return head.sha;
  }

  /** Sets a commit status. */
  setStatus(input: StatusInput): CommitStatus {
    return setStatus(this, input);
  }

  /** The label of that name, made if there is none. */
  labelNamed(name: string): Label {
    const known = this.labels.get(name.toLowerCase());
    if (known !== undefined) return known;
    const id = this.world.ids.next("label");
    const label: Label = { id, nodeId: nodeId("LA", id), name, color: "ededed", repository: this };
    this.labels.set(name.toLowerCase(), label);
    return label;
  }

  /** The next number of the sequence that issues and pull requests share. */
  nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** The part that every repository event has. */
  envelope(sender: User): Envelope {
    return envelope(this, sender);
  }
}

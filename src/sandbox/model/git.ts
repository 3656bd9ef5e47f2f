import { createHash } from "node:crypto";
import { nodeId } from "../format.js";
import type { User } from "./account.js";

/** The SHA that stands for "nothing" in push events. */
export const ZERO_SHA = "0".repeat(40);

/** What a commit does to one file; null is no file. */
export interface FileChange {
  readonly before: string | null;
  readonly after: string | null;
}

/** A commit with the files it changes. */
export interface Commit {
  readonly sha: string;
  readonly treeSha: string;
  readonly nodeId: string;
  readonly message: string;
  readonly author: User;
  readonly date: string;
  readonly parents: readonly string[];
  readonly changes: ReadonlyMap<string, FileChange>;
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

/** A branch: its head, its files, and the commits it has beyond the branch it was made from. */
export interface Branch {
  readonly name: string;
  sha: string;
  commits: Commit[];
  files: Map<string, string>;
}

/** What a commit is made from. */
export interface CommitInput {
  by: User;
  message: string;
  files?: Readonly<Record<string, string | null>>;
  /** A merge commit's second parent. */
  mergeOf?: string;
}

/** Commits and branches of one repository; a fork shares the commits of its parent, as at GitHub. */
export class Git {
  readonly commits: Map<string, Commit>;
  readonly branches = new Map<string, Branch>();
  readonly #branchesAt = new Map<string, Set<Branch>>();
  readonly #seed: string;
  readonly #now: () => string;
  readonly #count: () => number;

  constructor(options: { seed: string; now: () => string; count: () => number; sharedWith?: Git }) {
    this.#seed = options.seed;
    this.#now = options.now;
    this.#count = options.count;
    this.commits = options.sharedWith?.commits ?? new Map<string, Commit>();
  }

  /** Adds a commit to a branch, and makes the branch if it is the first. */
  commit(branchName: string, input: CommitInput): Commit {
    const branch = this.branches.get(branchName) ?? this.#emptyBranch(branchName);
    const changes = new Map<string, FileChange>();
    for (const [path, after] of Object.entries(input.files ?? {})) {
      const before = branch.files.get(path) ?? null;
      if (after !== before) changes.set(path, { before, after });
    }
    const count = this.#count();
    const sha = hash(`${this.#seed} commit ${count} ${input.message}`);
    const paths = (wanted: (change: FileChange) => boolean): string[] =>
      [...changes].filter(([, change]) => wanted(change)).map(([path]) => path);
    const commit: Commit = {
      sha,
      treeSha: hash(`${this.#seed} tree ${count}`),
      nodeId: nodeId("C", sha),
      message: input.message,
      author: input.by,
      date: this.#now(),
      parents: [branch.sha, input.mergeOf].filter((parent) => parent !== undefined && parent !== ZERO_SHA).map(String),
      changes,
      added: paths(({ before }) => before === null),
      modified: paths(({ before, after }) => before !== null && after !== null),
      removed: paths(({ after }) => after === null),
    };
    this.commits.set(sha, commit);
    this.#move(branch, sha);
    branch.commits.push(commit);
    apply(branch.files, changes);
    return commit;
  }

  /** Makes a branch at the head of another. */
  branchOff(name: string, from: Branch): Branch {
    const branch: Branch = { name, sha: from.sha, commits: [], files: new Map(from.files) };
    this.branches.set(name, branch);
    this.#move(branch, from.sha);
    return branch;
  }

  /** Moves a branch to the head of another one that was made from it, and takes over what is new there. */
  fastForward(branch: Branch, to: Branch): void {
    this.#move(branch, to.sha);
    branch.commits.push(...to.commits);
    branch.files = new Map(to.files);
  }

  /** Moves a branch to any commit, as a force-push does; @param base what the branch was made from: its commits are those beyond it */
  reset(branch: Branch, sha: string, base: string): void {
    const line = this.#lineOf(sha);
    const old = new Set(this.#lineOf(base).map((commit) => commit.sha));
    this.#move(branch, sha);
    branch.commits = line.filter((commit) => !old.has(commit.sha));
    branch.files = new Map();
    for (const { changes } of line) apply(branch.files, changes);
  }

  /** Removes a branch; its commits stay. */
  deleteBranch(name: string): void {
    const branch = this.branches.get(name);
    if (branch !== undefined) this.#branchesAt.get(branch.sha)?.delete(branch);
    this.branches.delete(name);
  }

  /** The branches whose head a commit is. */
  branchesAt(sha: string): Branch[] {
    return [...(this.#branchesAt.get(sha) ?? [])];
  }

  /** The content of a file at a branch or commit, or undefined. */
  file(path: string, ref: string): string | undefined {
    const branch = this.branches.get(ref.replace(/^refs\/heads\//, ""));
    if (branch !== undefined) return branch.files.get(path);
    for (let at = this.commits.get(ref); at !== undefined; at = this.commits.get(at.parents[0] ?? "")) {
      const change = at.changes.get(path);
      if (change !== undefined) return change.after ?? undefined;
    }
    return undefined;
  }

  /** What is in a folder at a branch or commit: files and folders, in the order of their names; null where there is no such folder. */
  folder(path: string, ref: string): readonly FolderEntry[] | null {
    const prefix = path === "" ? "" : `${path}/`;
    const entries = new Map<string, FolderEntry>();
    for (const file of this.#filesAt(ref)) {
      if (!file.startsWith(prefix)) continue;
      const [name = "", ...below] = file.slice(prefix.length).split("/");
      entries.set(name, { name, isFile: below.length === 0 });
    }
    if (entries.size === 0) return null;
    return [...entries.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #filesAt(ref: string): Iterable<string> {
    const branch = this.branches.get(ref.replace(/^refs\/heads\//, ""));
    if (branch !== undefined) return branch.files.keys();
    const files = new Map<string, string>();
    for (const { changes } of this.#lineOf(ref)) apply(files, changes);
    return files.keys();
  }

  /** A commit with its first parents, the oldest first. */
  #lineOf(sha: string): Commit[] {
    const line: Commit[] = [];
    for (let at = this.commits.get(sha); at !== undefined; at = this.commits.get(at.parents[0] ?? "")) line.push(at);
    return line.reverse();
  }

  #move(branch: Branch, sha: string): void {
    this.#branchesAt.get(branch.sha)?.delete(branch);
    branch.sha = sha;
    this.#branchesAt.set(sha, (this.#branchesAt.get(sha) ?? new Set()).add(branch));
  }

  #emptyBranch(name: string): Branch {
    const branch: Branch = { name, sha: ZERO_SHA, commits: [], files: new Map() };
    this.branches.set(name, branch);
    return branch;
  }
}

/** What a folder has in it. */
export interface FolderEntry {
  readonly name: string;
  readonly isFile: boolean;
}

/** The files that a run of commits leaves behind, as one commit would write them. */
export function combinedFiles(commits: readonly Commit[]): Record<string, string | null> {
  const files: Record<string, string | null> = {};
  for (const commit of commits) for (const [path, { after }] of commit.changes) files[path] = after;
  return files;
}

/** The SHA-1 that Git gives a file of this content. */
export function blobSha(content: string): string {
  return hash(`blob ${Buffer.byteLength(content)}\0${content}`);
}

/** Writes changes into a set of files. */
function apply(files: Map<string, string>, changes: ReadonlyMap<string, FileChange>): void {
  for (const [path, { after }] of changes) {
    if (after === null) files.delete(path);
    else files.set(path, after);
  }
}

function hash(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

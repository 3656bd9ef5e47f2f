import type { App, Issue, PullRequest, Repository, Sandbox, User } from "../../../src/sandbox/index.js";
import type { Journal } from "../journal.js";
import type { Policy } from "../options.js";

/** Who and what a story is played with. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly repository: Repository;
  readonly journal: Journal;
  readonly ci: App;
  /** Write: a team of three. */
  readonly team: readonly [User, User, User];
  readonly admin: User;
  /** Write, and no good intentions. */
  readonly writer: User;
  /** Read. */
  readonly outsiders: readonly [User, User];
  /** What the file says now. */
  policy: Policy;
  /** In which step each issue and pull request was opened: its name in every variant of the same story. */
  readonly openedIn: Map<Issue | PullRequest, number>;
  readonly step: number;
}

/** Chooses by the numbers of a step. */
export class Pick {
  readonly #numbers: readonly number[];
  #used = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** Undefined where there is nothing to choose. */
  of<T>(list: Iterable<T>): T | undefined {
    const all = [...list];
    return all.length === 0 ? undefined : all[this.#next() % all.length];
  }

  oneOf<const T>(list: readonly [T, ...T[]]): T {
    return list[this.#next() % list.length] ?? list[0];
  }

  #next(): number {
    const number = this.#numbers[this.#used % this.#numbers.length] ?? 0;
    this.#used += 1;
    return number;
  }
}

export type Actor = "team" | "outsider" | "writer" | "admin";

/** What somebody did, in words. */
export interface Done {
  readonly by: User;
  readonly words: string;
}

export interface Move {
  readonly name: string;
  readonly by: Actor;
  /** How often it comes, beside the others of the same people. */
  readonly weight: number;
  /** @returns null where it is not possible now */
  play(stage: Stage, pick: Pick): Done | null;
}

export function isOutsider({ outsiders }: { readonly outsiders: Stage["outsiders"] }, user: User): boolean {
  return outsiders.some(({ id }) => id === user.id);
}

/** Of the team, and of those who may write beside it. */
export function ownPulls(stage: Stage, wanted: (pull: PullRequest) => boolean = isOpen): readonly PullRequest[] {
  return [...stage.repository.pulls.values()].filter((pull) => !isOutsider(stage, pull.author) && wanted(pull));
}

export function ownIssues(stage: Stage, wanted: (issue: Issue) => boolean = isOpen): readonly Issue[] {
  return [...stage.repository.issues.values()].filter((issue) => !isOutsider(stage, issue.author) && wanted(issue));
}

export function isOpen({ state }: Issue | PullRequest): boolean {
  return state === "open";
}

export function openPull(
  stage: Stage,
  input: { readonly by: User; readonly body: string; readonly base?: string; readonly head?: string },
): PullRequest {
  const { repository, step, openedIn } = stage;
  const head = input.head ?? `change-${step}`;
  const pull = repository.openPullRequest({ title: `Change ${step}`, ...input, head });
  openedIn.set(pull, step);
  return pull;
}

/** Texts that name issues, in one way or another. */
export function naming(pick: Pick, issues: readonly Issue[]): string {
  const one = pick.of(issues);
  const other = pick.of(issues);
  const form = pick.oneOf(["one", "one", "one", "two", "none", "code"]);
  if (!one || form === "none") return "No issue.";
  if (form === "two" && other && other !== one) return `Fixes #${one.number}, closes #${other.number}`;
  return form === "code" ? `See \`Fixes #${one.number}\`` : `Fixes #${one.number}`;
}

import { type LinkSource, partsOf, placeLeftmost, placeRightmost } from "../../core/index.js";
import type { Octokit } from "../client/octokit.js";
import type { Linking, Repo } from "../observe/index.js";
import { closingKeywords, type IssueReference } from "./closing-keywords.js";
import { type ClosedIssue, closedIssues, type Numbered, ownerAndName } from "./closing-references.js";

/** An issue that a pull request belongs to, and by what. */
export interface LinkedIssue extends Numbered {
  /** How often it was reopened, as far as GitHub said. */
  readonly reopenings: number;
  readonly sources: readonly LinkSource[];
}

export interface LinkedIssues {
  readonly issues: readonly LinkedIssue[];
  /** When the description was last edited; null where it never was, undefined where GitHub does not say. */
  readonly editedAt: string | null | undefined;
  /** The description as GitHub shows it now; undefined where GitHub does not say. */
  readonly bodyNow: string | undefined;
  /** `text` where GitHub did not say what it links: then a link that is missing here need not be gone. */
  readonly covers: "all" | "text";
}

/** The issue that a keyword names, as far as it counts. */
export type FindIssue = (keyword: IssueReference, own: Repo) => Promise<Numbered | null>;

/** Whoever may write in one organisation's repository need have nothing to say in another's. */
export function isOfSameOwner(one: Pick<Repo, "name">, other: Pick<Repo, "name">): boolean {
  return ownerAndName(one).owner.toLowerCase() === ownerAndName(other).owner.toLowerCase();
}

/**
 * The issues that a pull request belongs to: by GitHub's closing references, by the closing keywords of its description, for GitHub
 * links none when the base is not the default branch, and by the name of its branch where the team says how. What is named need not
 * exist. Issues of other owners' repositories are never meant.
 */
export async function linkedIssues(
  octokit: Octokit | null,
  repo: Repo,
  number: number,
  { body, headRef, host }: Linking,
  branchPatterns: readonly string[],
  find: FindIssue,
): Promise<LinkedIssues> {
  const references = octokit && (await closedIssues(octokit, repo, number));
  const found = new Map<string, { issue: ClosedIssue; sources: Set<LinkSource> }>();
  const add = (issue: Numbered | ClosedIssue, source: LinkSource) => {
    if (issue.repo.id === repo.id && issue.number === number) return;
    const key = `${issue.repo.id}#${issue.number}`;
    const known = found.get(key) ?? { issue: { reopenings: 0, ...issue }, sources: new Set() };
    known.sources.add(source);
    found.set(key, known);
  };
  const namedIn = async (text: string): Promise<readonly Numbered[]> => {
    const here = closingKeywords(text).filter(
      (one) => one.host === null || one.host.toLowerCase() === host.toLowerCase(),
    );
    return (await Promise.all(here.map((keyword) => find(keyword, repo)))).filter((issue) => issue !== null);
  };
  const named = await namedIn(body);
  // GitHub shows the links of today. One that comes from a later description was not made by this one.
  const later = references && references.body !== body ? await namedIn(references.body) : [];
  const isAmong = (issues: readonly Numbered[], one: Numbered) =>
    issues.some(({ repo: { id }, number: of }) => id === one.repo.id && of === one.number);
  for (const issue of references?.issues ?? []) {
    const isOfLater = isAmong(later, issue) && !isAmong(named, issue);
    if (isOfSameOwner(issue.repo, repo) && !isOfLater) add(issue, "reference");
  }
  for (const issue of named) add(issue, "keyword");
  for (const pattern of branchPatterns) {
    const issue = issueOfBranch(pattern, headRef);
    if (issue !== null) add({ repo, number: issue }, "branch");
  }
  const issues = [...found.values()].map(({ issue, sources }) => ({ ...issue, sources: [...sources] }));
  return {
    issues,
    editedAt: references?.editedAt,
    bodyNow: references?.body,
    covers: references?.isComplete ? "all" : "text",
  };
}

const ISSUE = "{issue}";

/**
 * The number that stands in a branch's name where the pattern has `{issue}`; null where the name does not match.
 *
 * What the pattern has around the number's neighbours is placed once, as far out as it goes: the parts before it leftmost, those after it
 * rightmost. Each number then only needs its neighbours compared, so a name full of digits costs no more than any other.
 */
export function issueOfBranch(pattern: string, branch: string): number | null {
  const at = pattern.indexOf(ISSUE);
  if (at < 0) return null;
  const before = partsOf(pattern.slice(0, at));
  const after = partsOf(pattern.slice(at + ISSUE.length));
  const [left, right] = [before.at(-1) ?? "", after[0] ?? ""];
  const leftFrom = endOfOuterLeft(before.slice(0, -1), branch);
  const rightTo = startOfOuterRight(after.slice(1), branch);
  if (leftFrom === null || rightTo === null) return null;
  for (const { 0: digits, index } of branch.matchAll(/\d+/g)) {
    if (digits.length > MAX_DIGITS) continue;
    const [begin, end] = [index - left.length, index + digits.length + right.length];
    const fitsLeft = before.length === 1 ? begin === 0 : begin >= leftFrom;
    const fitsRight = after.length === 1 ? end === branch.length : end <= rightTo;
    if (!fitsLeft || !fitsRight) continue;
    if (branch.startsWith(left, begin) && branch.startsWith(right, end - right.length)) return Number(digits);
  }
  return null;
}

/** More digits than this are no number of an issue. */
const MAX_DIGITS = 9;

/** `parts` from the name's very beginning: where the last of them ends. */
function endOfOuterLeft(parts: readonly string[], branch: string): number | null {
  const [first = "", ...middle] = parts;
  return branch.startsWith(first) ? placeLeftmost(middle, branch, first.length) : null;
}

/** `parts` up to the name's very end: where the first of them begins. */
function startOfOuterRight(parts: readonly string[], branch: string): number | null {
  const last = parts.at(-1) ?? "";
  return branch.endsWith(last) ? placeRightmost(parts.slice(0, -1), branch, branch.length - last.length) : null;
}

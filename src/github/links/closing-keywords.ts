import { proseOf } from "./prose.js";

/** An issue that a pull request says it closes. */
export interface IssueReference {
  /** `owner/name` in lower case; null for the pull request's own repository. */
  readonly repo: string | null;
  readonly number: number;
  /** Where it is written as an address: of which GitHub. */
  readonly host: string | null;
}

/**
 * GitHub's nine closing keywords before `#1`, `owner/repo#1` or an issue's URL.
 * @see https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
 */
const CLOSES =
  /(?<![\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?::|\b)\s+(?:(?:https?:\/\/(?<host>[\w.-]+(?::\d+)?)\/(?<urlRepo>[\w.-]+\/[\w.-]+)\/issues\/(?<urlNumber>\d{1,9}))|(?<repo>[\w.-]+\/[\w.-]+)?#(?<number>\d{1,9}))(?!\w)/gi;

/** GitHub's GraphQL knows numbers up to 32 bits. */
const MAX_NUMBER = 2 ** 31 - 1;

/** References beyond this many are spam. */
const MAX_REFERENCES = 50;

/** The issues that a pull request's description says it closes: each once, and not where it is code, a quote or a comment. */
export function closingKeywords(body: string): readonly IssueReference[] {
  if (!/clos|fix|resolv/i.test(body)) return [];
  const references = new Map<string, IssueReference>();
  for (const match of proseOf(body, hasDigit).matchAll(CLOSES)) {
    const { host = null, urlRepo, urlNumber, repo, number } = match.groups ?? {};
    if (Number(urlNumber ?? number) > MAX_NUMBER) continue;
    const reference = { repo: (urlRepo ?? repo)?.toLowerCase() ?? null, number: Number(urlNumber ?? number), host };
    if (references.size < MAX_REFERENCES) references.set(`${host}/${reference.repo}#${reference.number}`, reference);
  }
  return [...references.values()];
}

/** Without a digit in its source, a paragraph names no issue: most of a long text need not be read closely. */
function hasDigit(source: string): boolean {
  return /\d/.test(source);
}

import type { Facts, PullFacts } from "../facts/facts.js";
import { currentPull, wantsMerge } from "../judgement/judge.js";
import type { Policy } from "../judgement/policy.js";
import { linkOf } from "../ledger/links.js";
import type { RecordHead } from "../ledger/record.js";

/** The head with what its facts show on its face: its name, the pull request it stands or falls with, and what it is found by. */
export function reflect<State extends string>(
  head: RecordHead<State>,
  facts: Facts,
  policy: Policy,
): RecordHead<State> {
  if (facts === head.facts) return head;
  const pull = currentPull(facts) ?? facts.pulls.filter(isLinked).at(-1);
  const repo = facts.issue?.repoName ?? pull?.repoName ?? head.repo;
  return {
    ...head,
    facts,
    repo,
    ref: repo === head.repo || head.refNumber === null ? head.ref : `${repo}#${head.refNumber}`,
    prUrl: pull?.url ?? head.prUrl,
    prNumber: pull?.number ?? head.prNumber,
    labels: facts.issue?.labels ?? head.labels,
    autoMerge: pull ? wantsMerge(pull, policy) : head.autoMerge,
    links: linksOf(head, facts),
  };
}

function linksOf(head: Pick<RecordHead, "links">, { issue, pulls }: Facts): readonly string[] {
  const gone = new Set(pulls.filter((pull) => !isLinked(pull)).flatMap(addressesOf));
  const lasting = head.links.filter((link) => !link.startsWith(COMMIT) && !gone.has(link));
  return [
    ...new Set([
      ...lasting,
      ...(issue ? [linkOf.issue(issue.repoId, issue.number), linkOf.address(issue.repoName, issue.number)] : []),
      ...pulls.filter(isLinked).flatMap((pull) => [...addressesOf(pull), linkOf.commit(pull.repoId, pull.headSha)]),
    ]),
  ];
}

function addressesOf({ repoId, repoName, number }: PullFacts): readonly string[] {
  return [linkOf.pull(repoId, number), linkOf.address(repoName, number)];
}

function isLinked({ status }: PullFacts): boolean {
  return status.is !== "unlinked";
}

/** Only the heads of pull requests are looked for by their commit; a commit that was pushed over is not. */
const COMMIT = "commit:";

import type { PullView, WorkItem } from "../facts/facts.js";
import { currentPull, wantsMerge } from "../judgement/merge.js";
import type { Policy } from "../judgement/policy.js";
import { linkOf } from "../ledger/links.js";
import type { RecordHead } from "../ledger/record.js";

/**
 * The head with what the facts show on its face: its name, the pull request that it goes by, and what it is found by. The same object where
 * nothing of that changed: then nothing is to be written.
 */
export function projectHead<State extends string>(
  head: RecordHead<State>,
  item: WorkItem,
  policy: Policy,
): RecordHead<State> {
  const pull = currentPull(item) ?? item.pulls.filter(isLinked).at(-1);
  const repo = item.issue?.repoName ?? pull?.repoName ?? head.repo;
  const shown = {
    repo,
    ref: repo === head.repo || head.refNumber === null ? head.ref : `${repo}#${head.refNumber}`,
    prUrl: pull?.url ?? head.prUrl,
    prNumber: pull?.number ?? head.prNumber,
    labels: item.issue?.labels ?? head.labels,
    autoMerge: pull ? wantsMerge(pull, policy) : head.autoMerge,
    links: linksOf(head, item),
  };
  const isSame = (Object.keys(shown) as (keyof typeof shown)[]).every(
    (name) => JSON.stringify(shown[name]) === JSON.stringify(head[name]),
  );
  return isSame ? head : { ...head, ...shown };
}

function linksOf(head: Pick<RecordHead, "links">, { issue, pulls }: WorkItem): readonly string[] {
  const gone = new Set(pulls.filter((pull) => !isLinked(pull)).flatMap(addressesOf));
  // Earlier versions found records by commits, too: now the facts of a commit name its pull requests.
  const lasting = head.links.filter((link) => !link.startsWith("commit:") && !gone.has(link));
  return [
    ...new Set([
      ...lasting,
      ...(issue ? [linkOf.issue(issue.repoId, issue.number), linkOf.address(issue.repoName, issue.number)] : []),
      ...pulls.filter(isLinked).flatMap(addressesOf),
    ]),
  ];
}

function addressesOf({ repoId, repoName, number }: PullView): readonly string[] {
  return [linkOf.pull(repoId, number), linkOf.address(repoName, number)];
}

function isLinked({ status }: PullView): boolean {
  return status.is !== "unlinked";
}

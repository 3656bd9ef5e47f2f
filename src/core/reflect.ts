import type { Facts } from "./facts.js";
import { currentPull } from "./judge.js";
import { linkOf } from "./links.js";
import type { RecordHead } from "./record.js";

/** The head with what its facts show on its face: the pull request it stands or falls with, and what it is found by. */
export function reflect<State extends string>(head: RecordHead<State>, facts: Facts): RecordHead<State> {
  if (facts === head.facts) return head;
  const pull = currentPull(facts) ?? facts.pulls.at(-1);
  return {
    ...head,
    facts,
    prUrl: pull?.url ?? head.prUrl,
    prNumber: pull?.number ?? head.prNumber,
    labels: facts.issue?.labels ?? head.labels,
    links: linksOf(head, facts),
  };
}

function linksOf(head: Pick<RecordHead, "links" | "repo">, facts: Facts): readonly string[] {
  const { issue, pulls } = facts;
  const lasting = head.links.filter((link) => !link.startsWith(COMMIT));
  return [
    ...new Set([
      ...lasting,
      ...(issue ? [linkOf.issue(issue.repoId, issue.number), linkOf.address(head.repo, issue.number)] : []),
      ...pulls.flatMap((pull) => [
        linkOf.pull(pull.repoId, pull.number),
        linkOf.address(head.repo, pull.number),
        linkOf.commit(pull.repoId, pull.headSha),
      ]),
    ]),
  ];
}

/** Only the heads of pull requests are looked for by their commit; a commit that was pushed over is not. */
const COMMIT = "commit:";

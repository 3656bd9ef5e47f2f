import type { Observed } from "../../recorder/recorder.js";
import type { Subject } from "../observe/index.js";
import type { EventContext, Pipeline } from "../pipeline.js";
import { readIssueHistory } from "./issue-history.js";
import { readPull } from "./snapshot.js";

/**
 * Reads an issue or a pull request at GitHub and takes in what was missed, each step with GitHub's own time; then decides anew, for
 * what the team asks for may have changed, too.
 * @returns what it repaired; empty where nothing was missing, or GitHub does not show it
 */
export async function refresh(pipeline: Pipeline, subject: Subject, visit: EventContext): Promise<readonly Observed[]> {
  const { octokit, source } = visit;
  if (!octokit || (subject.kind !== "issue" && subject.kind !== "pull")) return [];
  const { repo, number } = subject;
  const read: EventContext = { octokit, source: source.kind === "backfill" ? source : { kind: "snapshot" } };
  const readings = await (subject.kind === "issue"
    ? readIssueHistory(octokit, repo, number)
    : readPull(octokit, repo, number, await pipeline.workItems.groupsOf({ repoId: repo.id, number })));
  const observed = [...(await pipeline.takeAll(readings ?? [], repo, read))];
  const again = { cause: "refreshed", news: {}, people: [], evidence: {}, occurredAt: null } as const;
  observed.push(...(await pipeline.apply({ subject: knownOnly(subject), observation: again }, read)));
  return observed.filter(({ entries }) => entries.length > 0);
}

function knownOnly(subject: Subject): Subject {
  return subject.kind === "pull" ? { ...subject, linking: null } : subject;
}

import type { Observed } from "../../recorder/recorder.js";
import type { Octokit } from "../client/octokit.js";
import type { PullSubject, Subject } from "../observe/index.js";
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
  const observed =
    subject.kind === "issue"
      ? [...(await pipeline.takeHistory((await readIssueHistory(octokit, repo, number)) ?? [], repo, read))]
      : [...(await pipeline.takeSteps(await pullReadings(pipeline, octokit, subject), read))];
  const again = { cause: "refreshed", news: {}, people: [], evidence: {}, occurredAt: null } as const;
  observed.push(...(await pipeline.apply({ subject: knownOnly(subject), observation: again }, read)));
  return observed.filter(({ entries }) => entries.length > 0);
}

async function pullReadings(pipeline: Pipeline, octokit: Octokit, { repo, number }: PullSubject) {
  const groups = await pipeline.workItems.groupsOf({ repoId: repo.id, number });
  return (await readPull(octokit, repo, number, groups)) ?? [];
}

function knownOnly(subject: Subject): Subject {
  return subject.kind === "pull" ? { ...subject, linking: null } : subject;
}

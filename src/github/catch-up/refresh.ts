import type { Observed } from "../../recorder/recorder.js";
import type { IssueSubject, PullSubject, Subject } from "../observe/index.js";
import type { EventContext, Pipeline } from "../pipeline.js";
import { readIssueHistory } from "./issue-history.js";

/** What can be read anew. */
export type ItemSubject = IssueSubject | PullSubject;

export interface Refreshed {
  /** False where GitHub does not show it, or a part of it: nothing follows from that. */
  readonly isShown: boolean;
  /** What was repaired; empty where nothing was missing. */
  readonly observed: readonly Observed[];
}

/**
 * Reads an issue or a pull request at GitHub and takes in what was missed, each step with GitHub's own time; then decides anew, for
 * what the team asks for may have changed, too.
 */
export async function refresh(
  pipeline: Pipeline,
  subject: ItemSubject,
  { octokit, source }: EventContext,
): Promise<Refreshed> {
  if (!octokit) return { isShown: false, observed: [] };
  const { repo, number } = subject;
  const read: EventContext = { octokit, source: source.kind === "backfill" ? source : { kind: "snapshot" } };
  const observed: Observed[] = [];
  let isShown: boolean;
  if (subject.kind === "issue") {
    const readings = await readIssueHistory(octokit, repo, number);
    isShown = readings !== null;
    observed.push(...(await pipeline.takeHistory(readings ?? [], repo, read)));
  } else {
    const shown = await pipeline.readPull(octokit, repo, number);
    isShown = shown !== null && shown.hidden.length === 0;
    observed.push(...(await pipeline.takeSteps(shown?.readings ?? [], read)));
  }
  const again = { cause: "refreshed", news: {}, people: [], evidence: {}, occurredAt: null } as const;
  observed.push(...(await pipeline.apply({ subject: knownOnly(subject), observation: again }, read)));
  return { isShown, observed: observed.filter(({ entries }) => entries.length > 0) };
}

function knownOnly(subject: ItemSubject): Subject {
  return subject.kind === "pull" ? { ...subject, linking: null } : subject;
}

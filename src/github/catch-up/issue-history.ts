import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo } from "../observe/index.js";
import type { SyntheticEvent } from "./synthetic-event.js";

/** Of an issue's timeline: more than this is no history that anybody reads. */
const MAX_EVENTS = 500;

/** What is read of an event of the timeline. Every field may be missing: GitHub's events have many shapes. */
export interface TimelineEvent {
  readonly event?: string;
  readonly created_at?: string;
  readonly actor?: object | null;
  readonly label?: { readonly name?: string };
  readonly assignee?: object | null;
  /** Of `closed`: the commit that closed it. */
  readonly commit_id?: string | null;
  /** Of `cross-referenced`: where it was mentioned. */
  readonly source?: { readonly issue?: unknown };
}

interface IssueState {
  readonly state: "open" | "closed";
  readonly closed_at: string | null;
  readonly updated_at: string;
  readonly labels: readonly { readonly name: string }[];
  readonly assignees: readonly object[];
  readonly assignee: object | null;
}

/**
 * An issue's life so far, as its deliveries would have told it: opened, labelled, assigned, closed, reopened, each at GitHub's own time
 * and by whom GitHub says.
 * @returns null where there is no such issue, or it is a pull request
 */
export async function readIssueHistory(
  octokit: Octokit,
  repo: Repo,
  number: number,
): Promise<readonly SyntheticEvent[] | null> {
  const { owner, name } = ownerAndName(repo);
  const place = { owner, repo: name, issue_number: number };
  try {
    const { data: issue } = await octokit.rest.issues.get(place);
    if (issue.pull_request !== undefined) return null;
    const events = await readTimeline(octokit, place);
    return replay(issue, events, { id: repo.id, full_name: repo.name });
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

/** The events of an issue or a pull request, oldest first. */
export async function readTimeline(
  octokit: Octokit,
  place: { readonly owner: string; readonly repo: string; readonly issue_number: number },
): Promise<readonly TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  const pages = octokit.paginate.iterator(octokit.rest.issues.listEventsForTimeline, { ...place, per_page: 100 });
  try {
    for await (const { data } of pages) {
      events.push(...(data as readonly TimelineEvent[]));
      if (events.length >= MAX_EVENTS) break;
    }
  } catch (error) {
    // Without its timeline, an issue is what it is now.
    if (!isNotThere(error)) throw error;
  }
  return events;
}

/** Goes through the events from the issue's beginning, and ends with the issue as it is. */
function replay(
  issue: { readonly created_at: string; readonly updated_at: string; readonly user?: object | null },
  events: readonly TimelineEvent[],
  repository: object,
): readonly SyntheticEvent[] {
  const reading = (action: string, state: object, sender: object | null): SyntheticEvent => ({
    event: `issues.${action}` as SyntheticEvent["event"],
    payload: { action, issue: { ...issue, ...state }, repository, sender },
  });
  let now: IssueState = {
    ...{ state: "open", closed_at: null, updated_at: issue.created_at },
    ...{ labels: [], assignees: [], assignee: null },
  };
  const readings = [reading("opened", now, issue.user ?? null)];
  for (const event of events) {
    const after = stateAfter(now, event);
    if (!after) continue;
    now = after;
    readings.push(reading(String(event.event), now, event.actor ?? null));
  }
  return [...readings, reading("edited", {}, null)];
}

/** @returns null for an event that is not about what a record knows of an issue */
function stateAfter(now: IssueState, { event, created_at: at, label, assignee }: TimelineEvent): IssueState | null {
  if (at === undefined) return null;
  const changed = { ...now, updated_at: at };
  switch (event) {
    case "labeled":
      return label?.name === undefined ? null : { ...changed, labels: [...now.labels, { name: label.name }] };
    case "unlabeled":
      return { ...changed, labels: now.labels.filter(({ name }) => name !== label?.name) };
    case "assigned":
      return assignee ? { ...changed, assignees: [...now.assignees, assignee], assignee } : null;
    case "closed":
      return { ...changed, state: "closed", closed_at: at };
    case "reopened":
      return { ...changed, state: "open", closed_at: null };
    default:
      return null;
  }
}

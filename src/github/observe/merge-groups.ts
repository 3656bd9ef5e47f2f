import type { MergeGroupPayload } from "./payload.js";
import { type Observer, participants } from "./sighting.js";

/**
 * GitHub's words for the end of a group with which its pull request leaves the queue. A third one, `invalidated`, says that an earlier
 * entry of the queue was taken out: the pull request stays, and its group is built again.
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads?actionType=destroyed#merge_group
 */
const LEAVING: ReadonlySet<string> = new Set(["merged", "dequeued"]);

/**
 * `merge_group.checks_requested`: the queue made a trial merge of a pull request, on whose commit CI runs. `merge_group.destroyed`: it
 * ended, and GitHub says why.
 */
export const observeMergeGroup: Observer<MergeGroupPayload> = (payload, lookout) => {
  const { action, merge_group: group, reason, repository: repo, sender } = payload;
  const number = pullOfGroup(group.head_ref);
  if (number !== null && action === "checks_requested") {
    return {
      subject: { kind: "pull", repo, number, linking: null },
      observation: {
        cause: "queue.grouped",
        occurredAt: null,
        people: [],
        news: { group: { repoId: repo.id, number, sha: group.head_sha } },
        evidence: { sha: group.head_sha },
      },
    };
  }
  const at = group.head_commit?.timestamp;
  if (number === null || !at || action !== "destroyed" || !reason || !LEAVING.has(reason)) return null;
  return {
    subject: { kind: "pull", repo, number, linking: null },
    observation: {
      cause: "queue.left",
      // The event does not say when; the time of the trial merge tells one group from another.
      occurredAt: null,
      people: participants(lookout, { actor: sender }),
      news: {
        queue: { repoId: repo.id, number, is: "left", reason, at },
        group: { repoId: repo.id, number, sha: group.head_sha },
      },
      evidence: { sha: group.head_sha, reason },
    },
  };
};

/**
 * The pull request that a merge group is about: `refs/heads/gh-readonly-queue/main/pr-104-0123abc`. Of a group of several, the last.
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group
 */
export function pullOfGroup(headRef: string): number | null {
  const number = /\/pr-(\d{1,9})-[0-9a-f]+$/.exec(headRef)?.[1];
  return number === undefined ? null : Number(number);
}

/** GitHub's schema lets the payload of a merge group leave its repository out: then there is nothing that it could be about. */
export function isOfNoRepository(event: string, payload: object): boolean {
  return event.startsWith("merge_group.") && !("repository" in payload && payload.repository);
}

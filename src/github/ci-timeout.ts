import { type Check, countedChecks, judgeCi, type PullView, type Timestamp, timestamp } from "../core/index.js";
import type { Configuration } from "./config/schema.js";
import type { Sighting } from "./observe/index.js";
import { policyOf } from "./policy-of.js";

/** States in which CI is waited for. */
export const WAITING_FOR_CI = ["pr_created", "ci_pending"] as const;

const MAX_NAMES = 20;

/**
 * What is to be said of a work item whose CI was waited for longer than the team allows: by GitHub's clock, since its head was first
 * heard of, or since one of its checks last began.
 * @returns null where nothing is waited for, or not yet for long enough
 */
export function ciTimeout(pull: PullView, configuration: Configuration, now: Date): Sighting | null {
  const { timeoutMinutes } = configuration.ci;
  if (timeoutMinutes === null || pull.status.is !== "open" || pull.ciTimedOutAt) return null;
  const policy = policyOf(configuration);
  const verdict = judgeCi(pull, policy);
  if (verdict !== "none" && verdict !== "none_known" && verdict !== "pending" && verdict !== "not_known") return null;
  const checks = countedChecks(pull, policy);
  if (now.getTime() < Date.parse(waitedSince(pull, checks)) + timeoutMinutes * 60_000) return null;
  const at = timestamp(now);
  const { repoId, number, headSha: sha, url } = pull;
  const unfinished = checks.filter((check) => check.conclusion === null);
  return {
    subject: { kind: "pull", repo: { id: repoId, name: pull.repoName }, number, linking: null },
    observation: {
      cause: "ci.timed_out",
      occurredAt: at,
      people: [],
      news: { ciTimedOut: { repoId, number, sha, at } },
      evidence: {
        ...{ url, sha, waited_minutes: timeoutMinutes },
        ...(unfinished.length > 0 ? { unfinished: unfinished.slice(0, MAX_NAMES).map(({ name }) => name) } : {}),
      },
    },
  };
}

/** A check that runs again, or that follows on another, has its own time: that its head is old does not make it late. */
function waitedSince({ headSince }: PullView, checks: readonly Check[]): Timestamp {
  const begun = checks.flatMap(({ asOf }) => asOf ?? []);
  return begun.reduce((latest, at) => (at > latest ? at : latest), headSince);
}

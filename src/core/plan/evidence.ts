import type { Timestamp } from "../brand.js";
import type { Facts, PullFacts } from "../facts/facts.js";
import type { JsonObject } from "../json.js";
import { isGreen } from "../judgement/checks.js";
import {
  countedChecks,
  currentPull,
  judgeCi,
  missingChecks,
  reviewsInTime,
  whyNotCounted,
} from "../judgement/judge.js";
import type { Policy } from "../judgement/policy.js";
import type { Participant } from "../ledger/people.js";

/** Who did what no delivery of its own named, where GitHub says. */
export function peopleOf(state: string, facts: Facts): readonly Participant[] {
  const pull = currentPull(facts);
  return state === "merged" && pull ? mergerOf(pull) : [];
}

export function mergerOf({ status }: PullFacts): readonly Participant[] {
  return status.is === "merged" && status.by !== null ? [{ role: "merger", ...status.by }] : [];
}

/** When GitHub says that a state was reached, where it says so. */
export function timeOf(state: string, facts: Facts): Timestamp | null {
  const pull = currentPull(facts);
  switch (state) {
    case "pr_created":
      return pull?.openedAt ?? null;
    case "ci_pending":
      return oldest(pull?.checks.filter(({ kind }) => kind !== "suite").map((check) => check.asOf) ?? []);
    case "ci_passed":
    case "ci_failed":
      return newest(pull?.checks.map((check) => check.completedAt) ?? []);
    case "approved":
      return newest(pull?.reviews.filter((r) => r.state === "approved").map((r) => r.submittedAt) ?? []);
    case "merged":
      return pull?.status.is === "merged" ? pull.status.at : null;
    case "closed":
      return facts.issue?.closedAt ?? (pull?.status.is === "merged" ? pull.status.at : null);
    case "cancelled":
      return facts.issue?.closedAt ?? null;
    default:
      return null;
  }
}

function oldest(times: readonly (Timestamp | null)[]): Timestamp | null {
  return times.reduce((best, time) => (time !== null && (best === null || time < best) ? time : best), null);
}

function newest(times: readonly (Timestamp | null)[]): Timestamp | null {
  return times.reduce((best, time) => (time !== null && (best === null || time > best) ? time : best), null);
}

/** Where a reader can look up that a state was reached. */
export function evidenceOf(state: string, facts: Facts): JsonObject {
  const pull = currentPull(facts);
  if (facts.issue && (!pull || state === "closed")) return { url: facts.issue.url };
  if (!pull) return {};
  switch (state) {
    case "ci_passed":
    case "ci_failed":
      return { url: `${pull.url}/checks`, sha: pull.headSha };
    default:
      return { url: pull.url, sha: pull.headSha };
  }
}

/** What shows that the rule was broken: the head, what CI said of it, which checks said so, and what was approved. */
export function brokenEvidence(pull: PullFacts, policy: Policy): JsonObject {
  const red = countedChecks(pull, policy).filter((check) => !isGreen(check));
  const missing = missingChecks(pull, policy);
  const approvals = reviewsInTime(pull).filter((review) => review.state === "approved");
  return {
    ci: judgeCi(pull, policy),
    not_passed: red.slice(0, 20).map((check) => `${check.name}: ${check.conclusion ?? "running"}`),
    ...(missing.length > 0 ? { missing: missing.slice(0, 20) } : {}),
    ...(approvals.length > 0
      ? {
          approvals: approvals.slice(-20).map(({ sha, url, ...review }) => ({
            sha,
            url,
            not_counted: whyNotCounted({ ...review, sha, url }, pull),
          })),
        }
      : {}),
  };
}

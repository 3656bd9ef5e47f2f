import type { Timestamp } from "../brand.js";
import { isGreen } from "../facts/checks.js";
import type { PullView, WorkItem } from "../facts/facts.js";
import type { JsonObject } from "../json.js";
import { countedChecks } from "../judgement/ci.js";
import { checkGround, reviewGround } from "../judgement/grounds.js";
import { currentPull } from "../judgement/merge.js";
import type { Policy } from "../judgement/policy.js";
import { policyGround } from "../judgement/policy-ground.js";
import { counts } from "../judgement/reviews.js";
import type { Participant } from "../ledger/people.js";

/** Checks and approvals that a step names; the grounds of the merge have all that count. */
const NAMED = 20;

/** Who did what no delivery of its own named, where GitHub says. */
export function peopleOf(state: string, item: WorkItem, policy: Policy): readonly Participant[] {
  const pull = currentPull(item);
  if (!pull) return [];
  if (state === "merged") return mergerOf(pull);
  if (state !== "approved") return [];
  const approvers = pull.reviews
    .filter((review) => counts(review, pull, policy))
    .flatMap(({ reviewer }) => reviewer ?? []);
  return [...new Set(approvers)].slice(0, NAMED).map((person) => ({ role: "reviewer", person, type: "User" }));
}

export function mergerOf({ status }: PullView): readonly Participant[] {
  return status.is === "merged" && status.by !== null
    ? [{ role: "merger", person: status.by.person, type: status.by.type }]
    : [];
}

/** When GitHub says that a state was reached, where it says so. */
export function timeOf(state: string, item: WorkItem): Timestamp | null {
  const pull = currentPull(item);
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
      return item.issue?.closedAt ?? (pull?.status.is === "merged" ? pull.status.at : null);
    case "cancelled":
      return item.issue?.closedAt ?? null;
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

/** Where a reader can look up that a state was reached, and what bears it out. */
export function evidenceOf(state: string, item: WorkItem, policy: Policy): JsonObject {
  const pull = currentPull(item);
  if (item.issue && (!pull || state === "closed")) return { url: item.issue.url };
  if (!pull) return {};
  const place: JsonObject = { url: pull.url, sha: pull.headSha };
  switch (state) {
    case "ci_passed":
    case "ci_failed":
      return {
        ...place,
        url: `${pull.url}/checks`,
        ...checksFor(state, pull, policy),
        policy: policyGround(policy),
      };
    case "approved": {
      const approvals = pull.reviews
        .filter((review) => counts(review, pull, policy))
        .map((review) => reviewGround(review, pull, policy));
      return { ...place, approvals: approvals.slice(-NAMED), policy: policyGround(policy) };
    }
    default:
      return place;
  }
}

function checksFor(state: "ci_passed" | "ci_failed", pull: PullView, policy: Policy): JsonObject {
  const checks = countedChecks(pull, policy).filter((check) => isGreen(check) === (state === "ci_passed"));
  const more = checks.length - NAMED;
  return { checks: checks.slice(0, NAMED).map(checkGround), ...(more > 0 ? { more_checks: more } : {}) };
}

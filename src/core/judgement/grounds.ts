import { isGreen } from "../facts/checks.js";
import type { Check, PullView, Review } from "../facts/facts.js";
import { isObject, type Json, type JsonObject, numberOf, objectsIn, textOf, textsIn } from "../json.js";
import { canonicalJson } from "../ledger/canonical.js";
import { type CiVerdict, countedChecks, isRed, judgeCi, missingChecks, replacedChecks } from "./ci.js";
import type { Policy } from "./policy.js";
import { policyChange, strongerBefore } from "./policy-change.js";
import { policyGround, policyIn } from "./policy-ground.js";
import { judgeReview, type NotCounted, type ReviewVerdict, whyNotCounted } from "./reviews.js";

/** Green checks that an entry names; how many more there were, it says. What was red, missing or unknown is named in full. */
const NAMED_GREEN = 50;
/** Comments and dismissed reviews that an entry names. */
const NAMED_ASIDE = 20;
const NAMED_COMMITTERS = 50;
/** Earlier policies that an entry names. */
const NAMED_POLICIES = 10;
/** Bytes of canonical JSON for the checks that did not pass: an entry holds 256 KiB, and a commit may have thousands of long names. */
const MAX_UNPASSED_BYTES = 150 * 1024;

/**
 * Everything a verdict on a merge rests on, as its entry carries it: who wrote, pushed, reviewed and merged it, what CI had said, where it
 * went, and by which policy it was judged. Later facts do not change it.
 */
export function groundsOf(pull: PullView, policy: Policy): JsonObject {
  const { status } = pull;
  const counted = countedChecks(pull, policy);
  const unpassed = counted.filter((check) => check.notKnown || !isGreen(check));
  const green = counted.filter((check) => !check.notKnown && isGreen(check));
  const { shown, more } = withinBytes(unpassed.map(checkGround));
  const replaced = replacedChecks(pull);
  const missing = missingChecks(pull, policy);
  const opinions = pull.reviews.filter(({ state }) => state === "approved" || state === "changes_requested");
  const aside = pull.reviews.filter(({ state }) => state === "commented" || state === "dismissed");
  return {
    pull: `${pull.repoId}#${pull.number}`,
    url: pull.url,
    author: pull.author,
    ...(pull.byAgent ? { by_agent: true, requesters: pull.requesters ?? [] } : {}),
    last_pusher: pull.pushedBy,
    ...(pull.committers
      ? { committers: pull.committers.people.slice(0, NAMED_COMMITTERS), unknown_committers: pull.committers.unknown }
      : {}),
    merger: status.is === "merged" ? (status.by?.person ?? null) : null,
    ...(status.is === "merged" && status.by?.agent ? { merged_by_agent: true } : {}),
    ...(status.is === "merged" && status.by?.app ? { merged_by_app: status.by.app } : {}),
    head_sha: pull.headSha,
    ...(pull.groupSha ? { group_sha: pull.groupSha } : {}),
    base: {
      ref: pull.baseRef,
      ...(pull.baseSha ? { sha: pull.baseSha } : {}),
      ...(pull.intoDefault === undefined ? {} : { covered: pull.intoDefault }),
    },
    ci: judgeCi(pull, policy),
    checks: [...shown, ...green.slice(0, NAMED_GREEN).map(checkGround)],
    ...(more > 0 ? { more_not_passed: more } : {}),
    ...(green.length > NAMED_GREEN ? { more_passed: green.length - NAMED_GREEN } : {}),
    ...(missing.length > 0 ? { missing } : {}),
    ...(replaced.length > 0 ? { replaced: replaced.map(checkGround) } : {}),
    review: judgeReview(pull, policy),
    reviews: [...opinions, ...aside.slice(-NAMED_ASIDE)].map((review) => reviewGround(review, pull, policy)),
    ...(aside.length > NAMED_ASIDE ? { more_reviews: aside.length - NAMED_ASIDE } : {}),
    ...(pull.retargets ? { retargets: pull.retargets.map(({ from, to, at, by }) => ({ from, to, at, by })) } : {}),
    ...(pull.hidden ? { hidden: pull.hidden } : {}),
    ...(pull.reviewRequested ? { review_requested: true } : {}),
    ...(pull.mergedWith ? { merged_with: pull.mergedWith.number } : {}),
    ...(pull.verdicts ? { gates: pull.verdicts.map(({ gate, decision, at }) => ({ gate, decision, at })) } : {}),
    policy: policyGround(policy),
    ...weakenedGround(pull, policy),
  };
}

/** The earlier policies that asked for more: since when, and what of them is less now. */
function weakenedGround(pull: PullView, policy: Policy): JsonObject {
  const stronger = strongerBefore(pull, policy);
  if (stronger.length === 0) return {};
  return {
    policy_weakened: stronger.slice(-NAMED_POLICIES).map((earlier) => ({
      since: earlier.at,
      commit: earlier.commit,
      by: earlier.by,
      digest: policyGround(earlier.policy).digest ?? null,
      weaker: policyChange(earlier.policy, policy).weaker,
    })),
  };
}

/** What an entry says that a merge was judged on, as a report shows it. */
export interface MergeGrounds {
  readonly ci: CiVerdict;
  readonly review: ReviewVerdict;
  readonly checks: readonly GroundCheck[];
  readonly morePassed: number;
  readonly moreNotPassed: number;
  readonly missing: readonly string[];
  readonly reviews: readonly GroundReview[];
  readonly byAgent?: true;
  readonly policy: Policy;
}

export interface GroundCheck {
  readonly name: string;
  readonly app: string | null;
  readonly conclusion: string | null;
  readonly notKnown: boolean;
  readonly url: string | null;
}

export interface GroundReview {
  readonly reviewer: string | null;
  readonly state: Review["state"];
  readonly sha: string | null;
  readonly url: string;
  readonly notCounted: NotCounted | null;
}

/** Reads the grounds of a merge back from its entry; null where the entry carries none. */
export function readGrounds(grounds: Json | undefined): MergeGrounds | null {
  const policy = policyIn(grounds);
  if (!isObject(grounds) || !policy) return null;
  return {
    ci: grounds.ci as CiVerdict,
    review: grounds.review as ReviewVerdict,
    checks: objectsIn(grounds.checks).map(({ name, app, conclusion, not_known: notKnown, url }) => ({
      name: textOf(name) ?? "",
      app: textOf(app),
      conclusion: textOf(conclusion),
      notKnown: notKnown === true,
      url: textOf(url),
    })),
    morePassed: numberOf(grounds.more_passed),
    moreNotPassed: numberOf(grounds.more_not_passed),
    missing: textsIn(grounds.missing),
    ...(grounds.by_agent === true ? { byAgent: true } : {}),
    reviews: objectsIn(grounds.reviews).map(({ reviewer, state, sha, url, not_counted: notCounted }) => ({
      reviewer: textOf(reviewer),
      state: state as Review["state"],
      sha: textOf(sha),
      url: textOf(url) ?? "",
      notCounted: (textOf(notCounted) ?? null) as NotCounted | null,
    })),
    policy,
  };
}

export function checkGround({
  name,
  app,
  appId,
  kind,
  conclusion,
  at,
  completedAt,
  url,
  creator,
  notKnown,
}: Check): JsonObject {
  return {
    name,
    app: app ?? (kind === "status" ? null : String(appId)),
    conclusion,
    ...(at || completedAt ? { at: at ?? completedAt } : {}),
    ...(creator ? { creator } : {}),
    ...(notKnown ? { not_known: true } : {}),
    ...(url ? { url } : {}),
  };
}

export function reviewGround(review: Review, pull: PullView, policy: Policy): JsonObject {
  const { reviewer, state, sha, submittedAt: at, url } = review;
  const notCounted = state === "approved" ? whyNotCounted(review, pull, policy) : null;
  return { reviewer, state, sha, at, url, ...(notCounted ? { not_counted: notCounted } : {}) };
}

function withinBytes(grounds: readonly JsonObject[]): { readonly shown: readonly JsonObject[]; readonly more: number } {
  let bytes = 0;
  const shown = grounds.filter((ground) => {
    bytes += Buffer.byteLength(canonicalJson(ground));
    return bytes <= MAX_UNPASSED_BYTES;
  });
  return { shown, more: grounds.length - shown.length };
}

/** Checks that stand against a merge, as names with what they said: for whoever reads the exception. */
export function notPassed(pull: PullView, policy: Policy): readonly string[] {
  return countedChecks(pull, policy)
    .filter((check) => isRed(check) || (check.conclusion === null && !check.notKnown))
    .map((check) => `${check.name}: ${check.conclusion ?? "running"}`);
}

import type { PullView, WorkItem } from "../facts/facts.js";
import type { JsonObject } from "../json.js";
import { missingChecks } from "../judgement/ci.js";
import { groundsOf, notPassed, reviewGround } from "../judgement/grounds.js";
import { currentPull, pullIn } from "../judgement/merge.js";
import type { Policy } from "../judgement/policy.js";
import { policyGround } from "../judgement/policy-ground.js";
import { whyNotCounted } from "../judgement/reviews.js";
import { gatesAtMerge, type Rule } from "../judgement/rules.js";
import type { BrokenRef, Draft, RecordHead } from "../ledger/record.js";
import { evidenceOf, mergerOf, peopleOf, timeOf } from "./evidence.js";
import type { Observation } from "./observation.js";
import type { Move } from "./route.js";
import { impliedTrigger, NAMES } from "./triggers.js";

/** What a step is decided from. */
export interface Context {
  readonly head: RecordHead;
  readonly item: WorkItem;
  readonly policy: Policy;
  readonly observation: Observation;
}

/** What is recorded of a step: named by the observation where it is about that step, implied by it otherwise. */
export function describe(move: Move, later: readonly Move[], context: Context): Draft {
  const { item, observation, policy } = context;
  const names = NAMES[observation.cause];
  const named = names[move.to];
  // An observation names one step, the last that it is about: that CI passed does not itself say that CI began.
  const isNamed = named !== undefined && !later.some((next) => next.to in names);
  const isBroken = move.broke.length > 0;
  const pull = currentPull(item);
  const metadata: JsonObject = {
    ...(isNamed ? { ...observation.evidence, ...remarks(context) } : evidenceOf(move.to, item, policy)),
    ...(isNamed ? policyOf(move.to, policy) : { implied: true }),
    ...brokenBy(move.broke, pull, policy),
    ...(move.to === "merged" && pull ? { grounds: groundsOf(pull, policy) } : {}),
  };
  return {
    kind: isBroken ? "exception" : "transition",
    toState: move.to,
    trigger: isNamed ? named : (impliedTrigger(move.to, item, policy) ?? observation.cause),
    occurredAt: (isNamed ? observation.occurredAt : timeOf(move.to, item)) ?? observation.occurredAt,
    people: isNamed ? observation.people : peopleOf(move.to, item, policy),
    metadata,
  };
}

/** Where a step says that CI passed or a review was given, it says by which policy that was enough. */
function policyOf(state: string, policy: Policy): JsonObject {
  return state === "ci_passed" || state === "approved" ? { policy: policyGround(policy) } : {};
}

/** What is recorded of a merge that broke rules and moves nothing: the work item went by another, or it became known afterwards. */
export function brokenAside(pull: PullView, broke: readonly Rule[], { observation, policy }: Context): Draft {
  return {
    ...aside(pull, observation),
    kind: "exception",
    metadata: { ...placeOf(pull), ...brokenBy(broke, pull, policy), grounds: groundsOf(pull, policy) },
  };
}

/** What is recorded of a rule that a merge broke, where that became known only after the merge was judged. */
export function lateFinding(pull: PullView, broke: readonly Rule[], context: Context): Draft {
  const draft = brokenAside(pull, broke, context);
  return { ...draft, metadata: { ...draft.metadata, late: true } };
}

/** What is recorded of a lawful merge that the work item did not go by. */
export function mergedAside(pull: PullView, { observation, policy }: Context): Draft {
  return {
    ...aside(pull, observation),
    kind: "note",
    metadata: { ...placeOf(pull), grounds: groundsOf(pull, policy) },
  };
}

/** What is recorded where a rule that was said to be broken proves not to have been: with the evidence. */
export function corrected(
  pull: PullView,
  unfounded: readonly BrokenRef[],
  { observation, policy, head }: Context,
): Draft {
  return {
    kind: "corrected",
    toState: null,
    trigger: observation.cause,
    occurredAt: observation.occurredAt,
    people: [],
    metadata: {
      ...placeOf(pull),
      answers: unfounded.map(({ seq }) => `${head.recordId}#${seq}`),
      rules: [...new Set(unfounded.flatMap(({ rules }) => rules))],
      grounds: groundsOf(pull, policy),
    },
  };
}

function aside(pull: PullView, observation: Observation): Omit<Draft, "kind" | "metadata"> {
  const isNamed = observation.cause === "pr.merged" || observation.cause === "auto.merged";
  return {
    toState: null,
    trigger: isNamed ? observation.cause : "pr.merged",
    occurredAt: pull.status.is === "merged" ? pull.status.at : observation.occurredAt,
    people: isNamed ? observation.people : mergerOf(pull),
  };
}

function placeOf({ url, headSha }: PullView): JsonObject {
  return { url, sha: headSha };
}

function brokenBy([rule, ...also]: readonly Rule[], pull: PullView | null, policy: Policy): JsonObject {
  if (rule === undefined) return {};
  return {
    rule,
    ...(pull ? brokenEvidence(pull, policy) : {}),
    ...(also.length > 0 ? { also_broken: also } : {}),
  };
}

/** Names that an exception shows beside its grounds, which have all of them. */
const NAMED = 20;

/** What shows that the rule was broken, in short: its grounds say all of it. */
function brokenEvidence(pull: PullView, policy: Policy): JsonObject {
  const grounds = groundsOf(pull, policy);
  const missing = missingChecks(pull, policy);
  const approvals = pull.reviews.filter((review) => review.state === "approved");
  return {
    ci: grounds.ci ?? null,
    not_passed: notPassed(pull, policy).slice(0, NAMED),
    ...(missing.length > 0 ? { missing: missing.slice(0, NAMED) } : {}),
    ...gatesAgainst(pull),
    ...(approvals.length > 0
      ? {
          approvals: approvals.slice(-NAMED).map((review) => {
            const { sha, url } = reviewGround(review, pull, policy);
            return { sha: sha ?? null, url: url ?? null, not_counted: whyNotCounted(review, pull, policy) };
          }),
        }
      : {}),
  };
}

/** The gates that had not let it pass: null for one that had not answered. */
function gatesAgainst(pull: PullView): JsonObject {
  const against = gatesAtMerge(pull).filter(({ verdict }) => verdict === null || verdict.decision === "block");
  if (against.length === 0) return {};
  return { gates: against.slice(0, NAMED).map(({ gate, verdict }) => ({ gate, decision: verdict?.decision ?? null })) };
}

/** What is recorded of an observation that moves nothing. */
export function note(context: Context): Draft {
  const kind = context.observation.cause === "gate.answered" ? "verdict" : "note";
  return remark(kind, context.observation, remarks(context));
}

export function remark(kind: "note" | "justified" | "verdict", observation: Observation, more: JsonObject = {}): Draft {
  return {
    kind,
    toState: null,
    trigger: observation.cause,
    occurredAt: observation.occurredAt,
    people: observation.people,
    metadata: { ...observation.evidence, ...more },
  };
}

/** What an observation means beside the step or the note that it makes. */
function remarks({ item, policy, observation: { cause, news } }: Context): JsonObject {
  const pull = news.review ?? news.ciTimedOut ?? news.pull;
  const known = pull ? pullIn(item, pull.repoId, pull.number) : null;
  if (!pull || !known) return {};
  const review = news.review && known.reviews.find(({ id }) => id === news.review?.review.id);
  const notCounted = review?.state === "approved" ? whyNotCounted(review, known, policy) : null;
  const stale = cause === "pr.synchronized" && news.pull?.before ? madeStale(known, news.pull.before, policy) : 0;
  const missing = cause === "ci.timed_out" ? missingChecks(known, policy) : [];
  return {
    ...(notCounted ? { not_counted: notCounted } : {}),
    ...(stale > 0 ? { approvals_made_stale: stale } : {}),
    ...(missing.length > 0 ? { missing } : {}),
  };
}

/** How many approvals counted for the head before and are not about this one. */
function madeStale(pull: PullView, before: string, policy: Policy): number {
  if (pull.headSha === before) return 0;
  const then = { ...pull, headSha: before, pushedBy: null };
  return pull.reviews.filter((review) => review.state === "approved" && whyNotCounted(review, then, policy) === null)
    .length;
}

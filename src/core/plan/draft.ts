import type { Facts, PullFacts } from "../facts/facts.js";
import type { JsonObject } from "../json.js";
import { counts, currentPull, missingChecks, pullIn, whyNotCounted } from "../judgement/judge.js";
import type { Policy } from "../judgement/policy.js";
import type { Rule } from "../judgement/rules.js";
import type { Draft } from "../ledger/record.js";
import { brokenEvidence, evidenceOf, mergerOf, peopleOf, timeOf } from "./evidence.js";
import type { Observation } from "./observation.js";
import type { Move } from "./route.js";
import { impliedTrigger, NAMES } from "./triggers.js";

/** What a step is decided from. */
export interface Context {
  readonly facts: Facts;
  readonly before: Facts;
  readonly policy: Policy;
  readonly observation: Observation;
}

/** What is recorded of a step: named by the observation where it is about that step, implied by it otherwise. */
export function describe(move: Move, later: readonly Move[], context: Context): Draft {
  const { facts, observation, policy } = context;
  const names = NAMES[observation.cause];
  const named = names[move.to];
  // An observation names one step, the last that it is about: that CI passed does not itself say that CI began.
  const isNamed = named !== undefined && !later.some((next) => next.to in names);
  const isBroken = move.broke.length > 0;
  const metadata: JsonObject = {
    ...(isNamed ? { ...observation.evidence, ...remarks(context) } : evidenceOf(move.to, facts)),
    ...(isNamed ? {} : { implied: true }),
    ...brokenBy(move.broke, currentPull(facts), policy),
  };
  return {
    kind: isBroken ? "exception" : "transition",
    toState: move.to,
    trigger: isNamed ? named : (impliedTrigger(move.to, facts, policy) ?? observation.cause),
    occurredAt: (isNamed ? observation.occurredAt : timeOf(move.to, facts)) ?? observation.occurredAt,
    people: isNamed ? observation.people : peopleOf(move.to, facts),
    metadata,
  };
}

/** What is recorded of a merge that broke rules and moves nothing, for the work item has come to its end by another pull request. */
export function brokenAside(pull: PullFacts, broke: readonly Rule[], { observation, policy }: Context): Draft {
  const isNamed = observation.cause === "pr.merged" || observation.cause === "auto.merged";
  return {
    kind: "exception",
    toState: null,
    trigger: isNamed ? observation.cause : "pr.merged",
    occurredAt: pull.status.is === "merged" ? pull.status.at : observation.occurredAt,
    people: isNamed ? observation.people : mergerOf(pull),
    metadata: { url: pull.url, sha: pull.headSha, ...brokenBy(broke, pull, policy) },
  };
}

function brokenBy([rule, ...also]: readonly Rule[], pull: PullFacts | null, policy: Policy): JsonObject {
  if (rule === undefined) return {};
  return {
    rule,
    ...(pull ? brokenEvidence(pull, policy) : {}),
    ...(also.length > 0 ? { also_broken: also } : {}),
  };
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
function remarks({ facts, before, policy, observation: { cause, news } }: Context): JsonObject {
  const pull = news.review ?? news.ciTimedOut ?? news.pull;
  const known = pull ? pullIn(facts, pull.repoId, pull.number) : null;
  if (!pull || !known) return {};
  const review = news.review?.review;
  const notCounted = review?.state === "approved" ? whyNotCounted(review, known) : null;
  const stale = cause === "pr.synchronized" ? madeStale(known, before) : 0;
  const missing = cause === "ci.timed_out" ? missingChecks(known, policy) : [];
  return {
    ...(notCounted ? { not_counted: notCounted } : {}),
    ...(stale > 0 ? { approvals_made_stale: stale } : {}),
    ...(missing.length > 0 ? { missing } : {}),
  };
}

/** How many approvals of the head before are not about this one. */
function madeStale(pull: PullFacts, before: Facts): number {
  const known = pullIn(before, pull.repoId, pull.number);
  if (!known || known.headSha === pull.headSha) return 0;
  return known.reviews.filter((review) => counts(review, known)).length;
}

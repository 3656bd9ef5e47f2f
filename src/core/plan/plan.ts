import type { LinkSource, PullView, WorkItem } from "../facts/facts.js";
import type { OfPull } from "../facts/news.js";
import { judgeCi } from "../judgement/ci.js";
import { currentPull, pullIn } from "../judgement/merge.js";
import type { Policy } from "../judgement/policy.js";
import { policyFor } from "../judgement/policy-change.js";
import { judgeReview } from "../judgement/reviews.js";
import { isApprovalRule, isClosedByThen, type Rule, rulesBrokenByMerge } from "../judgement/rules.js";
import { linkOf } from "../ledger/links.js";
import type { BrokenRef, Draft, RecordHead } from "../ledger/record.js";
import { isTerminal, type Lifecycle } from "../lifecycle/lifecycle.js";
import { brokenAside, type Context, corrected, describe, lateFinding, mergedAside, note, remark } from "./draft.js";
import { type Observation, QUIET } from "./observation.js";
import { type Move, route } from "./route.js";
import { NAMES } from "./triggers.js";

/** What a plan is made from. */
export interface PlanInput {
  readonly lifecycle: Lifecycle;
  /** What the team asks for now. */
  readonly policy: Policy;
  readonly head: RecordHead;
  /** What the facts say, those of this observation among them. */
  readonly item: WorkItem;
  readonly observation: Observation;
  /** Whether the event that it tells of has its line in the ledger already. */
  readonly isRecorded: boolean;
  /** By which policy each merge of this record was judged, by `<repository id>#<number>`. */
  readonly judgedBy: ReadonlyMap<string, JudgedBy>;
}

export interface JudgedBy {
  readonly policy: Policy;
  /** Whether nobody could know any more what CI had said: asking again later tells no more. */
  readonly ciWasGone: boolean;
}

/**
 * Decides what an observation means for a record: the one place where GitHub's facts become steps. Pure.
 *
 * The facts name the states that must be reached, one after the other. Each is reached by the shortest run of legal steps through
 * states that the facts bear out; steps that no delivery of their own named are marked `implied`. An end that no such run reaches is
 * recorded all the same, as an exception that names the rule. A merge is judged once; what is heard later about the time before it adds an
 * entry of its own.
 */
export function plan(input: PlanInput): readonly Draft[] {
  const { lifecycle, head, item, observation, isRecorded } = input;
  if (observation.cause === "command.justified") {
    return head.exceptions > 0 && !isRecorded ? [remark("justified", observation)] : [];
  }
  // It is about what this App wrote, not about the work item.
  if (observation.cause === "report.edited") return isRecorded ? [] : [remark("note", observation)];

  const policy = policyFor(currentPull(item), input.policy);
  const moves = route(lifecycle, policy, head.state, item);
  const context: Context = { item, policy, observation, head };
  const said = isPolicyNews(input) ? [remark("note", observation)] : [];
  const drafts = [...said, ...moves.map((move, index) => describe(move, moves.slice(index + 1), context))];
  drafts.push(...takenForGivenUp(moves, context, said.length));
  const isMerging = moves.some(({ to }) => to === "merged");
  drafts.push(...mergesAside(input, context, isMerging), ...judgedAgain(input, context));
  const link = linkMade(context);
  if (drafts.length === 0 && (link || (!isRecorded && isNotable(context)))) drafts.push(note(context));
  return link ? drafts.map((draft, index) => (index === 0 ? withLink(draft, link) : draft)) : drafts;
}

/**
 * That a work item was given up is said as soon as its issue is closed and no pull request is known. Where the issue was closed by a merge
 * that became known afterwards, no legal step leads to it, and yet no rule was broken: the exception is answered at once.
 */
function takenForGivenUp(moves: readonly Move[], context: Context, before: number): readonly Draft[] {
  const { item, head } = context;
  const index = moves.findIndex(({ broke }) => broke.length === 1 && broke[0] === "closed_before_merge");
  const pull = currentPull(item);
  if (index < 0 || !pull || !isClosedByThen(item, pull)) return [];
  const exception: BrokenRef = {
    ...{ seq: head.ledger.length + before + index + 1, rules: ["closed_before_merge"], pull: keyOf(pull) },
    ...{ justifiedBy: [], correctedBy: null },
  };
  return [corrected(pull, [exception], context)];
}

/** What is over is held to what was asked for then. */
function isPolicyNews({ lifecycle, head: { state }, observation: { cause }, isRecorded }: PlanInput): boolean {
  return cause === "policy.changed" && !isRecorded && state !== "merged" && !isTerminal(lifecycle, state);
}

/** Whether a reader of the history would miss it even where it moves nothing: not what is in the ledger already, as an implied step. */
function isNotable({ head, observation: { cause, news, occurredAt } }: Context): boolean {
  const { pull } = news;
  if (QUIET.has(cause) || cause === "policy.changed") return false;
  if (cause === "pr.opened") return !pull || !head.links.includes(linkOf.pull(pull.repoId, pull.number));
  if (cause === "pr.merged" || cause === "auto.merged")
    return !pull || !head.merges.some((one) => one.pull === keyOf(pull));
  const isTurn = cause === "issue.closed" || cause === "pr.closed";
  return !(isTurn && head.state in NAMES[cause] && head.since === occurredAt);
}

/** Merges that the work item did not go by, for another pull request was merged before: they move nothing, and have their grounds. */
function mergesAside({ item, policy, head }: PlanInput, context: Context, isMerging: boolean): readonly Draft[] {
  const judged = new Set(head.merges.map(({ pull }) => pull));
  const merged = item.pulls.filter((pull) => pull.status.is === "merged" && !judged.has(keyOf(pull)));
  return merged.flatMap((pull) => {
    // The one that the work item goes by has its grounds in the step into `merged`.
    if (isMerging && isFirst(pull, merged)) return [];
    const inForce = { ...context, policy: policyFor(pull, policy) };
    const broke = rulesBrokenByMerge(pull, inForce.policy);
    return [broke.length > 0 ? brokenAside(pull, broke, inForce) : mergedAside(pull, inForce)];
  });
}

function isFirst(pull: PullView, merged: readonly PullView[]): boolean {
  const timeOf = ({ status, number }: PullView) =>
    status.is === "merged" ? `${status.at}/${String(number).padStart(10, "0")}` : "";
  return merged.every((other) => timeOf(pull) <= timeOf(other));
}

/**
 * What became known of a merge after it was judged: a rule that it broke after all is an exception of its own, and one that it had not
 * broken is corrected. That GitHub has forgotten something is no news.
 */
function judgedAgain({ item, head, judgedBy }: PlanInput, context: Context): readonly Draft[] {
  return head.merges.flatMap(({ pull: key }): readonly Draft[] => {
    const judged = judgedBy.get(key);
    const pull = item.pulls.find((one) => keyOf(one) === key);
    if (!judged || pull?.status.is !== "merged") return [];
    const { checksGone: _, ...shown } = pull;
    const then: PullView = judged.ciWasGone ? pull : shown;
    const broken = new Set<string>(rulesBrokenByMerge(then, judged.policy));
    const standing = head.broken.filter((one) => one.pull === key && one.correctedBy === null);
    // That nobody can know any more is no proof.
    const isCiKnown = judgeCi(then, judged.policy) !== "not_known";
    const isReviewKnown = judgeReview(then, judged.policy) !== "not_known";
    const isWrong = (rule: string) => {
      if (rule === "closed_before_merge") return isClosedByThen(item, pull);
      if (isApprovalRule(rule)) return isReviewKnown && ![...broken].some(isApprovalRule);
      if (broken.has(rule)) return false;
      return rule === CI_RULE ? isCiKnown : isCiKnown && isReviewKnown;
    };
    // Of one that is right in part, what is right is said anew.
    const unfounded = standing.filter(({ rules }) => rules.some(isWrong));
    const known = new Set(standing.filter((one) => !unfounded.includes(one)).flatMap(({ rules }) => rules));
    const late = [...broken].filter((rule) => !known.has(rule) && !isAboutApproval(rule, known)) as Rule[];
    return [
      ...(late.length > 0 ? [lateFinding(then, late, { ...context, policy: judged.policy })] : []),
      ...(unfounded.length > 0 ? [corrected(then, unfounded, { ...context, policy: judged.policy })] : []),
    ];
  });
}

/** Which of the rules about approvals is named may change with what is known of them: that one is broken is said once. */
function isAboutApproval(rule: string, known: ReadonlySet<string>): boolean {
  return isApprovalRule(rule) && [...known].some(isApprovalRule);
}

const CI_RULE: Rule = "merged_before_ci_passed";

function keyOf({ repoId, number }: OfPull): string {
  return `${repoId}#${number}`;
}

/** By what a pull request came to belong to the work item just now; null where none did. */
function linkMade({ head, item, observation: { news } }: Context): readonly LinkSource[] | null {
  const pull = news.pull ? pullIn(item, news.pull.repoId, news.pull.number) : null;
  if (!pull || pull.status.is === "unlinked" || pull.linkedBy.length === 0) return null;
  return head.links.includes(linkOf.pull(pull.repoId, pull.number)) ? null : pull.linkedBy;
}

function withLink(draft: Draft, sources: readonly LinkSource[]): Draft {
  return { ...draft, metadata: { ...draft.metadata, linked_by: sources } };
}

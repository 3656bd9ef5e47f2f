import type { PullView, WorkItem } from "../facts/facts.js";
import type { Json } from "../json.js";
import type { Entry } from "../ledger/entry.js";
import { type RecordHead, standingExceptions } from "../ledger/record.js";
import { judgeCi } from "./ci.js";
import { explainCi, explainCiOf } from "./explain-ci.js";
import { explainReviews, explainReviewsOf } from "./explain-reviews.js";
import type { Explanation, GateStanding, MergeStatus, Met } from "./explanation.js";
import { type MergeGrounds, readGrounds } from "./grounds.js";
import { currentPull, hasMergeWord, isSamePull, labelStanding, wantsMerge } from "./merge.js";
import type { Policy } from "./policy.js";
import { judgeReview } from "./reviews.js";

/** What a gate's newest answers are read from, and what an exception is. */
export interface Explained {
  readonly head: RecordHead;
  readonly item: WorkItem;
  /** In order: the newest entries, and, however old, those of merges, exceptions and what answers them. */
  readonly entries: readonly Entry[];
}

/**
 * Why a pull request of a work item may be merged now, or may not; of a merged one, whether it might have been. Pure.
 * @param pull the one to explain; by default the one that the work item stands or falls with
 */
export function explain(
  { head, item, entries }: Explained,
  policy: Policy,
  pull: PullView | null = currentPull(item),
): Explanation {
  if (!pull) return { met: "waiting", about: { is: "merge", status: "none", state: head.state }, children: [] };
  const grounds = mergeGrounds(entries, pull);
  const children: readonly Explanation[] = [
    ...explainPlace(pull, item),
    grounds ? explainCiOf(grounds) : explainCi(pull, policy),
    grounds ? explainReviewsOf(grounds) : explainReviews(pull, policy),
    ...gatesOf(entries, pull).map(explainGate),
    explainLinks(pull, item),
    ...explainAutoMerge(pull, grounds?.policy ?? policy),
  ];
  const about = { is: "merge", status: pull.status.is satisfies MergeStatus, state: head.state } as const;
  return { met: metBy(children, pull, { head, item }, policy), about, children };
}

/** What the merge of a pull request was judged on; null where it was not merged, or an earlier version recorded it. */
export function mergeGrounds(entries: readonly Entry[], pull: PullView): MergeGrounds | null {
  if (pull.status.is !== "merged") return null;
  const key = `${pull.repoId}#${pull.number}`;
  for (const { kind, metadata } of entries) {
    const { grounds } = metadata;
    const isOf = typeof grounds === "object" && grounds !== null && "pull" in grounds && grounds.pull === key;
    if (isOf && kind !== "corrected") return readGrounds(grounds);
  }
  return null;
}

/**
 * Whether nothing is missing for a merge: CI passed, reviewed as the team asks, and the record has come to where that leads. Of a pull
 * request that the record does not go by, what is known of it alone decides: another one of the same issue says nothing against it.
 */
export function isReadyToMerge(
  { head, item }: Pick<Explained, "head" | "item">,
  policy: Policy,
  pull = currentPull(item),
): boolean {
  const { state } = head;
  if (pull?.status.is !== "open" || pull.draft || judgeCi(pull, policy) !== "passed") return false;
  const review = judgeReview(pull, policy);
  if (!isSamePull(pull, currentPull(item))) return review === "approved" || review === "none";
  return state === "approved" ? review === "approved" : state === "ci_passed" && review === "none";
}

function metBy(
  children: readonly Explanation[],
  pull: PullView,
  about: Pick<Explained, "head" | "item">,
  policy: Policy,
): Met {
  if (pull.status.is === "merged") return standingExceptions(about.head).length > 0 ? "not_met" : "met";
  if (pull.status.is !== "open") return "aside";
  if (children.some(({ met }) => met === "not_met")) return "not_met";
  if (children.some(({ met }) => met === "waiting")) return "waiting";
  return isReadyToMerge(about, policy, pull) ? "met" : "waiting";
}

function explainPlace(pull: PullView, item: WorkItem): readonly Explanation[] {
  const current = currentPull(item);
  const isOther = !isSamePull(pull, current);
  const isOpen = pull.status.is === "open";
  return [
    ...(isOpen && isOther ? [line("aside", { is: "other_pull", number: current?.number ?? null } as const)] : []),
    ...(isOpen && pull.draft ? [line("not_met", { is: "draft" } as const)] : []),
  ];
}

function explainGate(gate: GateStanding): Explanation {
  const met = { pass: "met", block: "not_met", neutral: "aside" } as const;
  return line(met[gate.decision], { is: "gate", gate });
}

function explainLinks({ linkedBy }: PullView, { issue }: WorkItem): Explanation {
  return line(issue ? "met" : "aside", { is: "links", sources: linkedBy, issue });
}

function explainAutoMerge(pull: PullView, policy: Policy): readonly Explanation[] {
  const { autoMerge, mergeRefused, queue = [] } = pull;
  const on = wantsMerge(pull, policy);
  const isByPerson = hasMergeWord(pull) || autoMerge?.on === false;
  const by = isByPerson ? "person" : policy.autoMerge.label === null ? "settings" : "label";
  const lines: Explanation[] = [];
  if (autoMerge?.on && !hasMergeWord(pull)) lines.push(line("aside", { is: "auto_merge_lapsed" }));
  const { label } = policy.autoMerge;
  if (label !== null && pull.status.is === "open" && labelStanding(pull, label) === "without_write_access") {
    lines.push(line("aside", { is: "auto_merge_label", label }));
  }
  if (on || isByPerson) {
    const isRefused = mergeRefused !== undefined && pull.status.is === "open";
    const refusal = isRefused
      ? [line("not_met", { is: "refusal", reason: mergeRefused.reason, at: mergeRefused.at })]
      : [];
    // GitHub's refusal is no rule of the team's: it holds up this merge, and says nothing of whether another is legal.
    lines.push({ met: "aside", about: { is: "auto_merge", by, on }, children: refusal });
  }
  const move = queue.at(-1);
  if (move) lines.push(line("aside", { is: "queue", move }));
  return lines;
}

function line(met: Met, about: Explanation["about"]): Explanation {
  return { met, about, children: [] };
}

/** What each gate answered about this head; an answer about another head is none. What it said at length is in its entry. */
export function gatesOf(entries: readonly Entry[], { headSha, verdicts = [] }: PullView): readonly GateStanding[] {
  const answers = new Map<string, GateStanding>(verdicts.map((verdict) => [verdict.gate, { ...verdict, reasons: [] }]));
  for (const { kind, metadata, occurredAt, timestamp } of entries) {
    const { gate, decision, failed, title, reasons, sha } = metadata;
    const isAboutHead = typeof sha !== "string" || sha === headSha;
    if (kind !== "verdict" || typeof gate !== "string" || !isDecision(decision) || !isAboutHead) continue;
    answers.set(gate, {
      ...{ gate, decision, failed: failed === true, title: typeof title === "string" ? title : "" },
      reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === "string") : [],
      at: occurredAt ?? timestamp,
    });
  }
  return [...answers.values()];
}

function isDecision(value: Json | undefined): value is GateStanding["decision"] {
  return value === "pass" || value === "block" || value === "neutral";
}

/** A broken rule, and what answers it. */
export interface BrokenRule {
  readonly exception: Entry;
  readonly justifications: readonly Entry[];
  /** The entry by which it proved unfounded. */
  readonly correction: Entry | null;
}

/** Whether one of the answers counts: that of who broke the rule need not. */
export function isJustified({ exception, justifications }: BrokenRule): boolean {
  return justifications.some((answer) => !isNamed(answer.metadata.not_counted, exception));
}

/** Whether who broke a rule has answered for it. */
export function isOwnAnswer(answer: Entry, exception: Entry): boolean {
  return isNamed(answer.metadata.same_person, exception);
}

function isNamed(places: Json | undefined, { recordId, seq }: Entry): boolean {
  return Array.isArray(places) && places.includes(`${recordId}#${seq}`);
}

/** The exceptions of a record, each with what answers it, by the places that its head keeps. */
export function brokenRulesIn({ head, entries }: Pick<Explained, "head" | "entries">): readonly BrokenRule[] {
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  return head.broken.flatMap(({ seq, justifiedBy, correctedBy }) => {
    const exception = bySeq.get(seq);
    if (!exception) return [];
    const justifications = justifiedBy.flatMap((one) => bySeq.get(one) ?? []);
    return [{ exception, justifications, correction: correctedBy === null ? null : (bySeq.get(correctedBy) ?? null) }];
  });
}

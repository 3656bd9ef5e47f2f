import type { PullFacts } from "../facts/facts.js";
import type { Json } from "../json.js";
import type { Entry } from "../ledger/entry.js";
import type { RecordHead } from "../ledger/record.js";
import { explainCi } from "./explain-ci.js";
import { explainReviews } from "./explain-reviews.js";
import type { Explanation, GateStanding, MergeStatus, Met } from "./explanation.js";
import { currentPull, hasMergeWord, isSamePull, judgeCi, judgeReview, wantsMerge } from "./judge.js";
import type { Policy } from "./policy.js";

/** What a gate's newest answers are read from, and what an exception is. */
export interface Explained {
  readonly head: RecordHead;
  /** The newest entries, in order. */
  readonly entries: readonly Entry[];
}

/**
 * Why a pull request of a work item may be merged now, or may not; of a merged one, whether it might have been. Pure.
 * @param pull the one to explain; by default the one that the work item stands or falls with
 */
export function explain(
  { head, entries }: Explained,
  policy: Policy,
  pull: PullFacts | null = currentPull(head.facts),
): Explanation {
  if (!pull) return { met: "waiting", about: { is: "merge", status: "none", state: head.state }, children: [] };
  const children: readonly Explanation[] = [
    ...explainPlace(pull, head),
    explainCi(pull, policy),
    explainReviews(pull, policy),
    ...gatesOf(entries, pull).map(explainGate),
    explainLinks(pull, head),
    ...explainAutoMerge(pull, policy),
  ];
  const about = { is: "merge", status: pull.status.is satisfies MergeStatus, state: head.state } as const;
  return { met: metBy(children, pull, head, policy), about, children };
}

/**
 * Whether nothing is missing for a merge: CI passed, reviewed as the team asks, and the record has come to where that leads. Of a pull
 * request that the record does not go by, what is known of it alone decides: another one of the same issue says nothing against it.
 */
export function isReadyToMerge({ state, facts }: RecordHead, policy: Policy, pull = currentPull(facts)): boolean {
  if (pull?.status.is !== "open" || pull.draft || judgeCi(pull, policy) !== "passed") return false;
  const review = judgeReview(pull, policy);
  if (!isSamePull(pull, currentPull(facts))) return review !== "waiting";
  return state === "approved" ? review === "approved" : state === "ci_passed" && review === "none";
}

function metBy(children: readonly Explanation[], pull: PullFacts, head: RecordHead, policy: Policy): Met {
  if (pull.status.is === "merged") return head.exceptions > 0 ? "not_met" : "met";
  if (pull.status.is !== "open") return "aside";
  if (children.some(({ met }) => met === "not_met")) return "not_met";
  if (children.some(({ met }) => met === "waiting")) return "waiting";
  return isReadyToMerge(head, policy, pull) ? "met" : "waiting";
}

function explainPlace(pull: PullFacts, { facts }: RecordHead): readonly Explanation[] {
  const current = currentPull(facts);
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

function explainLinks({ linkedBy }: PullFacts, { facts }: RecordHead): Explanation {
  const { issue } = facts;
  return line(issue ? "met" : "aside", { is: "links", sources: linkedBy, issue });
}

function explainAutoMerge(pull: PullFacts, policy: Policy): readonly Explanation[] {
  const { autoMerge, mergeRefused, queue = [] } = pull;
  const on = wantsMerge(pull, policy);
  const isByPerson = hasMergeWord(pull) || autoMerge?.on === false;
  const by = isByPerson ? "person" : policy.autoMerge.label === null ? "settings" : "label";
  const lines: Explanation[] = [];
  if (autoMerge?.on && !hasMergeWord(pull)) lines.push(line("aside", { is: "auto_merge_lapsed" }));
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
export function gatesOf(entries: readonly Entry[], { headSha, verdicts = [] }: PullFacts): readonly GateStanding[] {
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

/** A broken rule, and what people answered to it. */
export interface BrokenRule {
  readonly exception: Entry;
  readonly justifications: readonly Entry[];
}

/** The exceptions among some entries, each with the justifications that name it. */
export function brokenRulesIn({ entries }: Pick<Explained, "entries">): readonly BrokenRule[] {
  const justified = entries.filter(({ kind }) => kind === "justified");
  return entries
    .filter(({ kind }) => kind === "exception")
    .map((exception) => ({ exception, justifications: justified.filter((entry) => isAnswerTo(entry, exception)) }));
}

/** A justification names what it answers; one that names nothing answers all that came before it. */
function isAnswerTo({ metadata, seq }: Entry, exception: Entry): boolean {
  const { answers } = metadata;
  if (!Array.isArray(answers)) return exception.seq < seq;
  return answers.includes(`${exception.recordId}#${exception.seq}`);
}

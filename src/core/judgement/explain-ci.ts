import { isGreen } from "../facts/checks.js";
import { type Check, checkKey, type PullView } from "../facts/facts.js";
import { type CiVerdict, countedChecks, isRed, judgeCi, missingChecks } from "./ci.js";
import type { Explanation, Met } from "./explanation.js";
import type { MergeGrounds } from "./grounds.js";
import type { Policy } from "./policy.js";

/** CI of the head: each check that counts, each that is missing, and each whose result is ignored. */
export function explainCi(pull: PullView, policy: Policy): Explanation {
  const checks = countedChecks(pull, policy);
  const missing = missingChecks(pull, policy);
  const verdict = judgeCi(pull, policy);
  const isOver = pull.status.is === "merged" || pull.ciTimedOutAt !== undefined;
  const explained = explainChecks({ verdict, checks, missing, policy, isOver, gaveUpAt: pull.ciTimedOutAt ?? null });
  const timedOut: readonly Explanation[] =
    pull.ciTimedOutAt && verdict === "failed"
      ? [{ met: "not_met", about: { is: "ci_timeout", at: pull.ciTimedOutAt }, children: [] }]
      : [];
  const ignored = ignoredChecks(pull, policy, checks).map(
    (check): Explanation => ({ met: "aside", about: { is: "ignored_check", check }, children: [] }),
  );
  const isAside = policy.ci.required === false;
  return isAside ? explained : { ...explained, children: [...explained.children, ...timedOut, ...ignored] };
}

/** CI as a merge was judged on it: drawn from the entry, whatever came later. */
export function explainCiOf({ ci, checks, missing, morePassed, moreNotPassed, policy }: MergeGrounds): Explanation {
  const named = checks.map(
    ({ name, app, conclusion, notKnown, url }): Check => ({
      kind: app === null ? "status" : "run",
      appId: 0,
      suiteId: 0,
      name,
      id: 0,
      conclusion,
      asOf: null,
      completedAt: null,
      url,
      ...(notKnown ? { notKnown: true } : {}),
    }),
  );
  const explained = explainChecks({ verdict: ci, checks: named, missing, policy, isOver: true, gaveUpAt: null });
  if (morePassed + moreNotPassed === 0 || explained.about.is !== "ci") return explained;
  const { green, all } = explained.about;
  const more: Explanation = {
    met: moreNotPassed > 0 ? "not_met" : "met",
    about: { is: "more_checks", passed: morePassed, notPassed: moreNotPassed },
    children: [],
  };
  return {
    ...explained,
    about: { ...explained.about, green: green + morePassed, all: all + morePassed + moreNotPassed },
    children: [...explained.children, more],
  };
}

interface ChecksToExplain {
  readonly verdict: CiVerdict;
  readonly checks: readonly Check[];
  readonly missing: readonly string[];
  readonly policy: Policy;
  /** Whether nothing is waited for any more. */
  readonly isOver: boolean;
  readonly gaveUpAt: PullView["ciTimedOutAt"] | null;
}

function explainChecks({ verdict, checks, missing, policy, isOver, gaveUpAt = null }: ChecksToExplain): Explanation {
  const all = checks.length + missing.length;
  const green = checks.filter((check) => isGreen(check) && !check.notKnown).length;
  if (policy.ci.required === false) {
    return { met: "aside", about: { is: "ci", verdict: "not_required", green, all }, children: [] };
  }
  const isAside = verdict === "not_known" || (verdict === "none_known" && isOver);
  const waits: Met = isAside ? "aside" : isOver ? "not_met" : "waiting";
  const required = new Set(policy.ci.checks);
  const metOf = (check: Check): Met => {
    if (check.notKnown) return "aside";
    return check.conclusion === null ? waits : isRed(check) ? "not_met" : "met";
  };
  const children: Explanation[] = [
    ...checks.map(
      (check): Explanation => ({
        met: metOf(check),
        about: { is: "check", check, required: required.has(check.name) },
        children: [],
      }),
    ),
    ...missing.map(
      (name): Explanation => ({
        met: waits,
        about: { is: "missing_check", name, gaveUpAt: isOver ? gaveUpAt : null },
        children: [],
      }),
    ),
  ];
  return {
    met: verdict === "passed" ? "met" : verdict === "failed" ? "not_met" : waits,
    about: { is: "ci", verdict, green, all },
    children: children.sort(byUrgency),
  };
}

function ignoredChecks(pull: PullView, policy: Policy, counted: readonly Check[]): readonly Check[] {
  if (policy.ci.ignore.length === 0) return [];
  const keys = new Set(counted.map(checkKey));
  const everything = countedChecks(pull, { ...policy, ci: { ...policy.ci, ignore: [] } });
  return everything.filter((check) => !keys.has(checkKey(check)) && check.kind !== "suite");
}

const URGENCY: { readonly [M in Met]: number } = { not_met: 0, waiting: 1, met: 2, aside: 3 };

/** What a reader has to do something about comes first; the sort is stable, so that the rest stays as it came. */
function byUrgency(a: Explanation, b: Explanation): number {
  return URGENCY[a.met] - URGENCY[b.met];
}

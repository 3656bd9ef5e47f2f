import type { Check, PullFacts } from "../facts/facts.js";
import { isGreen } from "./checks.js";
import type { Explanation, Met } from "./explanation.js";
import { countedChecks, judgeCi, missingChecks } from "./judge.js";
import type { Policy } from "./policy.js";

/** CI of the head: each check that counts, each that is missing, and each whose result is ignored. */
export function explainCi(pull: PullFacts, policy: Policy): Explanation {
  const checks = countedChecks(pull, policy);
  const missing = missingChecks(pull, policy);
  const all = checks.length + missing.length;
  const green = checks.filter(isGreen).length;
  if (!policy.ci.required) {
    return { met: "aside", about: { is: "ci", verdict: "not_required", green, all }, children: [] };
  }
  const verdict = judgeCi(pull, policy);
  const isOver = pull.status.is === "merged" || pull.ciTimedOutAt !== undefined;
  const waits: Met = verdict === "not_known" ? "aside" : isOver ? "not_met" : "waiting";
  const isRequired = ({ name }: Check) => policy.ci.checks.includes(name);
  const children: Explanation[] = [
    ...checks.map(
      (check): Explanation => ({
        met: check.conclusion === null ? waits : isGreen(check) ? "met" : "not_met",
        about: { is: "check", check, required: isRequired(check) },
        children: [],
      }),
    ),
    ...missing.map(
      (name): Explanation => ({
        met: waits,
        about: { is: "missing_check", name, gaveUpAt: pull.ciTimedOutAt ?? null },
        children: [],
      }),
    ),
  ];
  const timedOut: readonly Explanation[] =
    pull.ciTimedOutAt && verdict === "failed"
      ? [{ met: "not_met", about: { is: "ci_timeout", at: pull.ciTimedOutAt }, children: [] }]
      : [];
  const ignored = ignoredChecks(pull, policy, checks).map(
    (check): Explanation => ({ met: "aside", about: { is: "ignored_check", check }, children: [] }),
  );
  return {
    met: verdict === "passed" ? "met" : verdict === "failed" ? "not_met" : waits,
    about: { is: "ci", verdict, green, all },
    children: [...children.sort(byUrgency), ...timedOut, ...ignored],
  };
}

function ignoredChecks(pull: PullFacts, policy: Policy, counted: readonly Check[]): readonly Check[] {
  if (policy.ci.ignore.length === 0) return [];
  const keys = new Set(counted.map(({ key }) => key));
  const everything = countedChecks(pull, { ...policy, ci: { ...policy.ci, ignore: [] } });
  return everything.filter(({ key, kind }) => !keys.has(key) && kind !== "suite");
}

const URGENCY: { readonly [M in Met]: number } = { not_met: 0, waiting: 1, met: 2, aside: 3 };

/** What a reader has to do something about comes first; the sort is stable, so that the rest stays as it came. */
function byUrgency(a: Explanation, b: Explanation): number {
  return URGENCY[a.met] - URGENCY[b.met];
}

import { type About, type Explanation, explain, isReadyToMerge, standingExceptions } from "../core/index.js";
import type { RecordView, ReportView } from "./view.js";

/** How a check run ends; null for one that is still under way. */
export type Conclusion = "success" | "failure" | "neutral" | "action_required" | "cancelled" | null;

/**
 * What the check run of the App comes to. `observe` never blocks a merge: GitHub lets success and neutral pass. `enforce` is success
 * only where a merge is legal now; where it is not, it is what fits best of what GitHub holds a required check back for: under way
 * while CI is, failure where a rule is broken, action required where a person has to do something.
 * @see https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
 */
export function conclusionOf(view: ReportView): Conclusion {
  const each = view.records.map((record) => conclusionOn(record, view));
  const worst = WORST_FIRST.find((one) => each.includes(one));
  // Without a record nothing is known to be legal.
  return worst === undefined ? null : worst;
}

const WORST_FIRST: readonly Conclusion[] = ["failure", "action_required", "cancelled", null, "neutral", "success"];

function conclusionOn(record: RecordView, { policy, pull, mode }: ReportView): Conclusion {
  const explanation = explain(record, policy, pull);
  if (mode === "observe") return explanation.met === "met" ? "success" : "neutral";
  switch (pull.status.is) {
    case "merged":
      return standingExceptions(record.head).length > 0 ? "failure" : "success";
    case "closed":
    case "unlinked":
      // Neutral would let pass whoever opens it again, until this is heard of.
      return "cancelled";
    case "open":
      if (explanation.met === "met" && isReadyToMerge(record, policy, pull)) return "success";
      return blocked(explanation);
  }
}

/** Why it is held back, by the first rule that is not met. */
function blocked({ children }: Explanation): Conclusion {
  const unmet = new Set(children.filter(({ met }) => met === "not_met").map(({ about }) => about.is));
  const waiting = new Set(children.filter(({ met }) => met === "waiting").map(({ about }) => about.is));
  const has = (rules: ReadonlySet<About["is"]>, ...names: readonly About["is"][]) =>
    names.some((name) => rules.has(name));
  if (has(unmet, "ci", "gate")) return "failure";
  if (has(unmet, "reviews", "draft")) return "action_required";
  if (has(waiting, "ci")) return null;
  return has(waiting, "reviews") ? "action_required" : null;
}

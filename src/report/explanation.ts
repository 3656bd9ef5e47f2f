import type { Explanation, Met } from "../core/index.js";
import { asCode } from "./markdown.js";
import { ruleText } from "./rule-text.js";
import { more } from "./text.js";
import type { ReportView } from "./view.js";

export const MET_ICONS: { readonly [M in Met]: string } = { met: "✅", not_met: "❌", waiting: "⏳", aside: "➖" };

/** Lines below one rule: a matrix of checks can have hundreds. Those that matter most come first. */
const MAX_CHILDREN = 20;
const MAX_SHORT_CHILDREN = 5;

type Where = Pick<ReportView, "loginOf" | "pull">;

/** The explanation as a tree: a nested list, each rule with its sign and its evidence. */
export function renderExplanation({ children }: Explanation, where: Where): string {
  return children.flatMap((child) => lines(child, where, 0, MAX_CHILDREN)).join("\n");
}

/** The rules alone, and of their evidence what somebody has to do something about, or stands for it. */
export function renderShortExplanation({ children }: Explanation, where: Where): string {
  return children
    .filter(({ about }) => about.is !== "links")
    .map(withoutDetails)
    .flatMap((child) => lines(child, where, 0, MAX_SHORT_CHILDREN))
    .join("\n");
}

function withoutDetails(node: Explanation): Explanation {
  const isShown = ({ about, met }: Explanation) => about.is === "review" || met === "not_met" || met === "waiting";
  return { ...node, children: node.children.filter(isShown) };
}

function lines(node: Explanation, where: Where, depth: number, most: number): readonly string[] {
  const indent = "  ".repeat(depth);
  const { about, children, met } = node;
  const shown = children.slice(0, most);
  const rest = children.length - shown.length;
  return [
    `${indent}- ${MET_ICONS[met]} ${ruleText(about, where)}`,
    ...(about.is === "gate" ? about.gate.reasons.map((reason) => `${indent}  - ${asCode(reason, 500)}`) : []),
    ...shown.flatMap((child) => lines(child, where, depth + 1, most)),
    ...(rest > 0 ? [`${indent}  - ${more(rest)}`] : []),
  ];
}

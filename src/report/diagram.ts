import { type Entry, movesState } from "../core/index.js";
import { stateName } from "./text.js";

/** Its own colour of letters, too: the page may be dark. */
const RED = "fill:#ffebe9,stroke:#cf222e,color:#1f2328";

/** More arrows than this are no picture any more. */
const MAX_STEPS = 24;

/** The path taken, as a Mermaid flow chart: each state once, the steps numbered in their order, exceptions dashed and red. */
export function pathDiagram(entries: readonly Entry[]): string {
  const steps = entries.filter((entry) => movesState(entry) && entry.fromState !== null).slice(-MAX_STEPS);
  if (steps.length === 0) return "";
  const states = [...new Set(steps.flatMap((step) => [step.fromState ?? "", step.toState ?? ""]))];
  const broken = new Set(steps.filter((step) => step.kind === "exception").map((step) => step.toState));
  const last = steps.at(-1)?.toState ?? "";
  return [
    "```mermaid",
    "flowchart LR",
    ...states.map((state) => `  ${node(state)}["${stateName(state).replace(/[^\w ]/g, "")}"]`),
    ...steps.map(
      (step, index) => `  ${node(step.fromState ?? "")} ${arrow(step, index + 1)} ${node(step.toState ?? "")}`,
    ),
    ...states.filter((state) => broken.has(state)).map((state) => `  style ${node(state)} ${RED}`),
    `  style ${node(last)} stroke-width:3px`,
    "```",
  ].join("\n");
}

function arrow(step: Entry, number: number): string {
  return step.kind === "exception" ? `-. "${number} exception" .->` : `-- ${number} -->`;
}

/** Mermaid reserves words such as `end`: a prefix keeps clear of them. */
function node(state: string): string {
  return `s_${state.replace(/\W/g, "_")}`;
}

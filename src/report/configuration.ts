import { type CheckRunReport, MAX_ANNOTATIONS } from "./check-run-report.js";
import { asCode, table } from "./markdown.js";
import { CHECK_NAME } from "./text.js";
import type { ConfigurationProblem, ConfigurationView } from "./view.js";

const PATH = ".github/loopforge.yml";

/** A check run of its own on a pull request that changes the configuration: whether the file could be used. */
export function renderConfigurationCheck({ brought }: ConfigurationView): readonly CheckRunReport[] {
  if (brought === null) return [];
  const name = `${CHECK_NAME} / configuration`;
  if (brought.length === 0) {
    const summary = `${asCode(PATH)} can be used. It takes effect once it is on the default branch.`;
    return [{ name, conclusion: "success", title: "The configuration can be used", summary }];
  }
  const shown = brought.slice(0, MAX_ANNOTATIONS);
  return [
    {
      ...{ name, conclusion: "failure", title: `The configuration cannot be used: line ${shown[0]?.line}` },
      summary: `${asCode(PATH)} cannot be used as it is here. What is in force stays in force.\n\n${problemTable(shown)}`,
      annotations: shown.map(({ line, message }) => ({ path: PATH, line, message: message.slice(0, 1000) })),
    },
  ];
}

/**
 * A remark in the report where a file on a default branch cannot be used, or not all of it; empty where all is well. What is wrong with the organisation's
 * file stays with it: its repository may be private where this one is not.
 */
export function renderInForce({ inForce, locked, unnamed, unknownHooks, unknownGates }: ConfigurationView): string {
  const parts = [
    renderUnusable(inForce[0]),
    renderUnknown("gate", unknownGates, "nobody asks"),
    renderUnknown("hook", unknownHooks, "nobody runs"),
    renderLocked(locked),
    renderUnnamed(unnamed),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function renderUnusable(problem: ConfigurationProblem | undefined): string {
  if (!problem) return "";
  const isOurs = problem.file !== "organization";
  const whose = isOurs ? "The" : "The organisation's";
  const where = isOurs ? ` Line ${problem.line}: ${asCode(problem.message, 200)}` : "";
  return `> [!WARNING]\n> ${whose} ${asCode(PATH)} on the default branch cannot be used; what it last said is in force.${where}`;
}

/** A misspelt gate would otherwise pass for one that has no objection. How many, not which: the organisation's file may have named them. */
function renderUnknown(kind: "gate" | "hook", names: readonly string[], nobody: string): string {
  if (names.length === 0) return "";
  const [what, them] = names.length === 1 ? [`a ${kind}`, "it"] : [`${names.length} ${kind}s`, "them"];
  return `> [!WARNING]\n> The configuration names ${what} that the operator of LoopForge has not set up: ${nobody} ${them}.`;
}

function renderLocked(locked: readonly string[]): string {
  if (locked.length === 0) return "";
  const settings = locked.map((path) => asCode(path)).join(", ");
  return `> [!NOTE]\n> Locked by the organisation or the operator of LoopForge: ${settings}. What this repository's ${asCode(PATH)} says of it counts only where it asks for more.`;
}

function renderUnnamed(repository: string | null): string {
  if (repository === null) return "";
  return `> [!NOTE]\n> The ${asCode(PATH)} of ${asCode(repository)} rules no other repository: the operator of LoopForge has not named it (${asCode("LOOPFORGE_ORGANIZATION_CONFIG")}).`;
}

function problemTable(problems: readonly ConfigurationProblem[]): string {
  return table(
    ["Line", "What is wrong"],
    problems.map(({ line, message }) => [String(line), asCode(message, 300)]),
  );
}

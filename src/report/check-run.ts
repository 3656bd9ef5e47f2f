import { explain, gatesOf } from "../core/index.js";
import { renderStandings } from "./audit.js";
import { type AnyCheckRunReport, type CheckRunReport, MAX_ANNOTATIONS } from "./check-run-report.js";
import { conclusionOf } from "./conclusion.js";
import { renderConfigurationCheck, renderInForce } from "./configuration.js";
import { renderExceptions } from "./exceptions.js";
import { renderExplanation } from "./explanation.js";
import { asCode } from "./markdown.js";
import { decisionText } from "./rule-text.js";
import { CHECK_NAME, headline, OBSERVES, REFRESH } from "./text.js";
import type { ReportView } from "./view.js";

/** The check run of the App, one for each hook that asks for its own, and one for a configuration that the pull request brings. */
export function renderCheckRuns(view: ReportView): readonly AnyCheckRunReport[] {
  const own: AnyCheckRunReport = {
    name: CHECK_NAME,
    conclusion: conclusionOf(view),
    title: [...new Set(view.records.map((record) => headline(record, view.policy, view.pull)))].join("; "),
    summary: renderSummary(view),
    actions: [REFRESH],
  };
  const hooks = view.hooks
    .filter(({ result }) => result.publish === "check_run")
    .map(({ hook, result }): CheckRunReport => {
      const { conclusion, title, summary, annotations = [] } = result;
      const remarks = annotations.slice(0, MAX_ANNOTATIONS);
      return {
        ...{ conclusion, title, summary, name: `${CHECK_NAME} / ${hook}` },
        ...(remarks.length > 0 ? { annotations: remarks } : {}),
      };
    });
  return [own, ...hooks, ...renderGateChecks(view), ...renderConfigurationCheck(view.configuration)];
}

/** One for each gate that answered about this head. It blocks only where the team wants that. */
function renderGateChecks({ records, pull, mode }: ReportView): readonly CheckRunReport[] {
  const blocked = mode === "enforce" ? "failure" : "neutral";
  const conclusions = { pass: "success", block: blocked, neutral: "neutral" } as const;
  return gatesOf(records[0]?.entries ?? [], pull).map((standing) => ({
    name: `${CHECK_NAME} / ${standing.gate}`,
    conclusion: conclusions[standing.decision],
    title: `The gate ${decisionText(standing)}`,
    summary: [standing.title, ...standing.reasons].map((line) => `- ${asCode(line, 500)}`).join("\n"),
  }));
}

/** What was broken first; then each rule, met or not, with its evidence. The history is the comment's: it would change this at every entry. */
function renderSummary(view: ReportView): string {
  const [first] = view.records;
  return [
    renderInForce(view.configuration),
    ...view.records.flatMap((record) => renderExceptions(record, view)),
    renderStandings(view),
    first ? renderExplanation(explain(first, view.policy, view.pull), view) : "",
    view.mode === "observe" ? OBSERVES : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

import type { HookResult } from "../hook.js";
import { renderAudit } from "./audit.js";
import { renderConfigurationCheck } from "./configuration.js";
import { CHECK_NAME, headline } from "./text.js";
import type { RecordView, ReportView } from "./view.js";

export interface CheckRunReport {
  readonly name: string;
  readonly conclusion: HookResult["conclusion"];
  readonly title: string;
  readonly summary: string;
  readonly annotations?: readonly Annotation[];
}

/** A remark at a line of a file, as GitHub shows it in the list of changes. */
export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Where a merge is legal now, or was when it happened. */
const READY = new Set(["ci_passed", "approved", "merged", "closed"]);

/** The check run of the App, and one for each hook that asks for its own. It observes: it never fails, so it blocks no merge. */
export function renderCheckRuns(view: ReportView): readonly CheckRunReport[] {
  const own: CheckRunReport = {
    name: CHECK_NAME,
    conclusion: view.records.every(isInOrder) ? "success" : "neutral",
    title: view.records.map((record) => headline(record, view.policy)).join("; "),
    summary: renderAudit(view),
  };
  const hooks = view.hooks
    .filter(({ result }) => result.publish === "check_run")
    .map(({ hook, result }) => ({ ...result, name: `${CHECK_NAME} / ${hook}` }));
  return [own, ...hooks, ...renderConfigurationCheck(view.configuration)];
}

function isInOrder({ head }: RecordView): boolean {
  return READY.has(head.state) && head.exceptions === 0;
}

import { renderAudit } from "./audit.js";
import { asCode } from "./markdown.js";
import type { NamedHookResult, ReportView } from "./view.js";

/** By this the comment is found again where its id was lost. */
export const COMMENT_MARKER = "<!-- loopforge:audit -->";

const CONCLUSION_ICONS = { success: "🟢", failure: "🔴", neutral: "⚪", action_required: "🟡" } as const;

/** The audit comment: the audit itself, and in it what hooks have to say. */
export function renderComment(view: ReportView): string {
  const sections = view.hooks.filter(({ result }) => result.publish !== "check_run").map(renderHook);
  return `${COMMENT_MARKER}\n\n${renderAudit(view, sections)}`;
}

function renderHook({ hook, result }: NamedHookResult): string {
  return `#### ${CONCLUSION_ICONS[result.conclusion]} ${result.title}\n\n${result.summary}\n\n<sub>Hook ${asCode(hook)}</sub>`;
}

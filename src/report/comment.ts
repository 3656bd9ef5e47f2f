import { type Extent, renderAudit } from "./audit.js";
import { cut, MAX_COMMENT } from "./limits.js";
import { asCode } from "./markdown.js";
import type { NamedHookResult, ReportView } from "./view.js";

/** By this the comment is found again where its id was lost. */
export const COMMENT_MARKER = "<!-- loopforge:audit -->";

const CONCLUSION_ICONS = { success: "🟢", failure: "🔴", neutral: "⚪", action_required: "🟡" } as const;

/** Bytes that all hooks together may take. */
const MAX_SECTIONS = 24_000;

/** The longest first: each work item loses its oldest rows, and in the end the picture of its path, before any loses its proof. */
const EXTENTS: readonly Extent[] = [
  { rows: 1000, paths: true },
  ...[30, 15, 8, 4].map((rows) => ({ rows, paths: true })),
  ...[8, 4, 2, 1].map((rows) => ({ rows, paths: false })),
];

/** The audit comment: the audit itself, and in it what hooks have to say. As much of the histories is in it as GitHub takes. */
export function renderComment(view: ReportView): string {
  const shown = view.hooks.filter(({ result }) => result.publish !== "check_run");
  const sections = shown.map((one) => renderHook(one, MAX_SECTIONS / shown.length));
  const render = (extent: Extent) => `${COMMENT_MARKER}\n\n${renderAudit(view, sections, extent)}`;
  let text = "";
  for (const extent of EXTENTS) {
    text = render(extent);
    if (Buffer.byteLength(text) <= MAX_COMMENT) break;
  }
  return text;
}

function renderHook({ hook, result }: NamedHookResult, bytes: number): string {
  const { conclusion, title, summary } = result;
  return `#### ${CONCLUSION_ICONS[conclusion]} ${title}\n\n${cut(summary, bytes)}\n\n<sub>Hook ${asCode(hook)}</sub>`;
}

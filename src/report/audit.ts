import { counts, currentPull, explain, gatesOf, latestOpinions, standingExceptions } from "../core/index.js";
import { renderInForce } from "./configuration.js";
import { pathDiagram } from "./diagram.js";
import { renderExceptions } from "./exceptions.js";
import { renderShortExplanation } from "./explanation.js";
import { commitUrl, historyTable } from "./history.js";
import { asCode, link } from "./markdown.js";
import { personLink } from "./people.js";
import { entryCount, headline, stateIcon, stateName } from "./text.js";
import type { RecordView, ReportView } from "./view.js";

/** How much of each work item's history is shown. */
export interface Extent {
  /** Rows, the newest. */
  readonly rows: number;
  /** Whether the path of each of several is drawn. */
  readonly paths: boolean;
}

/** The audit comment's own part, in the order in which it is read; `sections` stand between how it went and its whole history. */
export function renderAudit(view: ReportView, sections: readonly string[], extent: Extent): string {
  const records = view.records.toSorted((a, b) => Number(isBroken(b)) - Number(isBroken(a)));
  const [first, ...others] = records;
  if (!first) return "";
  const isOne = others.length === 0;
  const parts = [
    renderInForce(view.configuration),
    `### ${icon(first)} LoopForge – ${headline(first, view.policy, view.pull)}`,
    ...records.flatMap((record) => renderExceptions(record, view)),
    renderStandings(view),
    renderAgent(view),
    renderShortExplanation(explain(first, view.policy, view.pull), view),
    ...(isOne ? [pathDiagram(first.entries)] : []),
    ...sections,
    ...records.map((record) => (isOne ? renderHistory(record, view, extent) : renderFolded(record, view, extent))),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function isBroken({ head }: RecordView): boolean {
  return standingExceptions(head).length > 0;
}

function icon({ head, item, entries }: RecordView): string {
  const pull = currentPull(item);
  if (standingExceptions(head).length > 0) return "🔴";
  if (pull?.status.is === "open") {
    if (gatesOf(entries, pull).some(({ decision }) => decision === "block")) return "🔴";
    if (pull.draft) return "⚪";
  }
  return stateIcon(head.state);
}

/** Which work items it is about, where each stands, and at which commit. */
export function renderStandings({ pull, records, policy }: ReportView): string {
  const commit = link(asCode(pull.headSha.slice(0, 7)), commitUrl(pull.url, pull.headSha));
  const [first] = records;
  const ref = ({ head, item }: RecordView) => link(asCode(head.ref), item.issue?.url);
  if (first && records.length === 1) return `${ref(first)} is **${stateName(first.head.state)}**, at commit ${commit}.`;
  const lines = records.map((record) => `- ${icon(record)} ${ref(record)} – ${headline(record, policy, pull)}`);
  return `${lines.join("\n")}\n\nAt commit ${commit}:`;
}

/** Who is behind a change of an AI agent's: for whom it was written, and which person looked at it. */
function renderAgent(view: ReportView): string {
  const { author, byAgent, requesters = [] } = view.pull;
  if (!byAgent || author === null) return "";
  const isApp = view.loginOf(author)?.endsWith("[bot]") ?? false;
  const persons = (people: readonly string[]) => people.map((person) => personLink(person, view)).join(", ");
  const approvers = latestOpinions(view.pull)
    .filter((review) => counts(review, view.pull, view.policy))
    .flatMap(({ reviewer }) => reviewer ?? []);
  const forWhom = requesters.length > 0 ? ` for ${persons(requesters)}` : "";
  const looked = approvers.length > 0 ? `${persons(approvers)} approved it` : "nobody else has approved it";
  return `🤖 Written by ${personLink(author, view, isApp ? "Bot" : "User")}, an AI agent,${forWhom}: ${looked}.`;
}

function renderHistory(record: RecordView, view: ReportView, { rows }: Extent): string {
  const summary = `<details><summary>History, ${entryCount(record.head.ledger.length)}</summary>`;
  return [summary, historyTable(record, view, rows), "</details>", proof(record)].join("\n\n");
}

/** One work item of several: its path is folded away, too. */
function renderFolded(record: RecordView, view: ReportView, { rows, paths }: Extent): string {
  const { head, entries } = record;
  const ref = head.ref.replace(/[^\w./#-]/g, "");
  const summary = `<details><summary>${ref}: history, ${entryCount(head.ledger.length)}</summary>`;
  const parts = [
    summary,
    paths ? pathDiagram(entries) : "",
    historyTable(record, view, rows),
    proof(record),
    "</details>",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The hash that all entries hang from, and how to check them. */
function proof({ head }: RecordView): string {
  const hash = asCode((head.ledger.hash ?? "").slice(0, 16));
  return `<sub>${entryCount(head.ledger.length)}, the last ${hash}. Check them with \`loopforge verify ${head.recordId}\`.</sub>`;
}

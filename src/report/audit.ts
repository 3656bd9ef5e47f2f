import { type Entry, type Json, movesState, type Participant } from "../core/index.js";
import { renderInForce } from "./configuration.js";
import { pathDiagram } from "./diagram.js";
import { asCode, link, table } from "./markdown.js";
import { entryCount, headline, ruleName, stateIcon, stateName } from "./text.js";
import type { RecordView, ReportView } from "./view.js";

/** What was broken first, then where each work item stands and how it got there: what the comment and the check run both show. */
export function renderAudit(view: ReportView): string {
  const records = view.records.map((record) => renderRecord(record, view));
  return [renderInForce(view.configuration), ...records].filter((part) => part !== "").join("\n\n");
}

function renderRecord(record: RecordView, view: ReportView): string {
  const { head, entries } = record;
  const exceptions = entries.filter((entry) => entry.kind === "exception");
  return [
    `### ${head.exceptions > 0 ? "🔴" : stateIcon(head.state)} LoopForge – ${headline(record, view.policy)}`,
    ...exceptions.map((exception) => renderException(exception, view)),
    `Work item ${asCode(head.ref)}, now **${stateName(head.state)}**.`,
    historyTable(record, view),
    pathDiagram(entries),
    footer(record),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function renderException(exception: Entry, view: ReportView): string {
  const { rule, not_passed: notPassed } = exception.metadata;
  const red = Array.isArray(notPassed) ? notPassed.filter((name) => typeof name === "string") : [];
  const checks = red.length > 0 ? ` Not passed: ${red.map((name) => asCode(name)).join(", ")}.` : "";
  const by = actorOf(exception.people, view);
  return `> [!CAUTION]\n> **${ruleName(rule)}**${by ? `, by ${by}` : ""}, at ${time(exception)}.${checks}`;
}

function historyTable({ head, entries }: RecordView, view: ReportView): string {
  const rows = entries
    .filter((entry) => entry.kind !== "rejected")
    .map((entry) => [
      String(entry.seq),
      time(entry),
      move(entry),
      `${asCode(entry.trigger)}${entry.metadata.implied === true ? " (implied)" : ""}`,
      actorOf(entry.people, view) ?? appOf(entry),
      evidence(entry, view),
    ]);
  const earlier = head.ledger.length - entries.length;
  const columns = ["#", "When (UTC)", "State", "Trigger", "By", "Evidence"];
  return `${table(columns, rows)}${earlier > 0 ? `\n\n${entryCount(earlier)} before these.` : ""}`;
}

function move(entry: Entry): string {
  if (!movesState(entry) || entry.toState === null) return `– ${asCode(entry.kind)}`;
  const flag = entry.kind === "exception" ? " ⚠️" : "";
  return `${stateIcon(entry.toState)} ${stateName(entry.toState)}${flag}`;
}

/** When it happened, by GitHub's clock where GitHub says, to the second. */
function time(entry: Entry): string {
  return (entry.occurredAt ?? entry.timestamp).slice(0, 19).replace("T", " ");
}

function evidence({ metadata }: Entry, { pull }: ReportView): string {
  const { url, sha, check, conclusion, review } = metadata;
  const commit = typeof sha === "string" ? link(asCode(sha.slice(0, 7)), commitUrl(pull.url, sha)) : "";
  const parts =
    typeof check === "string"
      ? [
          link("check", url),
          asCode(check, 60),
          typeof conclusion === "string" ? conclusion.replace(/[\W_]+/g, " ") : "",
        ]
      : [url === undefined ? "" : link(typeof review === "string" ? "review" : pageName(url), url)];
  return [...parts, commit].filter((part) => part !== "").join(" ");
}

function pageName(url: Json): string {
  if (typeof url !== "string") return "";
  if (url.endsWith("/checks")) return "checks";
  return /\/issues\/\d+$/.test(url) ? "issue" : "pull request";
}

function commitUrl(pullUrl: string, sha: string): string {
  return pullUrl.replace(/\/pull\/\d+$/, `/commit/${sha}`);
}

/** What caused it, where it was no person. */
function appOf({ metadata }: Entry): string {
  return typeof metadata.app === "string" ? asCode(metadata.app, 40) : "";
}

function actorOf(people: readonly Participant[], { loginOf, pull }: ReportView): string | null {
  const actor = people.find((participant) => participant.role === "actor") ?? people[0];
  if (!actor) return null;
  const login = loginOf(actor.person);
  if (login === null) return "someone forgotten";
  // A link, not a mention: nobody is notified by an audit.
  const name = login.replace(/[^\w[\]-]/g, "");
  const page = actor.type === "Bot" ? `/apps/${name.replace(/\[bot]$/, "")}` : `/${name}`;
  return link(name.replace(/[[\]_]/g, "\\$&"), new URL(page, pull.url).href);
}

function footer({ head }: RecordView): string {
  const hash = head.ledger.hash ?? "";
  return `<sub>${entryCount(head.ledger.length)}, the last ${asCode(hash.slice(0, 16))}. Check them with \`loopforge verify ${head.recordId}\`.</sub>`;
}

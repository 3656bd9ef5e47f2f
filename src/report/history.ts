import { type Entry, type Json, movesState } from "../core/index.js";
import { asCode, link, table } from "./markdown.js";
import { momentOf } from "./moment.js";
import { actorOf } from "./people.js";
import { conclusionText } from "./rule-text.js";
import { entryCount, kindIcon, noteName, stateIcon, stateName } from "./text.js";
import type { RecordView, ReportView } from "./view.js";

const COLUMNS = ["#", "When (UTC)", "What", "By", "Evidence"];

/** The newest entries, a row each: what moved the work item, by whom, and where to look it up. */
export function historyTable({ head, entries }: RecordView, view: ReportView, most: number): string {
  const shown = entries.slice(-most);
  const rows = shown
    .filter((entry) => entry.kind !== "rejected")
    .map((entry) => [
      String(entry.seq),
      momentOf(entry),
      what(entry),
      actorOf(entry, view) ?? appOf(entry),
      evidence(entry, view),
    ]);
  const earlier = head.ledger.length - shown.length;
  return `${table(COLUMNS, rows)}${earlier > 0 ? `\n\n${entryCount(earlier)} before these.` : ""}`;
}

function what(entry: Entry): string {
  const implied = entry.metadata.implied === true ? " (implied)" : "";
  if (!movesState(entry) || entry.toState === null) {
    return `${kindIcon(entry.kind)} ${noteName(entry.trigger) ?? asCode(entry.trigger)}${implied}`;
  }
  const flag = entry.kind === "exception" ? " ⚠️" : "";
  return `${stateIcon(entry.toState)} **${stateName(entry.toState)}**${flag} ${asCode(entry.trigger)}${implied}`;
}

function evidence({ metadata }: Entry, { pull }: ReportView): string {
  const { url, sha, check, conclusion, review } = metadata;
  const commit = typeof sha === "string" ? link(asCode(sha.slice(0, 7)), commitUrl(pull.url, sha)) : "";
  const isEnded = typeof conclusion === "string";
  const parts =
    typeof check === "string"
      ? [link(asCode(check, 60), url), isEnded ? conclusionText({ conclusion }) : "started"]
      : [url === undefined ? "" : link(typeof review === "string" ? "review" : pageName(url), url)];
  return [...parts, commit].filter((part) => part !== "").join(" ");
}

function pageName(url: Json): string {
  if (typeof url !== "string") return "";
  if (url.endsWith("/checks")) return "checks";
  if (url.includes("#issuecomment-")) return "comment";
  return /\/issues\/\d+$/.test(url) ? "issue" : "pull request";
}

/** The page of a commit of a pull request's repository. */
export function commitUrl(pullUrl: string, sha: string): string {
  return pullUrl.replace(/\/pull\/\d+$/, `/commit/${sha}`);
}

/** What caused it, where it was no person. */
function appOf({ metadata }: Entry): string {
  return typeof metadata.app === "string" ? asCode(metadata.app, 40) : "";
}

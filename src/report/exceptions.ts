import { type BrokenRule, brokenRulesIn, type Entry, isJustified, isOwnAnswer, type Json } from "../core/index.js";
import { asCode, link } from "./markdown.js";
import { momentOf } from "./moment.js";
import { actorOf } from "./people.js";
import { isNotCounted, notCountedText } from "./rule-text.js";
import { correctedText, NOT_JUSTIFIED, NOT_JUSTIFIED_BY_ANOTHER, ruleName } from "./text.js";
import type { RecordView, ReportView } from "./view.js";

/** What was broken: by whom, when, what shows it, and what people answered to it. A block each. */
export function renderExceptions(record: RecordView, view: ReportView): readonly string[] {
  return brokenRulesIn(record).map((broken) => renderException(broken, view));
}

function renderException(broken: BrokenRule, view: ReportView): string {
  const { exception, justifications, correction } = broken;
  const { rule, also_broken: also } = exception.metadata;
  const by = actorOf(exception, view);
  const answers = justifications.map((entry) => renderJustification(entry, exception, view));
  const what = [
    `**${ruleName(rule)}**${aside(exception)}${by ? `, by ${by}` : ""}, at ${momentOf(exception)} UTC.`,
    ...texts(also).map((one) => `Also: ${ruleName(one)}.`),
    ...evidence(exception),
  ];
  const corrected = correction ? [correctedText(momentOf(correction))] : [];
  const isAnswered = answers.length > 0 || correction !== null;
  const isOpen = isAnswered && correction === null && !isJustified(broken);
  const answered = isOpen ? [...answers, NOT_JUSTIFIED_BY_ANOTHER] : answers;
  const paragraphs = [what.join(" "), ...corrected, ...(isAnswered ? answered : [NOT_JUSTIFIED])];
  const alert = correction ? "NOTE" : isJustified(broken) ? "WARNING" : "CAUTION";
  return [`> [!${alert}]`, paragraphs.map((paragraph) => `> ${paragraph}`).join("\n>\n")].join("\n");
}

/** A merge that moved nothing was one of another pull request, unless it became known later what it had broken. */
function aside({ toState, metadata: { url, late } }: Entry): string {
  if (late === true) return " – this became known after the merge was recorded";
  return toState === null ? `, by another ${link("pull request", url)} of the same issue` : "";
}

function evidence({ metadata }: Entry): readonly string[] {
  const { not_passed: notPassed, missing, gates, approvals } = metadata;
  const red = texts(notPassed);
  const absent = texts(missing);
  return [
    ...(red.length > 0 ? [`Not passed: ${red.map((name) => asCode(name)).join(", ")}.`] : []),
    ...(absent.length > 0 ? [`Never reported: ${absent.map((name) => asCode(name)).join(", ")}.`] : []),
    ...(Array.isArray(gates) ? gates.flatMap(gateText) : []),
    ...(Array.isArray(approvals) ? approvals.flatMap(approvalText) : []),
  ];
}

function gateText(against: Json): readonly string[] {
  if (typeof against !== "object" || against === null || Array.isArray(against)) return [];
  const { gate, decision } = against as { readonly [name: string]: Json };
  if (typeof gate !== "string") return [];
  return [`Gate ${asCode(gate, 60)}: ${decision === null ? "no answer yet" : "blocked"}.`];
}

function approvalText(approval: Json): readonly string[] {
  if (typeof approval !== "object" || approval === null || Array.isArray(approval)) return [];
  const { sha, url, not_counted: why } = approval as { readonly [name: string]: Json };
  if (!isReason(why)) return [];
  return [`An ${link("approval", url)} does not count: ${notCountedText(why, typeof sha === "string" ? sha : null)}.`];
}

function isReason(why: Json | undefined): why is Parameters<typeof notCountedText>[0] {
  return typeof why === "string" && isNotCounted(why);
}

function renderJustification(entry: Entry, exception: Entry, view: ReportView): string {
  const { reason, url } = entry.metadata;
  const by = actorOf(entry, view);
  const said = typeof reason === "string" ? `: ${asCode(reason, 500)}` : "";
  return `${link("**Justified**", url)}${by ? ` by ${by}` : ""}${isOwnAnswer(entry, exception) ? ", who broke the rule" : ""}, at ${momentOf(entry)} UTC${said}`;
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

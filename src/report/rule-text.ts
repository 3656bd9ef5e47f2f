import type { About, Check, GateStanding, LinkSource, NotCounted, Review } from "../core/index.js";
import { asCode, link } from "./markdown.js";
import { moment } from "./moment.js";
import { personLink } from "./people.js";
import { count, DELETED_USER } from "./text.js";
import type { ReportView } from "./view.js";

/** The words of an explanation's lines: the rule, how it stands, and what shows it. */

type Where = Pick<ReportView, "loginOf" | "pull">;

/** One line of Markdown, without the sign of how it stands. */
export function ruleText(about: About, where: Where): string {
  switch (about.is) {
    case "merge":
      return "**Merge**";
    case "draft":
      return "**Draft** – not ready for review";
    case "other_pull":
      return about.number === null
        ? "**Pull request** – the work item no longer goes by it"
        : `**Pull request** – the work item goes by ${asCode(`#${about.number}`)}`;
    case "ci":
      return `**CI** – ${ciText(about)}`;
    case "check":
      return `${checkLink(about.check)} ${conclusionText(about.check)}${about.required ? ", required" : ""}`;
    case "missing_check":
      return `${asCode(about.name, 60)} ${about.gaveUpAt ? "never reported" : "has not reported yet"}, required`;
    case "ignored_check":
      return `${checkLink(about.check)} ${conclusionText(about.check)}, ignored by the settings`;
    case "more_checks":
      return moreChecksText(about);
    case "ci_timeout":
      return `no longer waited for since ${moment(about.at)}`;
    case "reviews":
      return `**Review** – ${reviewsText(about)}`;
    case "review":
      return reviewText(about.review, about.notCounted, where);
    case "gate":
      return gateText(about.gate);
    case "links":
      return linksText(about.sources, about.issue);
    case "auto_merge":
      return `**Auto-merge** – ${about.on ? AUTO_MERGE_ON[about.by] : "switched off by a person"}`;
    case "auto_merge_lapsed":
      return "**Auto-merge** – what a person asked for was about other commits or another base: ask again";
    case "auto_merge_label":
      return `**Auto-merge** – the label ${asCode(about.label, 60)} does not count: nobody with write access has set it`;
    case "refusal":
      return `GitHub refused to merge at ${moment(about.at)}: ${asCode(about.reason, 300)}`;
    case "queue":
      return `**Merge queue** – ${about.move.is} at ${moment(about.move.at)}${about.move.reason ? `: ${asCode(about.move.reason, 60)}` : ""}`;
  }
}

function ciText({ verdict, green, all }: Extract<About, { is: "ci" }>): string {
  switch (verdict) {
    case "not_required":
      return "not required here";
    case "none":
      return all === 0 ? "no check has reported yet" : `0 of ${count(all, "check")} passed`;
    case "pending":
      return green === all
        ? `${count(all, "check")} passed, more to come`
        : `${green} of ${count(all, "check")} passed`;
    case "none_known":
      return "none known: no check or status was ever seen in this repository";
    case "not_known":
      return all === 0
        ? "not known: GitHub does not show the checks"
        : "not known: nobody can tell what the checks had said";
    case "failed":
      return `failed, ${green} of ${count(all, "check")} passed`;
    case "passed":
      return all === 1 ? "the check passed" : `all ${count(all, "check")} passed`;
  }
}

function moreChecksText({ passed, notPassed }: Extract<About, { is: "more_checks" }>): string {
  const parts = [...(notPassed > 0 ? [`${notPassed} did not pass`] : []), ...(passed > 0 ? [`${passed} passed`] : [])];
  return `and ${count(passed + notPassed, "more check")}: ${parts.join(", ")}`;
}

function checkLink({ name, url }: Check): string {
  return link(asCode(name, 60), url);
}

const CONCLUSIONS: { readonly [conclusion: string]: string } = {
  success: "passed",
  failure: "failed",
  neutral: "passed as neutral",
  skipped: "was skipped",
  cancelled: "was cancelled",
  timed_out: "timed out",
  action_required: "needs somebody to act",
  startup_failure: "could not start",
  error: "ended in an error",
  stale: "was given up by GitHub",
};

/** How a check ended, in words; a conclusion that is not known here, as GitHub says it. */
export function conclusionText({ conclusion, notKnown }: Pick<Check, "conclusion" | "notKnown">): string {
  if (notKnown) return "is not known: nobody can tell what it had said at the merge";
  if (conclusion === null) return "still running";
  return Object.hasOwn(CONCLUSIONS, conclusion) ? (CONCLUSIONS[conclusion] ?? "") : asCode(conclusion, 40);
}

function reviewsText({ verdict, given, needed, changesRequested }: Extract<About, { is: "reviews" }>): string {
  switch (verdict) {
    case "none":
      return "nobody was asked, and none is required";
    case "waiting":
      return changesRequested > 0 ? "changes requested" : `${given} of ${count(needed, "approval")}`;
    case "not_known":
      return "not known: GitHub does not show who reviewed, or whether they might approve";
    case "approved":
      return given === 1 ? "approved" : count(given, "approval");
  }
}

const SAID: { readonly [S in Review["state"]]: string } = {
  approved: "approved",
  changes_requested: "asked for changes",
  commented: "commented",
  dismissed: "said something that was dismissed",
};

function reviewText({ reviewer, state, sha, url }: Review, notCounted: NotCounted | null, where: Where): string {
  const who = reviewer === null ? DELETED_USER : personLink(reviewer, where);
  const what = `${who} ${link(SAID[state], url)}`;
  if (notCounted === null || state === "commented" || state === "dismissed") return what;
  return `${what}, which does not count: ${notCountedText(notCounted, sha)}`;
}

const REASONS: { readonly [W in NotCounted]: true } = {
  by_author: true,
  by_app: true,
  by_agent: true,
  by_last_pusher: true,
  by_requester: true,
  without_write_access: true,
  stale: true,
  other_base: true,
  not_known: true,
};

export function isNotCounted(text: string): text is NotCounted {
  return Object.hasOwn(REASONS, text);
}

/** Why an approval does not count. */
export function notCountedText(why: NotCounted, sha: string | null): string {
  switch (why) {
    case "by_author":
      return "it is their own change";
    case "by_app":
      return "it is an App's, and only a person's approval counts";
    case "by_last_pusher":
      return "they pushed the last commits themselves";
    case "by_agent":
      return "it is an AI agent's, and only a person's approval counts";
    case "by_requester":
      return "they set the agent to work that wrote it";
    case "other_base":
      return "it was given for another base branch";
    case "not_known":
      return "nobody can tell whether they might approve";
    case "without_write_access":
      return "they have no write access";
    case "stale":
      return `it was for an earlier commit${sha === null ? "" : `, ${asCode(sha.slice(0, 7))}`}`;
  }
}

const DECISIONS: { readonly [D in GateStanding["decision"]]: string } = {
  pass: "passed",
  block: "blocks the merge",
  neutral: "has no opinion",
};

function gateText(standing: GateStanding): string {
  const { gate, title } = standing;
  return `**Gate ${asCode(gate, 60)}** – ${decisionText(standing)}${title === "" ? "" : `: ${asCode(title, 120)}`}`;
}

/** What a gate's answer comes to. */
export function decisionText({ decision, failed }: Pick<GateStanding, "decision" | "failed">): string {
  return failed ? `gave no verdict, taken as ${decision}` : DECISIONS[decision];
}

const SOURCES: { readonly [S in LinkSource]: string } = {
  keyword: "its description",
  reference: "GitHub's own link",
  branch: "the name of its branch",
  commit: "a commit that closed the issue",
};

function linksText(sources: readonly LinkSource[], issue: Extract<About, { is: "links" }>["issue"]): string {
  if (!issue) return "**Issue** – none: the pull request is the work item";
  const by = sources.map((source) => SOURCES[source]).join(" and ");
  return `**Issue** – ${link(asCode(`${issue.repoName}#${issue.number}`), issue.url)}${by === "" ? "" : `, by ${by}`}`;
}

const AUTO_MERGE_ON = {
  person: "asked for by a person",
  label: "asked for by a label",
  settings: "on for this repository",
} as const;

/**
 * The events of the App's subscription (`app.yml` names the same). A list of its own, which a test holds against the observers: ingest needs
 * to know no more, and loads no observers for it.
 */
export const SUBSCRIBED: ReadonlySet<string> = new Set([
  "check_run",
  "check_suite",
  "issue_comment",
  "issues",
  "merge_group",
  "pull_request",
  "pull_request_review",
  "push",
  "repository",
  "status",
]);

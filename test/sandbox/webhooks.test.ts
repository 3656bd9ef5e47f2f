import { verify } from "@octokit/webhooks-methods";
import { describe, expect, test } from "vitest";
import { givenSandbox } from "./given.js";
import { everyAction } from "./scenario.js";
import { schemaErrors } from "./schema.js";

describe("given a scenario that goes through every action", () => {
  const sandbox = givenSandbox();
  everyAction(sandbox);
  const kinds = new Map(sandbox.deliveries.map((delivery) => [`${delivery.event}.${delivery.action ?? ""}`, delivery]));

  test.each([
    "installation.created installation_repositories.added installation_repositories.removed",
    "issues.opened issues.edited issues.labeled issues.unlabeled issues.assigned issues.unassigned issues.closed issues.reopened",
    "issue_comment.created issue_comment.edited issue_comment.deleted",
    "pull_request.opened pull_request.edited pull_request.synchronize pull_request.closed pull_request.reopened",
    "pull_request.labeled pull_request.unlabeled pull_request.assigned pull_request.unassigned",
    "pull_request.review_requested pull_request.ready_for_review pull_request.converted_to_draft",
    "pull_request.enqueued pull_request.dequeued merge_group.checks_requested merge_group.destroyed",
    "pull_request_review.submitted pull_request_review.edited pull_request_review.dismissed",
    "check_suite.requested check_suite.rerequested check_suite.completed",
    "check_run.created check_run.completed check_run.rerequested",
    "status. push.",
  ])("then GitHub's events go out: %s", (expected) => {
    expect(expected.split(" ").filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test("then every delivery is valid by the schema of its event and action", () => {
    expect(sandbox.deliveries.flatMap(schemaErrors)).toEqual([]);
  });

  test("then every delivery is signed with the App's secret over its body", async () => {
    for (const { body, headers } of sandbox.deliveries.slice(0, 5)) {
      expect(await verify("a test secret", body, headers["X-Hub-Signature-256"] ?? "")).toBe(true);
    }
  });
});

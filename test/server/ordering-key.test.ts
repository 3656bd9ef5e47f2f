import { describe, expect, test } from "vitest";
import { orderingKey } from "../../src/server/ordering-key.js";
import { exampleOf } from "../support/examples.js";

describe("given a delivery", () => {
  test.each([
    ["issues.opened", "186853002#1"],
    ["pull_request.opened", "186853002#2"],
    ["pull_request_review.submitted", "186853002#2"],
    ["check_run.created", "186853002@ec26c3e57ca3a959ca5aad62de7213c562f8c821"],
    ["check_suite.completed", "186853002@ec26c3e57ca3a959ca5aad62de7213c562f8c821"],
  ])("when it is %s, then it waits for its turn with %s", (name, key) => {
    const [event = ""] = name.split(".");
    expect(orderingKey(event, "guid", exampleOf(name))).toBe(key);
  });

  const repository = { id: 7 };
  test.each([
    ["a commit status", "status", { repository, sha: "c0ffee" }, "7@c0ffee"],
    ["a merge group", "merge_group", { repository, merge_group: { head_sha: "c0ffee" } }, "7@c0ffee"],
    ["a comment on a pull request", "issue_comment", { repository, issue: { number: 3 } }, "7#3"],
    ["about the repository", "repository", { repository, action: "renamed" }, "7/repository"],
  ])("when it is %s, then it waits for its turn with what it is about", (_, event, payload, key) => {
    expect(orderingKey(event, "guid", payload)).toBe(key);
  });

  test.each([
    ["no repository", {}],
    ["a repository that is none", { repository: "acme/shop" }],
    ["a repository of null", { repository: null }],
    ["an id that is no id", { repository: { id: {} } }],
    ["an id of a megabyte", { repository: { id: "x".repeat(1_000_000) } }],
  ])("when it has %s, then it is on its own", (_, payload) => {
    expect(orderingKey("issues", "guid", payload)).toBe("guid");
  });
});

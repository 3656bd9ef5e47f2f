import type { Scenario } from "./scenario.js";

/** GitHub names nobody where an account was deleted. An approval was given all the same. */
export const ghost: Scenario = {
  name: "ghost",
  title: "The approver's account is deleted before the merge",
  configuration: "approvals:\n  required: 1\n",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, admin }) {
    // Others may still need those who are on the stage.
    const erin = repository.world.user(`erin-of-${repository.name}`);
    repository.grant(erin, "write");
    const issue = repository.openIssue({ by: admin, title: "Dates are off by a day" });
    yield `carol opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Keep dates in UTC", head: "utc-dates" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.review({ by: erin, state: "approved" });
    yield "erin approves";
    repository.world.deleteUser(erin);
    yield "erin leaves, and deletes her account";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};

import type { Scenario } from "./scenario.js";

/** Many pull requests name one issue, and the last of them is merged against the rules: the crowd must not hide that. */
export function crowded(count: number): Scenario {
  return {
    name: `crowded-${count}`,
    title: `${count} pull requests name one issue, and the last is merged with CI red`,
    ends: { state: "closed", rules: ["merged_before_ci_passed"] },
    *play({ repository, ci, alice, bob, admin }) {
      const issue = repository.openIssue({ by: bob, title: "Translate the shop" });
      yield `bob opens issue #${issue.number}`;
      const open = (head: string) =>
        repository.openPullRequest({ by: alice, title: `Translate ${head}`, head, body: `Fixes #${issue.number}` });
      for (let page = 1; page < count; page += 1) open(`page-${page}`);
      yield `alice opens ${count - 1} pull requests that name it`;
      const last = open("rest");
      yield `alice opens one more, #${last.number}`;
      repository.startCheck({ app: ci, sha: last.headSha, name: "build" }).start().complete("failure");
      yield "CI fails for that one";
      last.merge({ by: admin });
      yield "carol merges it all the same; GitHub closes the issue";
      return last;
    },
  };
}

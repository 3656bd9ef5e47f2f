import { describe, expect, test } from "vitest";
import type { PullRequest, Sandbox } from "../../src/sandbox/index.js";
import { ALL_SCENARIOS, SCENARIOS, type Scenario, setStage } from "../../src/sandbox/scenarios/index.js";
import { givenSandbox, testClock } from "./given.js";
import { schemaErrors } from "./schema.js";

/** What GitHub itself makes of each: its issues and pull requests by number, at the end. */
const ENDS: { readonly [scenario: string]: string } = {
  reviewed: "#1 completed, #2 merged by alice",
  reworked: "#1 completed, #2 merged by alice",
  forced: "#1 completed, #2 merged by carol",
  "pushed-after-approval": "#1 completed, #2 merged by alice",
  reapproved: "#1 completed, #2 merged by alice",
  "approved-early": "#1 completed, #2 merged by bob",
  dismissed: "#1 completed, #2 merged by alice",
  "changes-requested": "#1 completed, #2 merged by alice",
  statuses: "#1 completed, #2 merged by alice",
  rerun: "#1 completed, #2 merged by bob",
  hasty: "#1 completed, #2 merged by alice",
  "late-failure": "#1 completed, #2 merged by alice",
  "pull-reopened": "#1 completed, #2 merged by bob",
  replaced: "#1 completed, #2 closed, #3 merged by bob",
  "two-issues": "#1 completed, #2 completed, #3 merged by alice",
  issueless: "#1 merged by bob",
  relinked: "#1 open, #2 completed, #3 merged by bob",
  adopted: "#1 completed, #2 merged by bob",
  "issue-reopened": "#1 completed, #2 merged by bob",
  queued: "#1 completed, #2 merged by github-merge-queue[bot]",
  dequeued: "#1 completed, #2 merged by bob",
  landed: "#1 completed, #2 merged by nobody",
  forked: "#1 completed, #2 merged by alice",
  "rerun-in-place": "#1 completed, #2 merged by bob",
  "red-in-place": "#1 completed, #2 merged by carol",
  "green-in-place": "#1 completed, #2 merged by alice",
  "reused-run": "#1 completed, #2 merged by bob",
  "queue-ci": "#1 completed, #2 merged by github-merge-queue[bot]",
  restarted: "#1 completed, #2 merged by bob",
  "issue-restarted": "#1 completed, #2 merged by bob",
  stacked: "#1 completed, #2 completed, #3 merged by bob, #4 merged by bob",
  release: "#1 completed, #2 merged by carol, #3 merged by bob",
  "crowded-4": "#1 completed, #2 open, #3 open, #4 open, #5 merged by carol",
  ghost: "#1 completed, #2 merged by alice",
  "closed-by-commit": "#1 completed, #2 merged by bob",
  unapproved: "#1 completed, #2 merged by alice",
  "no-ci": "#1 completed, #2 merged by bob",
  "required-check": "#1 completed, #2 merged by alice",
  "ignored-check": "#1 completed, #2 merged by bob",
  strict: "#1 completed, #2 merged by alice",
};

/** Plays it with nobody listening, a minute between two scenes. */
function played(scenario: Scenario): { sandbox: Sandbox; pull: PullRequest; scenes: readonly string[] } {
  const clock = testClock();
  const sandbox = givenSandbox({ clock });
  const play = scenario.play(setStage(sandbox, scenario.configuration));
  const scenes: string[] = [];
  for (;;) {
    const scene = play.next();
    if (scene.done) return { sandbox, pull: scene.value, scenes };
    scenes.push(scene.value);
    clock.advance(60);
  }
}

function endOf({ repository }: PullRequest): string {
  const issues = [...repository.issues.values()].map((issue) => ({
    number: issue.number,
    is: issue.state === "open" ? "open" : issue.stateReason,
  }));
  const pulls = [...repository.pulls.values()].map((pull) => ({
    number: pull.number,
    is: pull.merged ? `merged by ${pull.mergedBy?.login ?? "nobody"}` : pull.state,
  }));
  const threads = [...issues, ...pulls].sort((a, b) => a.number - b.number);
  return threads.map(({ number, is }) => `#${number} ${is}`).join(", ");
}

describe.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  "given the scenario %s, played with nobody listening",
  (name, scenario) => {
    const { sandbox, pull, scenes } = played(scenario);

    test("then GitHub has ended it the usual way", () => {
      expect(endOf(pull)).toBe(ENDS[name]);
      expect(pull.merged).toBe(true);
      expect(sandbox.errors).toEqual([]);
    });

    test("then every delivery is valid by the schema of its event and action", () => {
      expect(sandbox.deliveries.flatMap(schemaErrors)).toEqual([]);
    });

    test("then no two scenes read the same", () => {
      expect(new Set(scenes).size).toBe(scenes.length);
    });

    test("then its configuration is on the default branch, from before the first scene", () => {
      const { git, defaultBranch, createdAt } = pull.repository;
      expect(git.file(".github/loopforge.yml", defaultBranch)).toBe(scenario.configuration);
      const pushes = sandbox.deliveries.filter(({ event, at }) => event === "push" && at === createdAt);
      expect(JSON.stringify(pushes.map(({ payload }) => payload)).includes("loopforge.yml")).toBe(
        scenario.configuration !== undefined,
      );
    });
  },
);

test("given all scenarios, then each has a name and a title of its own", () => {
  expect(new Set(ALL_SCENARIOS.map(({ name }) => name)).size).toBe(ALL_SCENARIOS.length);
  expect(new Set(ALL_SCENARIOS.map(({ title }) => title)).size).toBe(ALL_SCENARIOS.length);
});

test("given all scenarios, then the demo's are the first of them and need no configuration", () => {
  expect(ALL_SCENARIOS.slice(0, SCENARIOS.length)).toEqual(SCENARIOS);
  expect(SCENARIOS.map(({ configuration }) => configuration)).toEqual([undefined, undefined, undefined]);
});

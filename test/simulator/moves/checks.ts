import type { CheckRun } from "../../../src/sandbox/index.js";
import { type Move, ownPulls, type Pick, type Stage } from "./stage.js";

const NAMES = ["build", "build", "build", "lint", "test"] as const;
const CONCLUSIONS = [
  "success",
  "success",
  "success",
  "failure",
  "neutral",
  "skipped",
  "cancelled",
  "timed_out",
] as const;

/** What CI does, on what the team has pushed and in the merge queue. */
export const CHECKS: readonly Move[] = [
  {
    name: "start a check",
    by: "team",
    weight: 5,
    play(stage, pick) {
      const [sha, about] = target(stage, pick);
      if (!sha) return null;
      const name = pick.oneOf(NAMES);
      stage.repository.startCheck({ app: stage.ci, sha, name }).start();
      return { by: stage.ci.bot, words: `CI starts ${name} on ${about}` };
    },
  },
  {
    name: "complete a check",
    by: "team",
    weight: 6,
    play(stage, pick) {
      const run = pick.of(runs(stage, ({ status }) => status !== "completed"));
      if (!run) return null;
      const conclusion = pick.oneOf(CONCLUSIONS);
      run.complete(conclusion);
      return { by: stage.ci.bot, words: `CI ends ${run.name} on ${short(run)}: ${conclusion}` };
    },
  },
  {
    name: "report a check",
    by: "team",
    weight: 8,
    play(stage, pick) {
      const [sha, about] = target(stage, pick);
      if (!sha) return null;
      const [name, conclusion] = [pick.oneOf(NAMES), pick.oneOf(CONCLUSIONS)];
      stage.repository.reportCheck({ app: stage.ci, sha, name, conclusion });
      return { by: stage.ci.bot, words: `CI says of ${name} on ${about}: ${conclusion}` };
    },
  },
  {
    name: "restart a check in place",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const run = pick.of(runs(stage, ({ status }) => status === "completed"));
      if (!run) return null;
      run.restart();
      return { by: stage.ci.bot, words: `CI sets the same ${run.name} on ${short(run)} to running` };
    },
  },
  {
    name: "change a check in place",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const run = pick.of(runs(stage, ({ status }) => status === "completed"));
      if (!run) return null;
      const conclusion = pick.oneOf(CONCLUSIONS);
      const completedAt = stage.repository.world.now();
      run.update({ status: "completed", conclusion, completedAt });
      return { by: stage.ci.bot, words: `CI changes the same ${run.name} on ${short(run)} to ${conclusion}` };
    },
  },
  {
    name: "set a status",
    by: "team",
    weight: 2,
    play(stage, pick) {
      const [sha, about] = target(stage, pick);
      if (!sha) return null;
      const by = pick.oneOf(stage.team);
      const context = pick.oneOf(["deploy", "build"]);
      const state = pick.oneOf(["success", "success", "pending", "failure", "error"]);
      stage.repository.setStatus({ by, sha, state, context });
      return { by, words: `${by.login} sets the status ${context} of ${about} to ${state}` };
    },
  },
];

/** The head of a pull request, or the trial merge of the queue. */
function target(stage: Stage, pick: Pick): readonly [sha: string | undefined, about: string] {
  const pull = pick.of(ownPulls(stage));
  const group = pull?.mergeGroup;
  return group
    ? [group.headSha, `the trial merge of #${pull.number}`]
    : [pull?.headSha, `the head of #${pull?.number}`];
}

function runs({ repository, ci }: Stage, wanted: (run: CheckRun) => boolean): readonly CheckRun[] {
  const own = new Set(ownShas(repository.pulls.values()));
  return [...repository.checkSuites.values()]
    .filter(({ app, headSha }) => app.id === ci.id && own.has(headSha))
    .flatMap((suite) => suite.runs.filter(wanted));
}

function* ownShas(
  pulls: Iterable<{ readonly headSha: string; readonly mergeGroup: { readonly headSha: string } | null }>,
) {
  for (const { headSha, mergeGroup } of pulls) {
    yield headSha;
    if (mergeGroup) yield mergeGroup.headSha;
  }
}

function short({ suite }: CheckRun): string {
  return suite.headSha.slice(0, 7);
}

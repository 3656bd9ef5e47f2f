import { isOpen, type Move, naming, openPull, ownIssues, ownPulls } from "./stage.js";

/** What a team does with its issues and pull requests. */
export const WORK: readonly Move[] = [
  {
    name: "open an issue",
    by: "team",
    weight: 3,
    play(stage, pick) {
      const by = pick.oneOf(stage.team);
      const issue = stage.repository.openIssue({ by, title: `Wish ${stage.step}`, body: null });
      stage.openedIn.set(issue, stage.step);
      return { by, words: `${by.login} opens issue #${issue.number}` };
    },
  },
  {
    name: "take an issue up",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, issue] = [pick.oneOf(stage.team), pick.of(ownIssues(stage))];
      if (!issue) return null;
      issue.assign(by, { by });
      return { by, words: `${by.login} takes up issue #${issue.number}` };
    },
  },
  {
    name: "close an issue",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, issue] = [pick.oneOf(stage.team), pick.of(ownIssues(stage))];
      if (!issue) return null;
      issue.close({ by, reason: "not_planned" });
      return { by, words: `${by.login} closes issue #${issue.number}` };
    },
  },
  {
    name: "reopen an issue",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, issue] = [pick.oneOf(stage.team), pick.of(ownIssues(stage, (one) => !isOpen(one)))];
      if (!issue) return null;
      issue.reopen({ by });
      return { by, words: `${by.login} opens issue #${issue.number} again` };
    },
  },
  {
    name: "open a pull request",
    by: "team",
    weight: 4,
    play(stage, pick) {
      const by = pick.oneOf(stage.team);
      const body = naming(
        pick,
        ownIssues(stage, () => true),
      );
      const base = pick.oneOf(["main", "main", "main", "main", "dev"]);
      const pull = openPull(stage, { by, body, base });
      return { by, words: `${by.login} opens pull request #${pull.number} into ${base}: ${body}` };
    },
  },
  {
    name: "edit a description",
    by: "team",
    weight: 2,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage));
      if (!pull) return null;
      const body = naming(
        pick,
        ownIssues(stage, () => true),
      );
      pull.edit({ by: pull.author, body });
      return { by: pull.author, words: `${pull.author.login} edits #${pull.number}: ${body}` };
    },
  },
  {
    name: "push",
    by: "team",
    weight: 4,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage));
      if (!pull) return null;
      const by = pick.oneOf([pull.author, pull.author, ...stage.team]);
      pull.push({ by, message: `More ${stage.step}` });
      return { by, words: `${by.login} pushes to #${pull.number}` };
    },
  },
  {
    name: "force-push",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage));
      const heads = (pull && stage.journal.pulls.get(pull)?.heads) ?? [];
      const to = pick.of(heads.map(({ sha }) => sha).filter((sha) => sha !== pull?.headSha));
      if (!pull || !to) return null;
      const by = pick.oneOf([pull.author, ...stage.team]);
      pull.forcePush({ by, to });
      return { by, words: `${by.login} force-pushes #${pull.number} back to ${to.slice(0, 7)}` };
    },
  },
  {
    name: "switch the base",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage))];
      if (!pull) return null;
      const base = pull.base === "main" ? "dev" : "main";
      pull.edit({ by, base });
      return { by, words: `${by.login} has #${pull.number} go to ${base}` };
    },
  },
  {
    name: "switch draft",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage));
      if (!pull) return null;
      const by = pull.author;
      if (pull.draft) pull.readyForReview({ by });
      else pull.convertToDraft({ by });
      return { by, words: `${by.login} makes #${pull.number} ${pull.draft ? "a draft" : "ready"}` };
    },
  },
  {
    name: "close a pull request",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.close({ by });
      return { by, words: `${by.login} closes #${pull.number}` };
    },
  },
  {
    name: "reopen a pull request",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage, (one) => !isOpen(one) && !one.merged))];
      if (!pull) return null;
      pull.reopen({ by });
      return { by, words: `${by.login} opens #${pull.number} again` };
    },
  },
  {
    name: "comment",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage, () => true))];
      if (!pull) return null;
      const body = pick.oneOf(["Any news?", "/loopforge refresh", "/loopforge why"]);
      pull.comment({ by, body });
      return { by, words: `${by.login} comments on #${pull.number}: ${body}` };
    },
  },
];

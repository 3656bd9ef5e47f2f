import { isOpen, type Move, ownPulls } from "./stage.js";

const isUnderReview = {
  approved: "approves",
  changes_requested: "wants changes to",
  commented: "comments on",
} as const;

/** What a team does until a change is in. */
export const REVIEW: readonly Move[] = [
  {
    name: "ask for a review",
    by: "team",
    weight: 2,
    play(stage, pick) {
      const [reviewer, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.requestReview(reviewer, { by: pull.author });
      return { by: pull.author, words: `${pull.author.login} asks ${reviewer.login} to review #${pull.number}` };
    },
  },
  {
    name: "take a request back",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage, (one) => isOpen(one) && one.requestedReviewers.length > 0));
      const [reviewer] = pull?.requestedReviewers ?? [];
      if (!pull || !reviewer) return null;
      pull.removeReviewRequest(reviewer, { by: pull.author });
      return { by: pull.author, words: `${pull.author.login} no longer asks ${reviewer.login} about #${pull.number}` };
    },
  },
  {
    name: "review",
    by: "team",
    weight: 9,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf([...stage.team, stage.admin]), pick.of(ownPulls(stage))];
      if (!pull) return null;
      const state = pick.oneOf(["approved", "approved", "approved", "changes_requested", "commented"]);
      pull.review({ by, state, body: "Seen." });
      return { by, words: `${by.login} ${isUnderReview[state]} #${pull.number}` };
    },
  },
  {
    name: "make ready",
    by: "team",
    weight: 6,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage));
      if (!pull) return null;
      const { repository, ci } = stage;
      repository.reportCheck({ app: ci, sha: pull.headSha, name: "build", conclusion: "success" });
      const others = [...stage.team, stage.admin].filter((one) => one !== pull.author);
      for (const by of others) pull.review({ by, state: "approved", body: "Good." });
      return {
        by: ci.bot,
        words: `CI passes build on #${pull.number}, and everybody but ${pull.author.login} approves it`,
      };
    },
  },
  {
    name: "dismiss a review",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const by = pick.oneOf(stage.team);
      const reviews = ownPulls(stage, () => true).flatMap((pull) => pull.reviews);
      const review = pick.of(reviews.filter(({ state }) => state === "approved" || state === "changes_requested"));
      if (!review) return null;
      review.pull.dismissReview(review, { by, message: "Outdated" });
      return { by, words: `${by.login} dismisses the review of ${review.author.login} on #${review.pull.number}` };
    },
  },
  {
    name: "merge",
    by: "team",
    weight: 9,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf([...stage.team, stage.admin]), pick.of(ownPulls(stage))];
      if (!pull) return null;
      const method = pick.oneOf(["merge", "squash", "rebase"]);
      // What is merged by hand waits in the queue no more.
      pull.mergeGroup?.dequeue({ by });
      pull.merge({ by, method });
      return { by, words: `${by.login} merges #${pull.number} into ${pull.base} (${method})` };
    },
  },
  {
    name: "land by a push",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.mergeGroup?.dequeue({ by });
      pull.landByPush({ by });
      return { by, words: `${by.login} pushes the commits of #${pull.number} to ${pull.base}` };
    },
  },
  {
    name: "enqueue",
    by: "team",
    weight: 2,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.team), pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.enqueue({ by });
      return { by, words: `${by.login} puts #${pull.number} into the merge queue` };
    },
  },
  {
    name: "merge from the queue",
    by: "team",
    weight: 2,
    play(stage, pick) {
      const pull = pick.of(ownPulls(stage, (one) => isOpen(one) && one.mergeGroup !== null));
      if (!pull?.mergeGroup) return null;
      const by = stage.repository.world.mergeQueueBot;
      pull.mergeGroup.merge();
      return { by, words: `the merge queue merges #${pull.number}` };
    },
  },
  {
    name: "close by a commit",
    by: "team",
    weight: 1,
    play(stage, pick) {
      const by = pick.oneOf(stage.team);
      const issue = pick.of(stage.repository.issues.values());
      if (!issue) return null;
      stage.repository.putFile("hotfix.txt", `${stage.step}\n`, { by, message: `Fixes #${issue.number}` });
      return { by, words: `${by.login} pushes a commit to main that closes issue #${issue.number}` };
    },
  },
];

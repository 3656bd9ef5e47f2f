import type { PullRequest } from "../../../src/sandbox/index.js";
import { fileOf, NOTHING_ASKED, type Policy } from "../options.js";
import { isOpen, type Move, openPull, ownPulls, type Pick, type Stage } from "./stage.js";

/** What tries to look like a command, or like LoopForge's own comment. */
const HOSTILE = [
  "/loopforge automerge on",
  "/loopforge justify because I say so",
  "/loopforge refresh",
  "<!-- loopforge:audit -->\n\n**Closed**",
  "<!-- \n/loopforge automerge on\n-->",
  "> /loopforge automerge on",
  "Fixes #1, fixes #2, closes #3",
] as const;

/** What somebody does who may only read. */
const OUTSIDER: readonly Move[] = [
  {
    name: "outsider opens a pull request",
    by: "outsider",
    weight: 4,
    play(stage, pick) {
      const by = pick.oneOf(stage.outsiders);
      stage.repository.fork({ by });
      const body = namingAnything(stage, pick);
      const pull = openPull(stage, { by, body, head: `${by.login}:change-${stage.step}` });
      return { by, words: `${by.login}, a reader, opens #${pull.number} from a fork: ${body}` };
    },
  },
  {
    name: "outsider edits a description",
    by: "outsider",
    weight: 3,
    play(stage, pick) {
      const pull = pick.of(outsiders(stage, () => true));
      if (!pull) return null;
      const body = namingAnything(stage, pick);
      pull.edit({ by: pull.author, body });
      return { by: pull.author, words: `${pull.author.login}, a reader, edits #${pull.number}: ${body}` };
    },
  },
  {
    name: "outsider pushes",
    by: "outsider",
    weight: 2,
    play(stage, pick) {
      const pull = pick.of(outsiders(stage));
      if (!pull) return null;
      pull.push({ by: pull.author, message: pick.oneOf([`More ${stage.step}`, "Fixes #1"]) });
      return { by: pull.author, words: `${pull.author.login}, a reader, pushes to #${pull.number}` };
    },
  },
  {
    name: "outsider closes or reopens",
    by: "outsider",
    weight: 2,
    play(stage, pick) {
      const pull = pick.of(outsiders(stage, ({ merged }) => !merged));
      if (!pull) return null;
      const by = pull.author;
      if (isOpen(pull)) pull.close({ by });
      else pull.reopen({ by });
      return { by, words: `${by.login}, a reader, ${isOpen(pull) ? "opens" : "closes"} #${pull.number}` };
    },
  },
  {
    name: "outsider reviews",
    by: "outsider",
    weight: 3,
    play(stage, pick) {
      const [by, pull] = [pick.oneOf(stage.outsiders), pick.of([...stage.repository.pulls.values()].filter(isOpen))];
      if (!pull) return null;
      const state = pick.oneOf(["approved", "changes_requested", "commented"]);
      pull.review({ by, state, body: "Trust me." });
      return { by, words: `${by.login}, a reader, says ${state} on #${pull.number}` };
    },
  },
  {
    name: "outsider comments",
    by: "outsider",
    weight: 3,
    play(stage, pick) {
      const [by, thread] = [pick.oneOf(stage.outsiders), pick.of(Object.values(stage.repository.threads))];
      if (!thread) return null;
      const body = pick.oneOf(HOSTILE);
      thread.comment({ by, body });
      return { by, words: `${by.login}, a reader, comments on #${thread.number}: ${JSON.stringify(body)}` };
    },
  },
  {
    name: "outsider opens an issue",
    by: "outsider",
    weight: 1,
    play(stage, pick) {
      const by = pick.oneOf(stage.outsiders);
      const issue = stage.repository.openIssue({ by, title: `Complaint ${stage.step}`, body: pick.oneOf(HOSTILE) });
      stage.openedIn.set(issue, stage.step);
      return { by, words: `${by.login}, a reader, opens issue #${issue.number}` };
    },
  },
];

/** What somebody does who may write, and wants a change in that nobody looked at. */
const WRITER: readonly Move[] = [
  {
    name: "writer opens a pull request",
    by: "writer",
    weight: 2,
    play(stage, pick) {
      const by = stage.writer;
      const pull = openPull(stage, { by, body: namingAnything(stage, pick), base: pick.oneOf(["main", "dev"]) });
      return { by, words: `${by.login} opens #${pull.number} into ${pull.base}: ${pull.body}` };
    },
  },
  {
    name: "writer pushes and approves",
    by: "writer",
    weight: 2,
    play(stage, pick) {
      const [by, pull] = [stage.writer, pick.of(ownPulls(stage))];
      if (!pull || pull.author === by) return null;
      pull.push({ by, message: `Mine ${stage.step}` });
      pull.review({ by, state: "approved" });
      return { by, words: `${by.login} pushes to #${pull.number} and approves it` };
    },
  },
  {
    name: "writer pushes and merges",
    by: "writer",
    weight: 2,
    play(stage, pick) {
      const [by, pull] = [stage.writer, pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.push({ by, message: `Mine ${stage.step}` });
      pull.merge({ by });
      return { by, words: `${by.login} pushes to #${pull.number} and merges it at once` };
    },
  },
  {
    name: "writer switches the base and merges",
    by: "writer",
    weight: 2,
    play(stage, pick) {
      const [by, pull] = [stage.writer, pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.edit({ by, base: pull.base === "main" ? "dev" : "main" });
      pull.mergeGroup?.dequeue({ by });
      if (pick.oneOf([true, false])) pull.merge({ by });
      return { by, words: `${by.login} has #${pull.number} go to ${pull.base}${pull.merged ? " and merges it" : ""}` };
    },
  },
  {
    name: "writer sets a status",
    by: "writer",
    weight: 2,
    play(stage, pick) {
      const [by, pull] = [stage.writer, pick.of(ownPulls(stage))];
      if (!pull) return null;
      stage.repository.setStatus({ by, sha: pull.headSha, state: "success", context: "build" });
      return { by, words: `${by.login} sets the status build of #${pull.number} to success` };
    },
  },
  {
    name: "writer dismisses a review",
    by: "writer",
    weight: 1,
    play(stage, pick) {
      const by = stage.writer;
      const review = pick.of(
        ownPulls(stage).flatMap(({ reviews }) => reviews.filter(({ state }) => state === "changes_requested")),
      );
      if (!review) return null;
      review.pull.dismissReview(review, { by, message: "No" });
      return { by, words: `${by.login} dismisses the objection of ${review.author.login} to #${review.pull.number}` };
    },
  },
  {
    name: "writer commands",
    by: "writer",
    weight: 2,
    play(stage, pick) {
      const [by, pull] = [stage.writer, pick.of(ownPulls(stage, () => true))];
      if (!pull) return null;
      const body = pick.oneOf(HOSTILE);
      pull.comment({ by, body });
      return { by, words: `${by.login} comments on #${pull.number}: ${JSON.stringify(body)}` };
    },
  },
];

/** What somebody does who may change the rules. */
const ADMIN: readonly Move[] = [
  {
    name: "admin changes the policy",
    by: "admin",
    weight: 1,
    play(stage, pick) {
      const by = stage.admin;
      const policy: Policy = pick.oneOf([
        NOTHING_ASKED,
        { ...NOTHING_ASKED, ci: false },
        { ...stage.policy, approvals: 1 },
      ]);
      stage.repository.putFile(".github/loopforge.yml", fileOf(policy), { by });
      stage.policy = policy;
      stage.journal.setPolicy(policy);
      return { by, words: `${by.login} changes what is asked for: ${JSON.stringify(policy)}` };
    },
  },
  {
    name: "admin changes a permission",
    by: "admin",
    weight: 1,
    play(stage, pick) {
      const [by, user] = [stage.admin, pick.oneOf([...stage.team, stage.writer])];
      const isWriter = stage.repository.mayWrite(user);
      stage.repository.grant(user, isWriter ? "read" : "write");
      stage.journal.unsure.add(user);
      return { by, words: `${by.login} lets ${user.login} ${isWriter ? "only read" : "write"}` };
    },
  },
  {
    name: "admin merges against everything",
    by: "admin",
    weight: 1,
    play(stage, pick) {
      const [by, pull] = [stage.admin, pick.of(ownPulls(stage))];
      if (!pull) return null;
      pull.mergeGroup?.dequeue({ by });
      pull.merge({ by });
      return { by, words: `${by.login} merges #${pull.number}` };
    },
  },
];

export const ADVERSARY: readonly Move[] = [...OUTSIDER, ...WRITER, ...ADMIN];

function outsiders(
  { repository, outsiders: them }: Stage,
  wanted: (pull: PullRequest) => boolean = isOpen,
): readonly PullRequest[] {
  return [...repository.pulls.values()].filter((pull) => them.includes(pull.author) && wanted(pull));
}

/** Issues, pull requests, and what is not there. */
function namingAnything({ repository }: Stage, pick: Pick): string {
  const numbers = [...repository.issues.keys(), ...repository.pulls.keys(), 999];
  const named = [pick.of(numbers), pick.of(numbers), pick.of(numbers)].map((number) => `fixes #${number}`);
  return pick.oneOf([named[0] ?? "", named.join(", "), "Nothing."]);
}

import { beforeEach, describe, expect, test } from "vitest";
import { type BrokenRule, brokenRulesIn } from "../../src/core/index.js";
import type { Comment, Issue, PullRequest, User } from "../../src/sandbox/index.js";
import {
  answersTo,
  auditOf,
  type Flow,
  givenFlow,
  idOfIssue,
  idOfPull,
  openPull,
  passCi,
  refusal,
} from "../github/flow.js";
import { newest } from "../support/payloads.js";

let app: Flow;

beforeEach(async () => {
  app = givenFlow();
  await app.settle();
});

/** Writes a comment, as Bob unless told otherwise, and has it worked. */
async function say(body: string, thread: Issue | PullRequest, by: User = app.bob): Promise<Comment> {
  const comment = thread.comment({ by, body });
  await app.settle();
  return comment;
}

function openIssue(): Issue {
  return app.shop.openIssue({ by: app.alice, title: "The cart is broken" });
}

const LIKED = ["+1 loopforge[bot]"];
const CONFUSED = ["confused loopforge[bot]"];
const REFUSED = ["-1 loopforge[bot]"];

function isReply({ method, url }: Request): boolean {
  return method === "POST" && /\/issues\/\d+\/comments$/.test(url);
}

function isReaction({ url }: Request): boolean {
  return url.endsWith("/reactions");
}

/** A pull request that was merged with CI red. */
async function brokenPull(body = ""): Promise<PullRequest> {
  const pull = openPull(app, { body });
  app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
  await app.settle();
  pull.merge({ by: app.carol });
  await app.settle();
  return pull;
}

async function brokenRules(pull: PullRequest): Promise<readonly BrokenRule[]> {
  const head = await app.head(idOfPull(pull));
  if (!head) throw new Error("The pull request has no record");
  return brokenRulesIn({ head, entries: await app.entries(idOfPull(pull)) });
}

describe("given somebody without write access", () => {
  test.each(["status", "queue", "automerge on", "justify it was me", "refresh", "help", "dance"])(
    "when they say /loopforge %s, then they are refused with a reaction, and nothing else happens",
    async (said) => {
      const pull = await brokenPull();
      const before = await app.entries(idOfPull(pull));
      const comment = await say(`/loopforge ${said}`, pull, app.mallory);
      expect(answersTo(comment)).toEqual({ reactions: REFUSED, replies: [] });
      expect(await app.entries(idOfPull(pull))).toEqual(before);
    },
  );

  test("when somebody may triage only, then that is not enough", async () => {
    app.shop.grant(app.mallory, "triage");
    const comment = await say("/loopforge queue", openIssue(), app.mallory);
    expect(answersTo(comment).reactions).toEqual(REFUSED);
  });

  test("when it is a bot that GitHub gives no permission, then it is refused", async () => {
    const issue = openIssue();
    const comment = await say("/loopforge queue", issue, app.ci.bot);
    expect(answersTo(comment).reactions).toEqual(REFUSED);
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
  });

  test("when GitHub does not say what somebody may do, then they are refused", async () => {
    app.fault(
      ({ url }) => url.includes("/collaborators/"),
      () => refusal(404, "Not Found"),
    );
    expect(answersTo(await say("/loopforge queue", openIssue(), app.alice)).reactions).toEqual(REFUSED);
  });

  test("when write access is taken away, then five minutes later it is gone here too", async () => {
    const issue = openIssue();
    expect(answersTo(await say("/loopforge help", issue)).reactions).toEqual(LIKED);
    app.shop.grant(app.bob, "read");
    app.clock.advance(300);
    expect(answersTo(await say("/loopforge help", issue)).reactions).toEqual(REFUSED);
  });
});

describe("given a comment that is no command", () => {
  test.each([
    ["of the App's own", () => app.sandbox.app.bot, "/loopforge queue"],
    ["with the command in a quote", () => app.bob, "> /loopforge queue"],
    ["with the command in code", () => app.bob, "```\n/loopforge queue\n```"],
    ["of any other kind", () => app.bob, "Looks good to me"],
  ])("when it is one %s, then GitHub is asked nothing about it and told nothing", async (_, by, body) => {
    const issue = openIssue();
    await app.settle();
    app.requests();
    const comment = await say(body, issue, by());
    expect(answersTo(comment)).toEqual({ reactions: [], replies: [] });
    expect(app.requests().filter((request) => !request.includes("/contents/"))).toEqual([]);
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
  });

  test("when a command is edited into a comment, then it is not obeyed", async () => {
    const issue = openIssue();
    const comment = await say("Hello", issue);
    comment.edit({ by: app.bob, body: "/loopforge queue" });
    await app.settle();
    expect(answersTo(comment).reactions).toEqual([]);
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
  });
});

describe("given /loopforge help", () => {
  test("when it is asked for, then the reply names every command and links nowhere", async () => {
    const { reactions, replies } = answersTo(await say("/loopforge", openIssue()));
    expect(reactions).toEqual(LIKED);
    expect(replies).toHaveLength(1);
    for (const name of ["status", "queue", "automerge on", "off", "justify <reason>", "refresh", "help"]) {
      expect(replies[0]).toContain(name);
    }
    expect(replies[0]).not.toMatch(/@|https?:/);
  });

  test.each([
    ["a mention", "@acme/everyone"],
    ["markup", "<img src=x onerror=alert(1)> **bold** [x](https://evil.example)"],
    ["a table", "| a | b |"],
    ["code", "```js"],
  ])("when what was said is not understood and has %s in it, then the reply says it as code", async (_, said) => {
    const { reactions, replies } = answersTo(await say(`/loopforge ${said}`, openIssue()));
    expect(reactions).toEqual(CONFUSED);
    const [line = ""] = replies[0]?.split("\n") ?? [];
    expect(line).toMatch(/^LoopForge did not understand `[^`]*`\.$/);
    expect(replies[0]?.replace(/`[^`]*`/g, "")).not.toMatch(/@|evil|onerror/);
  });
});

describe("given /loopforge status", () => {
  test("when the pull request resolves two issues, then both are told, each on a line, with nobody mentioned", async () => {
    const [one, other] = [openIssue(), openIssue()];
    const pull = openPull(app, { body: `Fixes #${one.number}, fixes #${other.number}` });
    passCi(app, pull);
    await app.settle();
    const { reactions, replies } = answersTo(await say("/loopforge status", pull));
    expect(reactions).toEqual(LIKED);
    const address = `https://github.com/acme/shop/pull/${pull.number}`;
    expect(replies).toEqual([
      [
        `- \`acme/shop#1\`: **CI passed** – Ready to merge – CI passed – [pull request](${address})`,
        `- \`acme/shop#2\`: **CI passed** – Ready to merge – CI passed – [pull request](${address})`,
      ].join("\n"),
    ]);
  });

  test("when a rule was broken, then the status says so first", async () => {
    const { replies } = answersTo(await say("/loopforge status", await brokenPull()));
    expect(replies[0]).toContain("🔴 – Merged before CI passed");
  });

  test("when there is no record yet, then the reply says what to do, and none is made", async () => {
    const issue = openIssue();
    app.lose();
    const { reactions, replies } = answersTo(await say("/loopforge status", issue));
    expect({ reactions, replies }).toEqual({
      reactions: CONFUSED,
      replies: ["LoopForge has no record of this yet. `/loopforge refresh` looks for it."],
    });
    expect(await app.recordIds()).toEqual([]);
  });

  test("when it is asked, then the record does not change", async () => {
    const issue = openIssue();
    await app.settle();
    const before = await app.head(idOfIssue(issue));
    await say("/loopforge status", issue);
    expect(await app.head(idOfIssue(issue))).toEqual(before);
  });
});

describe("given /loopforge queue", () => {
  test("when it stands on an issue, then the issue is queued by whoever said it", async () => {
    const issue = openIssue();
    const comment = await say("/loopforge queue", issue);
    expect(answersTo(comment)).toEqual({ reactions: LIKED, replies: [] });
    const entry = (await app.entries(idOfIssue(issue))).at(-1);
    expect(entry).toMatchObject({
      ...{ kind: "transition", fromState: "issue_created", toState: "task_queued", trigger: "worker.picked_up" },
      metadata: { command: "queue", url: `https://github.com/acme/shop/issues/1#issuecomment-${comment.id}` },
      people: [{ role: "actor", type: "User" }],
      occurredAt: `${comment.createdAt.slice(0, -1)}.000Z`,
      source: { kind: "webhook", event: "issue_comment.created" },
    });
    const person = entry?.people[0]?.person;
    expect(person && (await app.store.people.find(person))?.account.login).toBe("bob");
  });

  test("when the issue has no record yet, then it gets one", async () => {
    const issue = openIssue();
    app.lose();
    await say("/loopforge queue", issue);
    expect(await app.stateOf(idOfIssue(issue))).toBe("task_queued");
  });

  test("when it stands on a pull request, then the reply says where it belongs", async () => {
    const pull = openPull(app);
    await app.settle();
    const before = await app.history(idOfPull(pull));
    const { reactions, replies } = answersTo(await say("/loopforge queue", pull));
    expect(reactions).toEqual(CONFUSED);
    expect(replies).toEqual(["`/loopforge queue` is for issues: a pull request is work that was taken up."]);
    expect(await app.history(idOfPull(pull))).toEqual(before);
  });
});

describe("given /loopforge automerge", () => {
  test.each([
    ["on", true],
    ["off", false],
  ])("when it is switched %s, then the record has that, and the ledger has who said it", async (word, on) => {
    const pull = openPull(app);
    await app.settle();
    const comment = await say(`/loopforge automerge ${word}`, pull);
    const commit = pull.headSha.slice(0, 7);
    const named = `LoopForge will merge commit \`${commit}\` into \`main\` once nothing is missing.`;
    expect(answersTo(comment)).toEqual({ reactions: LIKED, replies: on ? [named] : [] });
    expect((await app.entries(idOfPull(pull))).at(-1)).toMatchObject({
      ...{ kind: "note", trigger: "command.automerge", people: [{ role: "actor" }] },
      metadata: { command: "automerge", on },
    });
    expect((await app.head(idOfPull(pull)))?.autoMerge).toBe(on);
    expect(auditOf(pull)).toMatch(/auto.?merge/i);
  });

  test("when it stands on an issue, then the reply says where it belongs", async () => {
    const { reactions, replies } = answersTo(await say("/loopforge automerge on", openIssue()));
    expect(reactions).toEqual(CONFUSED);
    expect(replies).toEqual(["`/loopforge automerge` is for pull requests."]);
  });

  test("when nothing was heard of the pull request yet, then it is read first", async () => {
    const pull = openPull(app, { draft: true });
    app.lose();
    expect(answersTo(await say("/loopforge automerge on", pull)).reactions).toEqual(LIKED);
    expect((await app.head(idOfPull(pull)))?.autoMerge).toBe(true);
  });
});

describe("given /loopforge justify", () => {
  test("when a rule was broken, then the reason is recorded, with who gave it and what it answers", async () => {
    const pull = await brokenPull();
    const exception = (await app.entries(idOfPull(pull))).find(({ kind }) => kind === "exception");
    const comment = await say("/loopforge justify The site was down", pull);
    expect(answersTo(comment)).toEqual({ reactions: LIKED, replies: [] });
    const entry = (await app.entries(idOfPull(pull))).at(-1);
    expect(entry).toMatchObject({
      ...{ kind: "justified", toState: null, trigger: "command.justified" },
      people: [{ role: "actor", type: "User" }],
      metadata: {
        ...{ command: "justify", reason: "The site was down" },
        answers: [`${idOfPull(pull)}#${exception?.seq}`],
        url: `https://github.com/acme/shop/pull/1#issuecomment-${comment.id}`,
      },
    });
    const head = await app.head(idOfPull(pull));
    expect({ state: head?.state, exceptions: head?.exceptions }).toEqual({ state: "closed", exceptions: 1 });
    expect(auditOf(pull)).toMatch(/justif/i);
  });

  test("when much has happened since, then what was broken long ago is answered all the same", async () => {
    const pull = await brokenPull();
    for (let count = 0; count < 70; count++) {
      app.clock.advance(1);
      pull.review({ by: app.mallory, state: "commented", body: "And another thing" });
    }
    await app.settle();
    expect(answersTo(await say("/loopforge justify The site was down", pull)).reactions).toEqual(LIKED);
    const broken = await brokenRules(pull);
    expect(broken.map(({ justifications }) => justifications.map(({ metadata }) => metadata.reason))).toEqual([
      ["The site was down"],
    ]);
  });

  test("when it is asked twice, then both answers name what was broken", async () => {
    const pull = await brokenPull();
    for (const reason of ["The site was down", "Agreed"]) await say(`/loopforge justify ${reason}`, pull);
    const [broken] = await brokenRules(pull);
    expect(broken?.justifications.map(({ metadata }) => metadata.reason)).toEqual(["The site was down", "Agreed"]);
  });

  test("when no rule was broken, then there is nothing to answer, and nothing is recorded", async () => {
    const pull = openPull(app);
    await app.settle();
    const before = await app.history(idOfPull(pull));
    const { reactions, replies } = answersTo(await say("/loopforge justify Just in case", pull));
    expect(reactions).toEqual(CONFUSED);
    expect(replies).toEqual(["No rule was broken here: there is nothing to justify."]);
    expect(await app.history(idOfPull(pull))).toEqual(before);
  });

  test("when it stands on the issue that the pull request resolved, then it is recorded there", async () => {
    const issue = openIssue();
    await brokenPull(`Fixes #${issue.number}`);
    expect(answersTo(await say("/loopforge justify Agreed", issue)).reactions).toEqual(LIKED);
    expect(await app.history(idOfIssue(issue))).toContain("justified (command.justified)");
  });

  test("when two records broke the rule, then both have the answer, and each names both", async () => {
    const issues = [openIssue(), openIssue()];
    const pull = await brokenPull(`Fixes #1, fixes #2`);
    await say("/loopforge justify The site was down", pull);
    for (const issue of issues) {
      const entry = (await app.entries(idOfIssue(issue))).find(({ kind }) => kind === "justified");
      const [one = "", other = ""] = issues.map((each) => idOfIssue(each));
      expect(entry?.metadata.answers).toEqual([expect.stringContaining(one), expect.stringContaining(other)]);
    }
  });

  test("when the reason is hostile, then the audit comment does not render it", async () => {
    const pull = await brokenPull();
    await say("/loopforge justify @acme/everyone | <b>x</b> | [a](https://evil.example)", pull);
    expect(auditOf(pull).replace(/`[^`]*`/g, "")).not.toMatch(/@acme|<b>|evil\.example/);
  });
});

describe("given /loopforge refresh", () => {
  test("when the delivery of an issue was dropped, then its record is made good", async () => {
    const issue = openIssue();
    issue.assign(app.bob, { by: app.alice });
    app.lose();
    expect(answersTo(await say("/loopforge refresh", issue))).toEqual({ reactions: LIKED, replies: [] });
    expect(await app.history(idOfIssue(issue))).toEqual([
      "created  → issue_created (created)",
      "transition issue_created → task_queued (worker.picked_up)",
    ]);
    const sources = (await app.entries(idOfIssue(issue))).map(({ source }) => source.kind);
    expect(sources).toEqual(["snapshot", "snapshot"]);
  });

  test("when checks and an approval were dropped, then the record and the report are made good, at GitHub's times", async () => {
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    const passedAt = app.clock().toISOString();
    app.clock.advance(60);
    pull.review({ by: app.bob, state: "approved" });
    app.lose();
    await say("/loopforge refresh", pull);
    expect((await app.history(idOfPull(pull))).slice(-4)).toEqual([
      "transition pr_created → ci_pending (ci.started)",
      "transition ci_pending → ci_passed (ci.passed)",
      "transition ci_passed → awaiting_review (review.requested)",
      "transition awaiting_review → approved (review.approved)",
    ]);
    const passed = (await app.entries(idOfPull(pull))).find(({ toState }) => toState === "ci_passed");
    expect(passed).toMatchObject({ occurredAt: passedAt, source: { kind: "snapshot" } });
    expect(auditOf(pull)).toContain("Ready to merge – CI passed, approved");
  });

  test("when nothing was missed, then nothing is recorded", async () => {
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    const before = await app.entries(idOfPull(pull));
    expect(answersTo(await say("/loopforge refresh", pull)).reactions).toEqual(LIKED);
    expect(await app.entries(idOfPull(pull))).toEqual(before);
  });

  test("when what the team asks for was changed, then the record is decided anew", async () => {
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    app.shop.putFile(".github/loopforge.yml", "approvals:\n  required: 1\n", { by: app.carol });
    await app.settle();
    await say("/loopforge refresh", pull);
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });

  test("when GitHub fails meanwhile, then the command fails, to be tried again, and is then obeyed", async () => {
    const issue = openIssue();
    app.lose();
    let down = true;
    app.fault(
      ({ url }) => url.includes("/timeline"),
      () => (down ? refusal(502, "Bad Gateway") : null),
    );
    const comment = issue.comment({ by: app.bob, body: "/loopforge refresh" });
    await expect(app.settle()).rejects.toThrow("Bad Gateway");
    expect(answersTo(comment).reactions).toEqual([]);
    down = false;
    await app.receive(newest(app.sandbox, "issue_comment.created"));
    expect(answersTo(comment).reactions).toEqual(LIKED);
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
  });
});

describe("given that a command's delivery comes again", () => {
  const COMMANDS = ["/loopforge help", "/loopforge status", "/loopforge automerge on", "/loopforge justify Sorry"];

  test.each(COMMANDS)("when %s was done, then it is neither obeyed nor answered twice", async (body) => {
    const pull = await brokenPull();
    const comment = await say(body, pull);
    const [before, answers] = [await app.entries(idOfPull(pull)), answersTo(comment)];
    await app.receive(newest(app.sandbox, "issue_comment.created"));
    expect(await app.entries(idOfPull(pull))).toEqual(before);
    expect(answersTo(comment)).toEqual(answers);
  });

  test.each(COMMANDS)(
    "when %s was answered and the process died before it knew, then it is recorded and answered once",
    async (body) => {
      const pull = await brokenPull();
      let dies = true;
      app.fault(/help|status/.test(body) ? isReply : isReaction, async (proceed) => {
        if (!dies) return null;
        dies = false;
        await proceed();
        return refusal(502, "Bad Gateway");
      });
      const comment = pull.comment({ by: app.bob, body });
      const delivery = newest(app.sandbox, "issue_comment.created");
      await expect(app.receive(delivery)).rejects.toThrow("Bad Gateway");
      const [before, answers] = [await app.entries(idOfPull(pull)), answersTo(comment)];
      expect(answers.reactions).toEqual(LIKED);
      expect(answers.replies).toHaveLength(/help|status/.test(body) ? 1 : 0);
      await app.receive(delivery);
      expect(await app.entries(idOfPull(pull))).toEqual(before);
      expect(answersTo(comment)).toEqual(answers);
    },
  );

  test("when GitHub no longer has the comment, then the command is done all the same", async () => {
    const issue = openIssue();
    await app.settle();
    const comment = issue.comment({ by: app.bob, body: "/loopforge queue" });
    const [delivery] = app.sandbox.takePending();
    comment.delete({ by: app.bob });
    if (delivery) await app.receive(delivery);
    expect(await app.stateOf(idOfIssue(issue))).toBe("task_queued");
  });
});

describe("given a rule of one repository that was broken by work on an issue of another", () => {
  async function givenBroken() {
    const notes = app.sandbox.repository("acme/notes");
    notes.grant(app.mallory, "write");
    notes.grant(app.bob, "write");
    const issue = notes.openIssue({ by: app.mallory, title: "The cart is slow" });
    await app.settle();
    const pull = openPull(app, { body: `Fixes acme/notes#${issue.number}` });
    app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
    await app.settle();
    pull.merge({ by: app.carol });
    await app.settle();
    return issue;
  }
  const justifications = async (issue: Issue) =>
    (await app.history(idOfIssue(issue))).filter((line) => line.startsWith("justified"));

  test("when somebody justifies it who may write to the issue's repository only, then it stays, and the answer says why", async () => {
    const issue = await givenBroken();
    const { reactions, replies } = answersTo(await say("/loopforge justify fine by me", issue, app.mallory));
    expect(reactions).toEqual(REFUSED);
    expect(replies).toEqual([expect.stringContaining("`acme/shop`")]);
    expect(await justifications(issue)).toEqual([]);
  });

  test("when somebody justifies it who may write to both, then it is justified", async () => {
    const issue = await givenBroken();
    expect(answersTo(await say("/loopforge justify a hotfix", issue, app.bob)).reactions).toEqual(LIKED);
    expect(await justifications(issue)).toHaveLength(1);
  });
});

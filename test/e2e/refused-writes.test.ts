import { beforeEach, describe, expect, test } from "vitest";
import type { PullRequest } from "../../src/sandbox/index.js";
import { answersTo, auditOf, type Flow, givenFlow, openPull, ownChecks, passCi, refusal } from "../github/flow.js";

let app: Flow;
let isLocked: boolean;
let tries: number;
beforeEach(() => {
  app = givenFlow();
  isLocked = true;
  tries = 0;
});

const isComment = ({ method, url }: Request) => method === "POST" && /\/issues\/\d+\/comments$/.test(url);
const isReaction = ({ url }: Request) => url.endsWith("/reactions");
const locked = () => refusal(403, "Unable to create comment because issue is locked.");

/** Its conversation is locked as long as {@link isLocked}, and the tries to write to it are counted. */
function openLocked(): PullRequest {
  app.fault(isComment, () => {
    tries += 1;
    return isLocked ? locked() : null;
  });
  return openPull(app);
}

async function passMore(pull: PullRequest, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    passCi(app, pull, name);
    await app.settle();
  }
}

describe("given a pull request whose conversation is locked", () => {
  test("when checks come in, then the comment is not tried again, and the check run is written", async () => {
    const pull = openLocked();
    await app.settle();
    const before = tries;
    await passMore(pull, "build", "test", "lint");
    expect(tries).toBe(before);
    expect(ownChecks(app.shop, pull.headSha).at(-1)?.output.title).toContain("CI passed");
  });

  test("when it was unlocked and the pull request changes, then the comment is written", async () => {
    const pull = openLocked();
    await app.settle();
    isLocked = false;
    pull.push({ by: app.alice, message: "More" });
    await app.settle();
    expect(auditOf(pull)).not.toBe("");
  });

  test("when it is locked after the comment was written, then that is not edited at each check", async () => {
    const pull = openPull(app);
    await app.settle();
    app.fault(
      ({ method, url }) => method === "PATCH" && url.includes("/issues/comments/"),
      () => {
        tries += 1;
        return locked();
      },
    );
    await passMore(pull, "build");
    const before = tries;
    await passMore(pull, "test", "lint");
    expect([before > 0, tries - before]).toEqual([true, 0]);
  });

  test("when GitHub only fails, then the comment is tried again", async () => {
    app.fault(isComment, () => {
      tries += 1;
      return tries === 1 ? refusal(502, "Bad Gateway") : null;
    });
    const pull = openPull(app);
    await app.receiveAll().catch(() => undefined);
    await passMore(pull, "build");
    expect(auditOf(pull)).not.toBe("");
  });
});

describe("given a command", () => {
  test("when the reaction is refused, then the reply is written all the same", async () => {
    app.fault(isReaction, () => refusal(403, "Resource not accessible by integration"));
    const pull = openPull(app);
    const comment = pull.comment({ by: app.bob, body: "/loopforge help" });
    await app.settle();
    expect(answersTo(comment)).toMatchObject({ reactions: [], replies: [expect.stringContaining("/loopforge")] });
  });

  test("when the reply is refused, then the command is done all the same", async () => {
    app.fault(isComment, locked);
    const pull = openPull(app);
    const comment = pull.comment({ by: app.bob, body: "/loopforge help" });
    await app.settle();
    expect(answersTo(comment)).toMatchObject({ reactions: ["+1 loopforge[bot]"], replies: [] });
  });
});

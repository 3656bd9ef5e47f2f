import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LoopRecord, openEntry } from "../../src/core/index.js";
import { slackHook } from "../../src/hooks/slack.js";
import { slackMessage } from "../../src/hooks/slack-message.js";
import { moment } from "../builders/records.js";
import { givenReceiver } from "../support/receiver.js";
import { ALICE, aStory, givenPosting, MERGED_RED, newestTransition, noSignal, QUEUED } from "./given.js";

const WITH_PULL = {
  prUrl: "https://github.com/acme/shop/pull/8",
  prNumber: 8,
} as const;

async function posted(record: LoopRecord, loginOf = async (): Promise<string | null> => "alice") {
  const receiver = await givenReceiver();
  const { options } = givenPosting();
  const hook = slackHook({ url: `${receiver.url}/services/T/B/X`, loginOf, ...options });
  await hook(...newestTransition(record), noSignal());
  expect(receiver.requests).toMatchObject([
    { path: "/services/T/B/X", headers: { "content-type": "application/json" } },
  ]);
  return JSON.parse(receiver.requests[0]?.body ?? "") as unknown;
}

const mrkdwn = (text: string) => ({ type: "mrkdwn", text, verbatim: true });

describe("the Slack hook", () => {
  it("says what moved where, who moved it, and where to look", async () => {
    expect(await posted(aStory([QUEUED], WITH_PULL))).toEqual({
      text: "acme/shop#7 issue created → task queued",
      blocks: [
        {
          type: "section",
          text: mrkdwn("*<https://github.com/acme/shop/pull/8|acme/shop#7>*  issue created → task queued"),
        },
        {
          type: "context",
          elements: [
            mrkdwn(
              `by alice · worker.picked_up · ${moment(60)} · <https://github.com/acme/shop/pull/8|pull request 8>`,
            ),
          ],
        },
      ],
    });
  });

  it("puts a broken rule in red before everything else", async () => {
    expect(await posted(aStory([QUEUED, MERGED_RED]))).toMatchObject({
      text: "🔴 Merged before ci passed: acme/shop#7 task queued → merged",
      blocks: [
        { type: "section", text: mrkdwn("🔴 *Merged before ci passed*") },
        { type: "section", text: mrkdwn("*acme/shop#7*  task queued → merged") },
        { type: "context" },
      ],
    });
  });

  it("names somebody who was forgotten by their pseudonym, and nobody where nobody is known", async () => {
    expect(JSON.stringify(await posted(aStory([QUEUED]), async () => null))).toContain(
      "by p_abcdefghijklmnopqrstuvwxyz ·",
    );
    expect(JSON.stringify(await posted(aStory([{ ...QUEUED, people: [] }])))).not.toContain("by ");
  });

  it("posts once what it is told again, unless it failed", async () => {
    const receiver = await givenReceiver();
    receiver.script({ status: 400 });
    const hook = slackHook({ url: receiver.url, loginOf: async () => null, ...givenPosting().options });
    const transition = newestTransition(aStory([QUEUED]));
    await expect(hook(...transition, noSignal())).rejects.toThrow("400");
    await hook(...transition, noSignal());
    await hook(...transition, noSignal());
    expect(receiver.requests).toHaveLength(2);
  });

  it("asks again when Slack says that it was too much", async () => {
    const receiver = await givenReceiver();
    receiver.script({ status: 429, headers: { "retry-after": "1" } });
    const { options, waits } = givenPosting();
    const hook = slackHook({ url: receiver.url, loginOf: async () => null, ...options });
    await hook(...newestTransition(aStory([QUEUED])), noSignal());
    expect([waits, receiver.requests.length]).toEqual([[1000], 2]);
  });
});

describe("text from elsewhere in a Slack message", () => {
  const messageFor = (hostile: string, who: readonly string[] = []) => {
    const record = aStory([{ ...QUEUED, trigger: hostile }], { ref: hostile, prUrl: hostile });
    const entry = openEntry(record.entries[1] as (typeof record.entries)[1]);
    return JSON.stringify(slackMessage(record, { ...entry, toState: hostile }, who));
  };

  it.each(["<!channel>", "<!here|here>", "<@U123>", "<#C123>", "<!subteam^S1>", "<https://evil.example.com|click>"])(
    "mentions nobody and links nowhere: %s",
    (hostile) => {
      const message = messageFor(hostile, [hostile]);
      expect(message).not.toMatch(/<[!@#h]/);
      expect(message).toContain("&lt;");
    },
  );

  it("escapes an ampersand first, so that nothing is escaped twice", () => {
    expect(messageFor("&lt;!channel&gt;")).toContain("&amp;lt;!channel&amp;gt;");
  });

  it("cannot format, break out of a link, or write over what stands there", () => {
    const message = messageFor("*bold* _it_ ~no~ `code` a_b a|b \u202eevil\u0000\nnext");
    expect(message.replace(/"text":"\*[^"]*"/g, "")).not.toMatch(/[~`|]/);
    expect(message).toContain("∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ a_b a¦b  evil");
    expect(message).not.toMatch(/[\u202e]|\\u0000|\\n/);
  });

  it.each(["javascript:alert(1)", "https://e.example/|x", "https://e.example/>x", "https://e.example/ x"])(
    "is no link where it is no plain web address: %s",
    (prUrl) => {
      const record = aStory([QUEUED], { prUrl });
      const entry = openEntry(record.entries[1] as (typeof record.entries)[1]);
      expect(JSON.stringify(slackMessage(record, entry, []))).not.toContain("<");
    },
  );

  it("is markup nowhere, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (hostile) => {
        const { text, blocks } = JSON.parse(messageFor(hostile, [hostile])) as { text: string; blocks: unknown[] };
        expect(text + JSON.stringify(blocks)).not.toMatch(/[<>`~]|&(?!amp;|lt;|gt;)/);
      }),
    );
  });

  it("is short", () => {
    expect(messageFor("x".repeat(100_000), ["y".repeat(100_000)]).length).toBeLessThan(2_000);
    expect(ALICE.person).toHaveLength(28);
  });
});

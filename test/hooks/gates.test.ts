import { afterEach, describe, expect, it, vi } from "vitest";
import { HookFailure } from "../../src/hooks/failure.js";
import { askGates } from "../../src/hooks/gates/ask-gates.js";
import { type Gate, type GateQuestion, verdict, verdictMetadata } from "../../src/hooks/gates/gate.js";
import { httpGate } from "../../src/hooks/gates/http-gate.js";
import { signatureHeaders } from "../../src/hooks/signature.js";
import { moment } from "../builders/records.js";
import { givenReceiver, type Scripted } from "../support/receiver.js";
import { aConfiguredGate, aQuestion, aStory, givenIsolation, givenPosting, noSignal, QUEUED } from "./given.js";

const gate = (name: string, ask: Gate["ask"]): Gate => ({ name, ask });
const passing = gate("passing", async () => verdict("pass", ["All is well"]));
const failing = gate("failing", async () => {
  throw new HookFailure("failed", "Its endpoint answered 500");
});

afterEach(() => {
  vi.useRealTimers();
});

describe("asking gates", () => {
  it("gives an answer of each, in their order", async () => {
    const blocking = gate("blocking", async () => verdict("block", ["Too risky"], "Stop"));
    const answers = await askGates([aConfiguredGate(passing), aConfiguredGate(blocking)], aQuestion());
    expect(answers).toEqual([
      {
        ...{ gate: "passing", failed: false },
        verdict: { decision: "pass", title: "Nothing against a merge", reasons: ["All is well"] },
      },
      { gate: "blocking", failed: false, verdict: { decision: "block", title: "Stop", reasons: ["Too risky"] } },
    ]);
  });

  it("asks only those that are for the repository", async () => {
    const other = aConfiguredGate(passing, { filters: { repositories: ["other/*"] } });
    const ours = aConfiguredGate(gate("ours", passing.ask), { filters: { repositories: ["acme/*"] } });
    expect((await askGates([other, ours], aQuestion())).map((answer) => answer.gate)).toEqual(["ours"]);
  });

  it.each([
    { onFailure: "neutral", consequence: "It is configured not to block when it fails." },
    { onFailure: "block", consequence: "It is configured to block when it fails." },
  ] as const)("takes a failure as the operator wants, and says so: $onFailure", async ({ onFailure, consequence }) => {
    const isolation = givenIsolation();
    const [answer] = await askGates([aConfiguredGate(failing, { ...isolation, onFailure })], aQuestion());
    expect(answer).toEqual({
      gate: "failing",
      failed: true,
      verdict: {
        decision: onFailure,
        title: "The gate failed",
        reasons: ["The gate gave no verdict: Its endpoint answered 500.", consequence],
      },
    });
    expect(isolation.logger.lines).toMatchObject([
      { message: "A gate failed", details: { gate: "failing", recordId: "record-7", reason: "failed" } },
    ]);
  });

  it("does not wait for one that never ends", async () => {
    vi.useFakeTimers();
    const hanging = aConfiguredGate(
      gate("hanging", () => new Promise(() => {})),
      { timeoutMs: 50, onFailure: "block" },
    );
    const answers = askGates([hanging, aConfiguredGate(passing)], aQuestion());
    await vi.advanceTimersByTimeAsync(50);
    expect((await answers).map(({ verdict, failed }) => [verdict.decision, failed])).toEqual([
      ["block", true],
      ["pass", false],
    ]);
  });

  it("leaves one alone that only fails", async () => {
    const ask = vi.fn(failing.ask);
    const dead = aConfiguredGate(gate("dead", ask));
    for (let n = 0; n < 7; n++) await askGates([dead], aQuestion());
    expect(ask).toHaveBeenCalledTimes(5);
  });
});

describe("a verdict", () => {
  it("is bounded, on plain lines, and has a title in any case", () => {
    const bounded = verdict("block", [...Array(50).fill("x".repeat(9_999)), ""], "t\u0000\n".repeat(999));
    expect(bounded.reasons).toHaveLength(10);
    expect(bounded.reasons[0]).toHaveLength(500);
    expect(bounded.title).toHaveLength(120);
    expect(bounded.title).toMatch(/^(t )+t?…$/);
    expect(verdict("neutral", ["  ", "\n"])).toEqual({ decision: "neutral", title: "No opinion", reasons: [] });
  });

  it("loses the secrets that an answer says back", async () => {
    const chatty = gate("chatty", async () => verdict("pass", ["I used sk-planted-key"], "sk-planted-key"));
    const redact = (text: string) => text.replaceAll("sk-planted-key", "[redacted]");
    const [answer] = await askGates([aConfiguredGate(chatty, { redact })], aQuestion());
    expect(answer?.verdict).toMatchObject({ title: "[redacted]", reasons: ["I used [redacted]"] });
  });

  it("loses a secret of an answer also where the answer is cut in the middle of it", async () => {
    const reason = `${"x".repeat(490)}sk-planted-key`;
    const chatty = { body: JSON.stringify({ decision: "block", title: reason, reasons: [reason] }) };
    const receiver = await givenReceiver();
    receiver.script(chatty);
    const { options } = givenPosting();
    const policy = httpGate("policy", { url: receiver.url, signingSecret: "sk-planted-key", ...options });
    const redact = (text: string) => text.replaceAll("sk-planted-key", "[redacted]");
    const [answer] = await askGates([aConfiguredGate(policy, { redact })], aQuestion());
    expect(answer).toMatchObject({ failed: false, verdict: { reasons: [`${"x".repeat(490)}[redacted]`] } });
  });

  it("becomes the metadata of an entry", () => {
    expect(verdictMetadata({ gate: "security", verdict: verdict("pass", ["Fine"]), failed: false })).toEqual({
      ...{ gate: "security", failed: false, decision: "pass", title: "Nothing against a merge", reasons: ["Fine"] },
    });
  });
});

describe("the http gate", () => {
  const SECRET = "a signing secret of the tests";
  async function asking(script: Scripted, question: GateQuestion = aQuestion()) {
    const receiver = await givenReceiver();
    receiver.script(script);
    const { options } = givenPosting();
    const gate = httpGate("policy", { url: `${receiver.url}/ask`, signingSecret: SECRET, ...options });
    const answer = await gate.ask(question, noSignal()).catch((error: unknown) => String(error));
    return { answer, request: receiver.requests[0] };
  }

  it("posts the question, signed, with names as at rest and pseudonyms for people", async () => {
    const changes = { files: 1, additions: 2, deletions: 3, sample: [{ path: "a.ts", additions: 2, deletions: 3 }] };
    const { request } = await asking({ body: '{"decision":"pass"}' }, aQuestion({ changes }));
    const body = request?.body ?? "";
    expect(JSON.parse(body)).toEqual({
      gate: "policy",
      record: expect.objectContaining({ record_id: "record-7", ref: "acme/shop#7", state: "pr_created" }),
      entries: [
        expect.objectContaining({ seq: 1, kind: "created" }),
        expect.objectContaining({ seq: 2, to_state: "task_queued" }),
        expect.objectContaining({ seq: 3, to_state: "pr_created", hash: expect.any(String) }),
      ],
      pull_request: {
        ...{ url: "https://github.com/acme/shop/pull/8", number: 8, head_sha: "a".repeat(40), base_ref: "main" },
      },
      changes,
    });
    expect(request?.headers).toMatchObject(
      signatureHeaders("record-7/3/policy", body, SECRET, new Date(moment(0))) as object,
    );
  });

  it("posts no more than the newest entries", async () => {
    const record = aStory(Array.from({ length: 99 }, () => ({ ...QUEUED, kind: "note", to: null }) as const));
    const { openEntry } = await import("../../src/core/index.js");
    const question = aQuestion({ entries: record.entries.map(openEntry) });
    const { request } = await asking({ body: '{"decision":"pass"}' }, question);
    const { entries } = JSON.parse(request?.body ?? "") as { entries: { seq: number }[] };
    expect([entries.length, entries[0]?.seq, entries.at(-1)?.seq]).toEqual([50, 51, 100]);
  });

  it.each([
    { body: { decision: "pass" }, answer: { decision: "pass" } },
    { body: { decision: "block", reasons: ["No"], more: 1 }, answer: { decision: "block", reasons: ["No"] } },
    {
      body: { decision: "neutral", title: "Hm", reasons: [] },
      answer: { decision: "neutral", reasons: [], title: "Hm" },
    },
  ])("takes the verdict $body", async ({ body, answer }) => {
    expect((await asking({ body: JSON.stringify(body) })).answer).toEqual(answer);
  });

  it.each([
    ...["", "pass", "null", "[]", "{}", '{"decision":"PASS"}', '{"decision":"approve"}', '{"decision":["pass"]}'],
    ...['{"decision":"pass","reasons":"yes"}', '{"decision":"pass","title":7}', "<html>a secret</html>"],
  ])("takes nothing else for one, and does not repeat it: %s", async (body) => {
    expect((await asking({ body })).answer).toBe("HookFailure: Its answer is not a verdict");
  });

  it("fails when the endpoint does", async () => {
    expect((await asking({ status: 403, body: '{"decision":"pass"}' })).answer).toBe(
      "HookFailure: Its endpoint answered 403",
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HookFailure } from "../../../src/hooks/failure.js";
import { readVerdict } from "../../../src/hooks/gates/read-verdict.js";

describe("the verdict in what a model said", () => {
  it.each([
    { what: "bare", said: '{"decision":"pass","reasons":["Fine"]}' },
    { what: "fenced", said: 'Here you are:\n```json\n{\n  "decision": "pass",\n  "reasons": ["Fine"]\n}\n```\nBye.' },
    { what: "in capitals", said: '{"decision":" Pass ","reasons":["Fine"]}' },
    { what: "with one reason", said: '{"decision":"pass","reasons":"Fine"}' },
    { what: "after braces that are none", said: 'function () { return {}; } {"decision":"pass","reasons":["Fine"]}' },
    {
      what: "in a terminal's frame, broken anywhere",
      said: '╭─── 🔒 Sentinel ───╮\n│ {"decision": "pass",   │\n│ "reasons": ["Fine"]}   │\n╰──────╯\n',
    },
    { what: "in colours", said: '\u001b[1m{"decision":\u001b[32m"pass"\u001b[0m,"reasons":["Fine"]}\u001b[0m' },
  ])("is found: $what", ({ said }) => expect(readVerdict(said)).toEqual({ decision: "pass", reasons: ["Fine"] }));

  it("keeps a reason whole that a terminal broke, and braces and quotes in it", () => {
    const said = '│ {"decision":"block","reasons":["It has a } and \\"quotes\\"    │\n│ in it"]}   │';
    expect(readVerdict(said)).toEqual({ decision: "block", reasons: ['It has a } and "quotes" in it'] });
  });

  it("is one of three words or none, whatever is said", () => {
    const piece = fc.oneof(
      fc.constantFrom("{", "}", '"', "\\", '"decision"', ":", '"pass"', '"block"', '"approve"', ",", "```json\n", "│"),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          expect(["pass", "block", "neutral"]).toContain(readVerdict(pieces.join("")).decision);
        } catch (error) {
          expect(error).toBeInstanceOf(HookFailure);
        }
      }),
    );
  });

  it("is the strictest of several, with its reasons only", () => {
    const said =
      '{"decision":"pass","reasons":["a"]} {"decision":"block","reasons":["b"]} {"decision":"block","reasons":["c"]}';
    expect(readVerdict(said)).toEqual({ decision: "block", reasons: ["b", "c"] });
    expect(readVerdict('{"decision":"pass"}{"decision":"neutral"}').decision).toBe("neutral");
  });

  it.each([
    ...[
      "",
      "I would say pass.",
      '{"decision":"approve"}',
      '{"decision":null}',
      '{"verdict":"pass"}',
      '{"decision":"pass"',
      '{"quoted": {"decision":"pass"}}',
    ],
    ...['["pass"]', "{".repeat(99_999), '{"'.repeat(99_999), '{"a":'.repeat(20_000)],
  ])("is not made up (%#)", (said) => {
    expect(() => readVerdict(said)).toThrow("Its answer has no verdict in it");
  });
});

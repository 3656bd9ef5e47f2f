import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPattern } from "../../../src/core/index.js";
import { issueOfBranch } from "../../../src/github/links/linked-issues.js";

describe("given a pattern of a branch's name", () => {
  test.each([
    ["issue-{issue}", "issue-7", 7],
    ["issue-{issue}-*", "issue-7-the-cart", 7],
    ["*/{issue}", "alice/7", 7],
    ["*{issue}*", "v2/7-cart", 2],
    ["*/{issue}-*", "v2/7-cart", 7],
    ["a*b{issue}c*d", "a1b2c3d", 2],
    ["{issue}*9", "123456789", null],
    ["{issue}", "1234567890", null],
    ["*{issue}*", `${"1".repeat(10)}-7`, 7],
    ["issue-7", "issue-7", null],
    ["aa*a{issue}", "aa7", null],
    ["{issue}a*aa", "7aa", null],
  ])("when it is %s and the branch is %s, then the issue is %s", (pattern, branch, issue) => {
    expect(issueOfBranch(pattern, branch)).toBe(issue);
  });

  test("when it is any pattern, then the issue is the first number around which both sides match", () => {
    const side = fc.string({ unit: fc.constantFrom("a", "1", "*"), maxLength: 5 });
    const branch = fc.string({ unit: fc.constantFrom("a", "1", "2"), maxLength: 10 });
    fc.assert(
      fc.property(side, side, branch, (before, after, name) => {
        const expected = [...name.matchAll(/\d+/g)].find(
          ({ 0: digits, index }) =>
            digits.length <= 9 &&
            matchesPattern(before, name.slice(0, index)) &&
            matchesPattern(after, name.slice(index + digits.length)),
        );
        expect(issueOfBranch(`${before}{issue}${after}`, name)).toBe(expected ? Number(expected[0]) : null);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["digits", "1".repeat(255)],
    ["numbers of one digit", "1a".repeat(127)],
    ["letters", "a".repeat(255)],
  ])("when a name of 255 characters is full of %s, then 50 patterns are tested soon", (_, branch) => {
    const begin = process.cpuUsage();
    for (let index = 0; index < 50; index++)
      expect(issueOfBranch(`*a*1*${"1a".repeat(60)}{issue}${"a1".repeat(30)}*a*b${index}`, branch)).toBeNull();
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(2000);
  });
});

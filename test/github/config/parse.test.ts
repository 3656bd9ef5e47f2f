import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfiguration } from "../../../src/github/config/parse.js";
import { anySettings } from "./any-settings.js";

const FULL = `# How changes of this repository are followed
mode: enforce
lifecycle: strict
ci:
  required: true
  checks: ["build", "test (20)"]
  ignore: ["codecov/*"]
  timeout_minutes: 120
approvals:
  required: 1
links:
  branches: ["issue-{issue}-*"]
queue:
  labels: ["queued"]
auto_merge:
  enabled: true
  label: "merge when ready"
  method: squash
hooks: [slack]
gates: []
`;

const problemsOf = (text: string, where: "repository" | "organization" = "repository") => {
  const parsed = parseConfiguration(text, where);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe("given a file that can be used", () => {
  test("then it says what it says, and nothing of what it leaves out", () => {
    expect(parseConfiguration("approvals:\n  required: 2\nci:\n  timeout_minutes: null\n", "repository")).toEqual({
      ok: true,
      settings: { approvals: { required: 2 }, ci: { timeout_minutes: null } },
    });
  });

  test.each(["", "\n", "# nothing yet\n", "---\n", "\ufeff", "{}"])("then %j sets nothing", (text) => {
    expect(parseConfiguration(text, "repository")).toEqual({ ok: true, settings: {} });
  });

  test("then line ends of Windows and a byte order mark do no harm", () => {
    expect(problemsOf(`\ufeff${FULL.replaceAll("\n", "\r\n")}`)).toEqual([]);
  });

  test("then a long comment above it does no harm", () => {
    expect(problemsOf(`${"# a word on this\n\n".repeat(3_000)}${FULL}`)).toEqual([]);
  });

  test("when all settings there can be are written as YAML, then they are read as they were", () => {
    fc.assert(
      fc.property(anySettings, fc.constantFrom("repository" as const, "organization" as const), (settings, where) => {
        expect(parseConfiguration(stringify(settings), where)).toEqual({ ok: true, settings });
      }),
    );
  });

  test("then the organisation's may lock settings, and groups of them", () => {
    const text = "mode: enforce\nlocked: [mode, ci, approvals.required]\n";
    expect(parseConfiguration(text, "organization")).toEqual({
      ok: true,
      settings: { mode: "enforce", locked: ["mode", "ci", "approvals.required"] },
    });
    expect(problemsOf(text)).toEqual([
      "2:1 locked works in the organisation's file only: a repository cannot lock its settings",
    ]);
  });
});

describe("given a mistake", () => {
  test.each([
    ["mod: observe\n", "1:1 mod is not a setting: did you mean mode?"],
    ["mode: enforce\nci:\n  requird: true\n", "3:3 ci.requird is not a setting: did you mean ci.required?"],
    ["autoMerge:\n  enabled: true\n", "1:1 autoMerge is not a setting: did you mean auto_merge?"],
    [
      "ci:\n  everything: true\n",
      "2:3 ci.everything is not a setting: there are required, checks, ignore, timeout_minutes",
    ],
    ["mode: enfore\n", "1:7 mode must be observe or enforce"],
    ["auto_merge:\n  method: ff\n", "2:11 auto_merge.method must be merge, squash or rebase"],
    ["ci:\n  required: yes\n", "2:13 ci.required must be auto, true or false"],
    ["ci:\n", "1:1 ci must be a group of settings, each on a line of its own below it"],
    ["ci:\n  # required: false\nmode:\n", "1:1 ci must be a group of settings, each on a line of its own below it"],
    ["ci:\n  timeout_minutes: 10081\n", "2:20 ci.timeout_minutes must be a whole number from 1 to 10080"],
    ["ci:\n  timeout_minutes: 0.5\n", "2:20 ci.timeout_minutes must be a whole number from 1 to 10080"],
    ["approvals: {required: -1}\n", "1:23 approvals.required must be a whole number from 0 to 10"],
    ["ci:\n  checks: build\n", "2:11 ci.checks must be a list, such as [one, two]"],
    [
      "ci:\n  checks:\n    - build\n    - 12\n",
      "4:7 ci.checks[1] must be text; put it in quotes if it looks like something else",
    ],
    ["queue:\n  labels: ['']\n", "2:12 queue.labels[0] must not be empty"],
    [
      "links:\n  branches: [issue-*]\n",
      "2:14 links.branches[0] must have {issue} once, where the issue's number is: issue-{issue}-*",
    ],
    [
      "ci:\n  ignore: ['*a*b*c*d*e*']\n",
      "2:12 ci.ignore[0] must have at most 5 stars (*): leave some out, or write two patterns",
    ],
    [
      "links:\n  branches: ['*/*/*/*/*/*{issue}']\n",
      "2:14 links.branches[0] must have at most 5 stars (*): leave some out, or write two patterns",
    ],
    [
      `ci:\n  ignore: [${"a,".repeat(51)}]\n`,
      "2:11 ci.ignore must have at most 50 patterns: let * stand for what several of them have in common",
    ],
    ["just words", "1:1 The file must hold settings, such as mode: enforce"],
    ["- mode\n", "1:1 The file must hold settings, such as mode: enforce"],
    ["mode: observe\nmode: enforce\n", "2:1 Map keys must be unique"],
    ["mode: 'observe\n", "2:1 Missing closing 'quote"],
    ["mode: observe\n---\nmode: enforce\n", "2:1 The file holds more than one YAML document"],
  ])("then %j is refused where it is wrong", (text, problem) => {
    expect(problemsOf(text)[0]).toBe(problem);
  });

  test("then a lock of what is no setting is refused with the one that is near", () => {
    expect(problemsOf("locked:\n  - ci\n  - ci.requird\n  - locked\n", "organization")).toEqual([
      "3:5 locked[1] must be the path of a setting: did you mean ci.required?",
      "4:5 locked[2] must be the path of a setting, such as ci.required",
    ]);
  });

  test("then all mistakes are named, in the order of the lines, up to twenty", () => {
    expect(
      problemsOf("hooks: [Slack]\nci: {checks: 1, nope: 2}\nmode: all\n").map((line) => line.split(" ")[0]),
    ).toEqual([...["1:9", "2:14", "2:17", "3:7"]]);
    const many = Array.from({ length: 50 }, (_, index) => `setting${index}: 1\n`).join("");
    expect(problemsOf(many)).toHaveLength(20);
  });

  test("then one mistake keeps all of the file from being used, and says which setting it is in", () => {
    expect(parseConfiguration("mode: enforce\nci:\n  checks: [a, [b]]\n", "repository")).toEqual({
      ok: false,
      problems: [expect.objectContaining({ line: 3, path: "ci.checks[1]" })],
    });
  });
});

describe("given a hostile file", () => {
  test.each([
    ["a: &a [1]\nb: [*a, *a]\n", "1:4 Anchors are not supported: write the value out"],
    ["mode: *mode\n", "1:7 Aliases are not supported: write the value out"],
    ["*a : 1\n", "1:1 Aliases are not supported: write the value out"],
    ["!!binary aGk=: 1\n", "1:1 Tags are not supported: write the value plainly"],
    ["hooks: !!set {slack}\n", "1:8 Tags are not supported: write the value plainly"],
    ["%YAML 1.1\n---\nci: {required: yes}\n", "1:1 YAML directives are not supported: remove the line"],
    ["? [mode]\n: enforce\n", "1:3 With stringKeys, all keys must be strings"],
    [
      "hooks: ['https://evil.example/']\n",
      "1:9 hooks[0] must be a name of small letters, digits and hyphens, at most 40",
    ],
    ["gates: ['; rm -rf /']\n", "1:9 gates[0] must be a name of small letters, digits and hyphens, at most 40"],
    ['ci: {checks: ["a\\u202eb"]}\n', "1:15 ci.checks[0] must not have control characters"],
    ['ci: {checks: ["a\\0b"]}\n', "1:15 ci.checks[0] must not have control characters"],
    ['ci: {checks: ["\\ud800"]}\n', "1:15 ci.checks[0] must not have control characters"],
    [`ci: {checks: [${"x".repeat(201)}]}\n`, "1:15 ci.checks[0] must have at most 200 characters"],
    [`ci: {checks: [${"x,".repeat(101)}]}\n`, "1:14 ci.checks must have at most 100 items"],
  ])("then %j is refused", (text, problem) => {
    expect(problemsOf(text)[0]).toBe(problem);
  });

  test("then merge keys merge nothing", () => {
    expect(problemsOf("<<: {mode: enforce}\n")[0]).toMatch(/^1:1 << is not a setting/);
    expect(problemsOf("ci:\n  <<: {required: false}\n")[0]).toMatch(/^2:3 ci\.<< is not a setting/);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"])(
    "then %s is a key like any",
    (key) => {
      expect(problemsOf(`${key}: {mode: enforce}\n`)).toHaveLength(1);
      expect(problemsOf(`ci:\n  ${key}: {required: false}\n`)).toHaveLength(1);
      expect({}).not.toHaveProperty("mode");
    },
  );

  test("then what it repeats of the file is one bounded line that can be seen", () => {
    const [problem] = problemsOf(`"a\\u0007\\n\\u202e\\ud800${"b".repeat(800)}": 1\n`);
    expect(problem).toMatch(/^1:1 a \ufffdb+ is not a setting: /);
    expect(problem?.length).toBeLessThan(310);
    expect(problem?.isWellFormed()).toBe(true);
  });

  // The composer of the YAML library ends the process on some of these, if it gets to see them.
  const units = [
    "[",
    "- ",
    "{a: ",
    "? ",
    "[[],",
    "a: b\n",
    "a:\n ",
    ": ",
    "&a ",
    "!t ",
    "*a ",
    '"',
    "}",
    "---\n",
    "- a\n",
  ];
  test.each(units)("then 64 KB of %j are refused", (unit) => {
    const text = unit.repeat(Math.floor(65_536 / unit.length));
    expect(parseConfiguration(text, "repository").ok).toBe(false);
  });

  test("then more signs than all settings could need are refused before anything is made of them", () => {
    expect(problemsOf("a: b\n".repeat(10_000))).toEqual(["1:1 The file holds more than there are settings"]);
  });

  test("then nesting of any depth is refused", () => {
    for (let depth = 12; depth < 3_000; depth *= 2) {
      expect(problemsOf(`${"[".repeat(depth)}${"]".repeat(depth)}`)).toEqual([
        expect.stringMatching(/nested too deep|more than there are settings/),
      ]);
    }
  });

  test("then a file of more than 64 KB is refused, counted in bytes", () => {
    const refusal = ["1:1 The file is larger than 64 KB"];
    expect(problemsOf("[".repeat(1024 * 1024))).toEqual(refusal);
    expect(problemsOf(`# ${"é".repeat(40_000)}`)).toEqual(refusal);
    expect(problemsOf(`# ${"e".repeat(40_000)}`)).toEqual([]);
  });
});

describe("given any text", () => {
  const binary = fc.string({ unit: "binary", maxLength: 300 });
  const signs = [
    "- ",
    "[",
    "]",
    "{",
    "}",
    ": ",
    ", ",
    "\n",
    " ",
    "&a ",
    "*a",
    "!!x ",
    "? ",
    "|\n",
    ">-\n",
    "'",
    '"',
    "#",
    "%",
  ];
  const words = [
    "ci",
    "mode",
    "checks",
    "observe",
    "12",
    "~",
    "---\n",
    "...\n",
    "<<",
    "\t",
    "\\",
    "\r",
    "\u0000",
    "\ufeff",
  ];
  const yamlLike = fc.array(fc.constantFrom(...signs, ...words), { maxLength: 80 }).map((parts) => parts.join(""));
  const mutated = fc
    .array(fc.tuple(fc.nat(FULL.length), fc.nat(20), fc.oneof(binary, yamlLike)), { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce((text, [at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone), FULL));

  test("then it is read, or refused with problems that point into it; never thrown at", () => {
    expect(problemsOf(FULL)).toEqual([]);
    fc.assert(
      fc.property(fc.oneof(binary, yamlLike, mutated), fc.boolean(), (text, own) => {
        const parsed = parseConfiguration(text, own ? "repository" : "organization");
        if (parsed.ok) return;
        const lines = text.split(/\r?\n/).length;
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const { line, column, message, path } of parsed.problems) {
          expect(line).toSatisfy((at: number) => at >= 1 && at <= lines);
          expect(column).toBeGreaterThanOrEqual(1);
          for (const said of [message, path]) expect(said).toMatch(/^[^\p{Cc}\p{Cs}]{0,300}$/u);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

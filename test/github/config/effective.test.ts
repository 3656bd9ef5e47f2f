import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { policyChange } from "../../../src/core/index.js";
import { effectiveConfiguration } from "../../../src/github/config/effective.js";
import {
  type Configuration,
  DEFAULT_CONFIGURATION,
  SETTING_PATHS,
  type Settings,
} from "../../../src/github/config/schema.js";
import { policyOf } from "../../../src/github/policy-of.js";
import { anySettings, valueAt } from "./any-settings.js";

const inForce = (repository: Settings, organization: Settings = {}, operator: Settings = {}) =>
  effectiveConfiguration({ repository, organization, operator });

describe("given the files of a repository and of its organisation", () => {
  test("when nobody says anything, then the defaults are in force", () => {
    expect(inForce({})).toEqual({ configuration: DEFAULT_CONFIGURATION, raised: [] });
  });

  test("when several say something, then the nearest counts, setting by setting", () => {
    const operator: Settings = { mode: "enforce", queue: { labels: ["taken"] }, approvals: { required: 1 } };
    const organization = { ci: { required: false, checks: ["build", "test"] }, approvals: { required: 2 } };
    const repository = { ci: { checks: ["lint"] }, approvals: {} };
    const { configuration } = inForce(repository, organization, operator);
    expect(configuration).toEqual({
      ...DEFAULT_CONFIGURATION,
      mode: "enforce",
      ci: { ...DEFAULT_CONFIGURATION.ci, required: false, checks: ["lint"] },
      approvals: { ...DEFAULT_CONFIGURATION.approvals, required: 2 },
      queue: { labels: ["taken"] },
    });
  });

  test("when a file says null or none, then that counts, too", () => {
    const organization = { ci: { timeout_minutes: 60 }, auto_merge: { label: "merge" }, hooks: ["slack"] };
    const repository = { ci: { timeout_minutes: null }, auto_merge: { label: null }, hooks: [] };
    const { configuration } = inForce(repository, organization);
    expect(configuration).toMatchObject({ ci: { timeoutMinutes: null }, autoMerge: { label: null }, hooks: [] });
  });

  test("when a lock asks for more, then the setting is named; not where the repository asks for as much", () => {
    const organization = { mode: "enforce" as const, approvals: { required: 1 }, locked: ["mode", "approvals", "ci"] };
    const repository = { mode: "enforce" as const, approvals: { required: 0 }, ci: { required: false, checks: [] } };
    const { configuration, raised } = inForce(repository, organization);
    expect(configuration).toEqual({
      ...DEFAULT_CONFIGURATION,
      ...{ mode: "enforce", approvals: { ...DEFAULT_CONFIGURATION.approvals, required: 1 } },
    });
    expect(raised).toEqual(["ci.required", "approvals.required"]);
  });

  test("when the repository's own says it locks something, then it locks nothing", () => {
    const repository = { mode: "enforce" as const, locked: ["mode"] };
    expect(inForce(repository).configuration.mode).toBe("enforce");
  });

  test("when nothing is locked, then whatever the repository says is in force", () => {
    fc.assert(
      fc.property(anySettings, anySettings, anySettings, (repository, organization, operator) => {
        const { configuration, raised } = inForce(repository, organization, operator);
        const without = inForce({}, organization, operator).configuration;
        for (const path of SETTING_PATHS) {
          const own = valueAt(repository, path);
          expect(valueAt(configuration, path), path).toEqual(own === undefined ? valueAt(without, path) : own);
        }
        expect(raised).toEqual([]);
      }),
    );
  });
});

describe("given a lock", () => {
  /** Setting, what the repository says, what is locked, and what is in force. */
  test.each<[setting: string, own: Settings, lock: Settings, inForce: unknown]>([
    ["mode", { mode: "enforce" }, { mode: "observe" }, "enforce"],
    ["lifecycle", { lifecycle: "github" }, { lifecycle: "strict" }, "strict"],
    ["lifecycle", { lifecycle: "strict" }, { lifecycle: "github" }, "strict"],
    ["ci.required", { ci: { required: true } }, { ci: { required: false } }, true],
    ["ci.required", { ci: { required: false } }, {}, "auto"],
    ["ci.checks", { ci: { checks: ["lint"] } }, { ci: { checks: ["build"] } }, ["lint", "build"]],
    ["ci.ignore", { ci: { ignore: ["a", "b"] } }, { ci: { ignore: ["b", "c"] } }, ["b"]],
    ["ci.timeout_minutes", { ci: { timeout_minutes: null } }, { ci: { timeout_minutes: 60 } }, 60],
    ["ci.timeout_minutes", { ci: { timeout_minutes: 30 } }, { ci: { timeout_minutes: 60 } }, 30],
    ["approvals.required", { approvals: { required: 2 } }, { approvals: { required: 0 } }, 2],
    [
      "approvals.not_from",
      { approvals: { not_from: ["author"] } },
      { approvals: { not_from: ["pusher"] } },
      ["author", "pusher"],
    ],
    ["agents.approvals", { agents: { approvals: 0 } }, { agents: { approvals: 2 } }, 2],
    ["agents.may_merge", { agents: { may_merge: true } }, {}, false],
    ["auto_merge.enabled", { auto_merge: { enabled: true } }, { auto_merge: { enabled: false } }, false],
    ["auto_merge.enabled", { auto_merge: { enabled: false } }, { auto_merge: { enabled: true } }, false],
    ["auto_merge.label", { auto_merge: { label: "ship it" } }, { auto_merge: { enabled: true } }, "ship it"],
    ["auto_merge.label", { auto_merge: { label: "ship it" } }, { auto_merge: { enabled: false } }, null],
    ["auto_merge.method", { auto_merge: { method: "merge" } }, { auto_merge: { method: "squash" } }, "squash"],
    ["queue.labels", { queue: { labels: ["mine"] } }, { queue: { labels: ["ours"] } }, ["ours"]],
    ["hooks", { hooks: [] }, { hooks: ["slack"] }, ["slack"]],
    ["gates", { gates: ["own"] }, { gates: ["freeze"] }, ["own", "freeze"]],
    ["gates", { gates: [] }, {}, null],
  ])("of %s, when the repository says %j and %j is locked, then %j is in force", (path, own, lock, expected) => {
    for (const locked of [path, path.replace(/\..*/, "")]) {
      expect(valueAt(inForce(own, { ...lock, locked: [locked] }).configuration, path), locked).toEqual(expected);
      expect(valueAt(inForce(own, {}, { ...lock, locked: [locked] }).configuration, path), locked).toEqual(expected);
    }
  });

  test("when the organisation asks for less than the operator has locked, then the operator's is in force", () => {
    const operator = { approvals: { required: 2 }, locked: ["approvals.required"] };
    const organization = { approvals: { required: 0 }, locked: ["approvals.required"] };
    expect(inForce({ approvals: { required: 1 } }, organization, operator)).toMatchObject({
      configuration: { approvals: { required: 2 } },
      raised: ["approvals.required"],
    });
  });

  const sections = SETTING_PATHS.map((path) => path.replace(/\..*/, ""));
  const anyLocks = fc.subarray([...new Set([...SETTING_PATHS, ...sections])]);
  const isBelow = (path: string, locked: readonly string[]) =>
    locked.some((lock) => lock === path || path.startsWith(`${lock}.`) || (path === "auto_merge" && isOfMerge(lock)));
  const isOfMerge = (lock: string) => lock === "auto_merge.enabled" || lock === "auto_merge.label";
  /** The dimensions in which a configuration asks for less than another. */
  const weaker = (than: Configuration, configuration: Configuration): readonly string[] => {
    const { mode, lifecycle, gates } = than;
    const isWeaker = {
      mode: mode === "enforce" && configuration.mode !== "enforce",
      lifecycle: lifecycle === "strict" && configuration.lifecycle !== "strict",
      gates:
        configuration.gates !== null && (gates === null || gates.some((one) => !configuration.gates?.includes(one))),
    };
    return [
      ...policyChange(policyOf(than), policyOf(configuration)).weaker,
      ...Object.entries(isWeaker).flatMap(([path, is]) => (is ? [path] : [])),
    ];
  };

  test("then whatever anybody says, what is in force is in nothing weaker than what is locked", () => {
    fc.assert(
      fc.property(
        fc.tuple(anySettings, anySettings, anySettings),
        fc.tuple(anyLocks, anyLocks),
        ([repository, organization, operator], [locked, floor]) => {
          const { configuration } = inForce(repository, { ...organization, locked }, { ...operator, locked: floor });
          const lock = inForce({}, organization, operator).configuration;
          const least = inForce({}, {}, operator).configuration;
          expect(weaker(lock, configuration).filter((path) => isBelow(path, locked))).toEqual([]);
          expect(weaker(least, configuration).filter((path) => isBelow(path, floor))).toEqual([]);
        },
      ),
    );
  });

  test("then it takes nothing from what the repository asks for itself", () => {
    fc.assert(
      fc.property(anySettings, anySettings, anyLocks, (repository, organization, locked) => {
        const { configuration } = inForce(repository, { ...organization, locked });
        expect(weaker(inForce(repository, organization).configuration, configuration)).toEqual([]);
      }),
    );
  });
});

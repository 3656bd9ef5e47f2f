import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectiveConfiguration } from "../../../src/github/config/effective.js";
import { DEFAULT_CONFIGURATION, SETTING_PATHS, type Settings } from "../../../src/github/config/schema.js";
import { anySettings, valueAt } from "./any-settings.js";

describe("given the files of a repository and of its organisation", () => {
  test("when nobody says anything, then the defaults are in force", () => {
    expect(effectiveConfiguration({}, {}, {})).toEqual({ configuration: DEFAULT_CONFIGURATION, ignored: [] });
  });

  test("when several say something, then the nearest counts, setting by setting", () => {
    const operator: Settings = { mode: "enforce", queue: { labels: ["taken"] }, approvals: { required: 1 } };
    const organization = { ci: { required: false, checks: ["build", "test"] }, approvals: { required: 2 } };
    const repository = { ci: { checks: ["lint"] }, approvals: {} };
    const { configuration } = effectiveConfiguration(organization, repository, operator);
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
    const { configuration } = effectiveConfiguration(organization, repository, {});
    expect(configuration).toMatchObject({ ci: { timeoutMinutes: null }, autoMerge: { label: null }, hooks: [] });
  });

  test("when a lock keeps something back, then it is named; not where the files agree", () => {
    const organization = { mode: "enforce" as const, approvals: { required: 1 }, locked: ["mode", "approvals", "ci"] };
    const repository = { mode: "enforce" as const, approvals: { required: 0 }, ci: { required: false, checks: [] } };
    const { configuration, ignored } = effectiveConfiguration(organization, repository, {});
    expect(configuration).toEqual({
      ...DEFAULT_CONFIGURATION,
      ...{ mode: "enforce", approvals: { ...DEFAULT_CONFIGURATION.approvals, required: 1 } },
    });
    expect(ignored).toEqual(["ci.required", "approvals.required"]);
  });

  test("when the repository's own says it locks something, then it locks nothing", () => {
    const repository = { mode: "enforce" as const, locked: ["mode"] };
    expect(effectiveConfiguration({}, repository, {}).configuration.mode).toBe("enforce");
  });

  const sections = SETTING_PATHS.map((path) => path.replace(/\..*/, ""));
  const anyLocks = fc.subarray([...new Set([...SETTING_PATHS, ...sections])]);

  test("then whatever the repository says, what is locked is the organisation's and all else the repository's", () => {
    fc.assert(
      fc.property(anySettings, anyLocks, anySettings, anySettings, (said, locked, repository, operator) => {
        const organization = { ...said, locked };
        const { configuration, ignored } = effectiveConfiguration(organization, repository, operator);
        const without = effectiveConfiguration(organization, {}, operator).configuration;
        for (const path of SETTING_PATHS) {
          const isLocked = locked.includes(path) || locked.includes(path.replace(/\..*/, ""));
          const own = valueAt(repository, path);
          const expected = isLocked || own === undefined ? valueAt(without, path) : own;
          expect(valueAt(configuration, path), path).toEqual(expected);
          const isKeptBack = own !== undefined && JSON.stringify(own) !== JSON.stringify(valueAt(configuration, path));
          expect(ignored.includes(path), path).toBe(isKeptBack);
        }
      }),
    );
  });

  test("then each setting can be locked by its own path", () => {
    for (const path of SETTING_PATHS) {
      fc.assert(
        fc.property(anySettings, (repository) => {
          fc.pre(valueAt(repository, path) !== undefined);
          const { configuration } = effectiveConfiguration({ locked: [path] }, repository, {});
          expect(valueAt(configuration, path)).toEqual(valueAt(DEFAULT_CONFIGURATION, path));
        }),
        { numRuns: 20 },
      );
    }
  });
});

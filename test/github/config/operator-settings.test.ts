import { describe, expect, test } from "vitest";
import { operatorSettings } from "../../../src/github/config/operator-settings.js";
import { failureOf } from "../../support/lookout.js";

describe("given what an operator has set for all repositories", () => {
  test("when it is nothing, then it is no setting", () => {
    expect([operatorSettings(undefined), operatorSettings(null), operatorSettings({})]).toEqual([{}, {}, {}]);
  });

  test("when it sets and locks, then it says so", () => {
    const settings = { approvals: { required: 1 }, locked: ["approvals.required"] };
    expect(operatorSettings(settings)).toEqual(settings);
  });

  test.each([
    [{ approvals: { required: 11 } }, "approvals.required must be a whole number from 0 to 10"],
    [{ approval: { required: 1 } }, "approval is not a setting: did you mean approvals?"],
    [{ locked: ["mod"] }, "locked[0] must be the path of a setting: did you mean mode?"],
    ["enforce", "must hold settings, such as mode: enforce"],
  ])("when it is %j, then the server does not start, and says why", (settings, why) => {
    expect(failureOf(() => operatorSettings(settings))).toMatch("usage: LOOPFORGE_CONFIG, settings: ");
    expect(failureOf(() => operatorSettings(settings))).toContain(why);
  });
});

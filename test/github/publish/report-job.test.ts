import { expect, test } from "vitest";
import { jobOf, type OwedReport, parseOwedReport, reportsOwed } from "../../../src/github/publish/report-job.js";
import { aHead, aPull, aRun, checksOf, factsOf } from "../../builders/github.js";

function owedAfter(...checks: Parameters<typeof checksOf>[0]): OwedReport {
  const item = factsOf({ pull: aPull() }, ...(checks.length > 0 ? [checksOf(checks)] : []));
  const [owed] = reportsOwed([{ head: aHead("ci_pending"), item, entries: [], outcomes: [] }]);
  if (!owed) throw new Error("No report is owed");
  return owed;
}

const LINT = aRun("lint", null);

test("given a check that changes no record, when its report is kept, then it is not taken for the one before it", () => {
  const before = owedAfter(LINT);
  const after = owedAfter(LINT, aRun("build", "success"));
  expect(after.versions).toEqual(before.versions);
  expect(jobOf(after).id).not.toBe(jobOf(before).id);
});

test("given the same records and the same facts, when a report is kept twice, then it is one", () => {
  expect(jobOf(owedAfter(LINT))).toEqual(jobOf(owedAfter(LINT)));
});

test("given a report that was kept before reports named what they show, when it is read back, then it is owed all the same", () => {
  const { seen: _, ...old } = owedAfter(LINT);
  expect(parseOwedReport(jobOf(old).body)).toEqual(old);
});

import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import { jobOf, type OwedReport, parseOwedReport } from "../../src/github/publish/report-job.js";
import type { Delivery } from "../../src/inbox/inbox.js";
import { openInbox } from "../../src/inbox/open.js";
import { keepIn } from "../../src/server/report-jobs.js";
import { at } from "../inbox/deliveries.js";

const clock = () => at(0);

/** What two records owe to one pull request, with their versions in the order in which they were heard of. */
function owed(...records: readonly string[]): OwedReport {
  const versions = Object.fromEntries(records.map((id) => [id, 2]));
  return { repoId: 7, repoName: "acme/shop", number: 3, versions, outcomes: [] };
}

async function givenInbox() {
  const inbox = await openInbox("sqlite::memory:");
  onTestFinished(() => inbox.close());
  return inbox;
}

describe("given a report that two records owe to one pull request", () => {
  test("when it is kept again with the records in another order, then it is known already", async () => {
    const inbox = await givenInbox();
    const keep = keepIn(inbox, clock);
    await keep(jobOf(owed("first", "second")));
    await keep(jobOf(owed("second", "first")));
    const { items } = await inbox.list();
    expect(items).toHaveLength(1);
  });

  test("when an older LoopForge wrote it down in another order of its fields, then it is known already", async () => {
    const inbox = await givenInbox();
    const { id, key } = jobOf(owed("first", "second"));
    const body = JSON.stringify(owed("second", "first"));
    await keepIn(inbox, clock)({ id, key, owed: owed("second", "first"), body });
    await keepIn(inbox, clock)(jobOf(owed("first", "second")));
    expect((await inbox.list()).items).toHaveLength(1);
  });

  test("whatever is owed, the body says it, and one name stands for one body", () => {
    const recordIds = fc.tuple(fc.nat(), fc.nat()).map(([repo, number]) => `gh-${repo}-issue-${number}`);
    const some = fc.record({
      repoId: fc.nat(),
      repoName: fc.string(),
      number: fc.nat(),
      versions: fc.dictionary(recordIds, fc.nat()),
      outcomes: fc.constant([]),
    });
    fc.assert(
      fc.property(some, (report) => {
        const reversed = Object.fromEntries(Object.entries(report.versions).toReversed());
        const [one, other] = [jobOf(report), jobOf({ ...report, versions: reversed })];
        expect(other.id).toBe(one.id);
        expect(other.body).toBe(one.body);
        expect(JSON.parse(one.body)).toEqual(JSON.parse(JSON.stringify(report)));
        expect(parseOwedReport(one.body).versions).toEqual(JSON.parse(JSON.stringify(report.versions)));
      }),
    );
  });
});

test.each(["usage", "store_schema", "inbox_full"] as const)(
  "when the inbox refuses a report with %s, then the delivery that owes it may be tried again",
  async (code) => {
    const put = async (_: Delivery) => Promise.reject(new LoopForgeError(code, "no"));
    const kept = keepIn({ put }, clock)(jobOf(owed("first")));
    await expect(kept).rejects.toMatchObject({ code: "inbox_unavailable", disposition: { retry: true } });
  },
);

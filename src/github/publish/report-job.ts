import { z } from "zod";
import { canonicalJson, type Json, sha256 } from "../../core/index.js";
import type { HookOutcome } from "../../hook.js";
import type { Observed } from "../../recorder/recorder.js";

/** The report that is owed to one pull request, kept like a delivery: a name, an order, and what has to be shown at the least. */
export interface ReportJob {
  /** The same for the same state of the same records: what is kept twice is done once. */
  readonly id: string;
  /** Jobs with the same key are done one at a time, and beside the deliveries that they come from. */
  readonly key: string;
  readonly owed: OwedReport;
  /** What is kept: the text that the name is the digest of, so that one name never stands for two texts. */
  readonly body: string;
}

export interface OwedReport {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  /** The versions of the records that the report has to have seen. */
  readonly versions: { readonly [recordId: string]: number };
  readonly outcomes: readonly HookOutcome[];
}

/** The event under which such a job is kept among deliveries. GitHub has none with a dot in its name. */
export const REPORT_EVENT = "loopforge.report";

const outcome = z.union([
  z.object({ hook: z.string(), status: z.enum(["failed", "timed_out"]), error: z.string() }),
  z.object({
    hook: z.string(),
    status: z.literal("done"),
    result: z
      .object({
        title: z.string(),
        summary: z.string(),
        conclusion: z.enum(["success", "failure", "neutral", "action_required"]),
        annotations: z.array(z.object({ path: z.string(), line: z.int(), message: z.string() })).exactOptional(),
        publish: z.enum(["comment", "check_run"]).exactOptional(),
      })
      .nullable(),
  }),
]);

const owedReport = z.object({
  repoId: z.int(),
  repoName: z.string(),
  number: z.int(),
  versions: z.record(z.string(), z.int()),
  outcomes: z.array(outcome),
});

/** Reads back what was kept of a job. */
export function parseOwedReport(body: string): OwedReport {
  return owedReport.parse(JSON.parse(body));
}

/** The reports that are owed after what was observed: one for each pull request that the records stand for. */
export function reportsOwed(observed: readonly Observed[]): readonly OwedReport[] {
  const owed = new Map<string, OwedReport>();
  for (const { head, item, outcomes } of observed) {
    for (const { repoId, repoName, number, status } of item.pulls) {
      if (status.is === "unlinked") continue;
      const key = `${repoId}#${number}`;
      const known = owed.get(key);
      owed.set(key, {
        ...{ repoId, repoName, number },
        versions: { ...known?.versions, [head.recordId]: head.version },
        outcomes: [...(known?.outcomes ?? []), ...outcomes],
      });
    }
  }
  return [...owed.values()];
}

export function jobOf(owed: OwedReport): ReportJob {
  const key = `report/${owed.repoId}#${owed.number}`;
  const body = canonicalJson(owed as unknown as Json);
  return { id: `${key}/${sha256(body)}`, key, owed, body };
}

import { z } from "zod";
import { canonicalJson, type Hash, type Json, type PullView, sha256 } from "../../core/index.js";
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
  /** The digest of what is known of the pull request: a check or a label may change the report and no record. */
  readonly seen?: string;
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
  seen: z.string().exactOptional(),
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
    for (const pull of item.pulls) {
      const { repoId, repoName, number, status } = pull;
      if (status.is === "unlinked") continue;
      const key = `${repoId}#${number}`;
      const known = owed.get(key);
      owed.set(key, {
        ...{ repoId, repoName, number },
        versions: { ...known?.versions, [head.recordId]: head.version },
        seen: known?.seen ?? digestOf(pull),
        outcomes: [...(known?.outcomes ?? []), ...outcomes],
      });
    }
  }
  return [...owed.values()];
}

/** Of what is known of a pull request, whichever work item it is seen from; any comment moves the time of its last change. */
export function digestOf({ updatedAt: _, linkedBy: __, ...pull }: PullView): Hash {
  return sha256(canonicalJson(JSON.parse(JSON.stringify(pull)) as Json));
}

export function jobOf(owed: OwedReport): ReportJob {
  const key = `report/${owed.repoId}#${owed.number}`;
  const body = canonicalJson(owed as unknown as Json);
  return { id: `${key}/${sha256(body)}`, key, owed, body };
}

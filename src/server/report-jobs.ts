import { LoopForgeError, sha256, timestamp } from "../core/index.js";
import type { Octokit } from "../github/client/octokit.js";
import type { Repo } from "../github/observe/index.js";
import type { Conclusions, Keep } from "../github/publish/conclusions.js";
import { parseOwedReport, REPORT_EVENT } from "../github/publish/report-job.js";
import type { Claim, Delivery, Inbox } from "../inbox/inbox.js";

/** Keeps reports that are owed among the deliveries: as durable as they are, and done beside them. */
export function keepIn(inbox: Pick<Inbox, "put">, clock: () => Date, onKept: () => void = () => {}): Keep {
  return async ({ id, key, body }) => {
    const receivedAt = timestamp(clock());
    const job = { guid: id, event: REPORT_EVENT, action: null, key, receivedAt, payloadSha256: sha256(body), body };
    if ((await put(inbox, job)) !== "duplicate") onKept();
  };
}

/**
 * Whatever keeps a report from being kept says nothing against the delivery that owes it, and so is never final for that delivery.
 * @throws LoopForgeError `inbox_unavailable`
 */
async function put(inbox: Pick<Inbox, "put">, job: Delivery): Promise<Awaited<ReturnType<Inbox["put"]>>> {
  try {
    return await inbox.put(job);
  } catch (error) {
    // The name is the digest of what is owed: an older LoopForge wrote the same report down in another order of its fields.
    if (error instanceof LoopForgeError && error.code === "delivery_mismatch") return "duplicate";
    const why = error instanceof Error ? error.message : String(error);
    throw new LoopForgeError("inbox_unavailable", `A report cannot be kept: ${why}`, { cause: error });
  }
}

export interface ReportJobsOptions {
  readonly conclusions: Conclusions;
  readonly octokitFor: (repo: Pick<Repo, "name">) => Promise<Octokit | null>;
  /** Waits until a burst of deliveries is likely to be over. */
  readonly settle: () => Promise<void>;
}

/** Works what {@link keepIn} kept, and hands everything else on. */
export function withReportJobs(
  receive: (claim: Claim) => Promise<void>,
  { conclusions, octokitFor, settle }: ReportJobsOptions,
): (claim: Claim) => Promise<void> {
  return async (claim) => {
    if (claim.event !== REPORT_EVENT) return receive(claim);
    const owed = parseOwedReport(claim.body);
    const octokit = await octokitFor({ name: owed.repoName });
    // The App was taken off the repository: there is nobody to show it to.
    if (octokit) await conclusions.conclude(owed, octokit, settle);
  };
}

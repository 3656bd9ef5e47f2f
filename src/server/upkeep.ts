import { type Finding, reconcileInRounds, timeOutCi } from "../github/catch-up/reconcile.js";
import { redeliver } from "../github/catch-up/redeliver.js";
import type { AppOctokit } from "../github/client/app-octokit.js";
import { octokitsFor } from "../github/client/octokit-for.js";
import type { AppParts } from "../github/parts.js";
import type { Inbox } from "../inbox/inbox.js";
import type { Job } from "./jobs.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Each record is compared once an hour, as far as that can be had: an open pull request costs some seven requests and two seconds, and of the
 * 5,000 requests that GitHub allows an hour, most are for deliveries. Other jobs wait meanwhile, and a function has to end in time.
 */
const RECONCILE = { everyMs: HOUR_MS, budgetMs: 3 * MINUTE_MS } as const;

/** GitHub redelivers for a few days only: a GUID that was done so long ago is not needed any more. */
const REMEMBERED_DAYS = 30;

export interface UpkeepOptions {
  readonly parts: AppParts;
  readonly github: AppOctokit;
  readonly inbox: Pick<Inbox, "purge">;
  readonly clock: () => Date;
  readonly log: { error(details: object, message: string): void };
}

/** What has to be done whether GitHub delivers anything or not, and how often on a server. */
export function upkeep({ inbox, clock, ...github }: UpkeepOptions): readonly Job[] {
  const jobs = catchingUp({ clock, ...github });
  return [
    { name: "time out CI", everyMs: MINUTE_MS, run: jobs.timeOutCi },
    { name: "redeliver", everyMs: 5 * MINUTE_MS, run: jobs.redeliver },
    { name: "reconcile", everyMs: 15 * MINUTE_MS, run: jobs.reconcile },
    {
      name: "purge the inbox",
      everyMs: DAY_MS,
      isRemembered: true,
      run: async () => ({ purged: await inbox.purge(new Date(clock().getTime() - REMEMBERED_DAYS * DAY_MS)) }),
    },
  ];
}

/** What catches up on what GitHub did not tell: on a server at times of its own each, on Lambda one after the other. */
export function catchingUp({ parts, github, clock, log }: Omit<UpkeepOptions, "inbox">) {
  const outside = { parts, octokitFor: octokitsFor(github), clock };
  return {
    redeliver: (): Promise<object> => redeliver({ app: github.app, items: parts.store.items, clock }),
    timeOutCi: () => counted(timeOutCi(outside), log),
    reconcile: () => counted(reconcileInRounds(outside, RECONCILE), log),
  };
}

/** How many of each kind there were. Those that failed are in the log, each with its reason. */
async function counted(findings: AsyncIterable<Finding>, log: UpkeepOptions["log"]): Promise<object> {
  const counts = { in_step: 0, repaired: 0, adopted: 0, unreachable: 0, failed: 0 };
  for await (const finding of findings) {
    counts[finding.found] += 1;
    if (finding.found !== "failed") continue;
    const { recordId, ref, error: err } = finding;
    log.error({ recordId, ref, err }, "A work item could not be compared with GitHub, and is left to the next run");
  }
  return counts;
}

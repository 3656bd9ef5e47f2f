import type { Json, Source } from "../../core/index.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo } from "../observe/index.js";
import type { AppParts } from "../parts.js";
import { type Attempt, Attempts } from "./attempts.js";
import { subjectOf } from "./reconcile.js";
import { type Refreshed, refresh } from "./refresh.js";

export interface BackfillOptions {
  readonly parts: Pick<AppParts, "store" | "pipeline">;
  readonly octokit: Octokit;
  readonly clock: () => Date;
  /** Waits so many milliseconds. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** How far a backfill has come, and what came of the issue or pull request that it has come to. */
export type BackfillStep = At & Outcome;

type Outcome = ReadStep | NotShownStep | FailedStep;

interface At {
  readonly number: number;
  readonly kind: "issue" | "pull request";
  /** How many issues and pull requests there are to go through, to the next hundred. */
  readonly total: number;
}

interface ReadStep {
  readonly found: "read";
  /** How many entries were recorded. */
  readonly recorded: number;
}

/** GitHub lists it, and refuses to show it. */
interface NotShownStep {
  readonly found: "not_shown";
}

interface FailedStep {
  readonly found: "failed";
  readonly error: unknown;
}

/** Where an interrupted backfill goes on: after this one, before which none had failed. Numbers are no order: an issue that was transferred is older than its number. */
interface Mark {
  readonly since: string | null;
  readonly done: number;
  readonly createdAt: string;
}

const COLLECTION = "backfill";
const PAGE = 100;

/** Requests of an hour that are left to the App itself. */
const RESERVE = 500;
const LOOK_EVERY = 10;

/**
 * Builds records from a repository's history, oldest first, through the same pipeline as deliveries: steps have GitHub's own times, and
 * are marked as backfilled. Reports nothing at GitHub and runs no hooks. What fails is said and left out; where all fails, it ends. Started
 * again, it goes on where it stopped, or where something first failed.
 * @param since only what changed since then: ISO 8601
 */
export async function* backfill(options: BackfillOptions, repo: Repo, since?: string): AsyncGenerator<BackfillStep> {
  const { parts, octokit } = options;
  const { items } = parts.store;
  const mark = (await items.get(COLLECTION, String(repo.id))) as Mark | null;
  const done = mark && mark.since === (since ?? null) ? mark : null;
  const attempts = new Attempts(options.clock);
  const source: Source = { kind: "backfill" };
  const { owner, name } = ownerAndName(repo);
  let total = 0;
  let count = 0;
  let hasFailed = false;
  const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, {
    ...{ owner, repo: name, state: "all", sort: "created", direction: "asc", per_page: PAGE },
    ...(since === undefined ? {} : { since }),
  });
  for await (const { data, headers } of pages) {
    total = Math.max(total, lastPage(headers.link) * PAGE, count + data.length);
    for (const item of data) {
      count += 1;
      const { number, created_at: createdAt } = item;
      if (done && (createdAt < done.createdAt || number === done.done)) continue;
      if (count % LOOK_EVERY === 0) await stayWithinLimit(options);
      const isPull = item.pull_request !== undefined;
      const at = { number, kind: isPull ? "pull request" : "issue", total } as const;
      const subject = subjectOf(repo, number, isPull, createdAt);
      const read = await attempts.at(() => refresh(parts.pipeline, subject, { source, octokit }));
      hasFailed ||= !read.ok;
      const next: Mark = { since: since ?? null, done: number, createdAt };
      if (!hasFailed) await items.put(COLLECTION, String(repo.id), next as unknown as Json);
      yield { ...at, ...outcomeOf(read) };
    }
  }
  if (!hasFailed) await items.delete(COLLECTION, String(repo.id));
}

function outcomeOf(read: Attempt<Refreshed>): Outcome {
  if (!read.ok) return { found: "failed", error: read.error };
  const { isShown, observed } = read.value;
  if (!isShown) return { found: "not_shown" };
  return { found: "read", recorded: observed.reduce((sum, { entries }) => sum + entries.length, 0) };
}

/** Asking for the limit is not charged: @see https://docs.github.com/rest/rate-limit/rate-limit */
async function stayWithinLimit({ octokit, clock, sleep }: BackfillOptions): Promise<void> {
  const { data } = await octokit.rest.rateLimit.get();
  const { remaining, reset } = data.resources.core;
  if (remaining < RESERVE) await sleep(Math.max(1000, reset * 1000 - clock().getTime()));
}

function lastPage(link: string | undefined): number {
  return Number(/[?&]page=(\d+)[^>]*>; rel="last"/.exec(link ?? "")?.[1] ?? 0);
}

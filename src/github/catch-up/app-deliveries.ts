import { z } from "zod";
import { type Timestamp, timestamp } from "../../core/index.js";
import type { AppClient } from "../client/app-octokit.js";
import type { DeliveryAttempt } from "./redelivery-plan.js";

/** A stretch of GitHub's list of deliveries, which has the newest first. */
export interface Stretch {
  /** Where to begin; null for the newest. */
  readonly cursor: string | null;
  /** Up to which time back. */
  readonly downTo: Timestamp;
}

const PER_PAGE = 100;
const REFUSED = [400, 404, 422];
const INTEGER = z.union([z.number().int(), z.bigint()]);

/** The fields of GitHub's that are used: https://docs.github.com/rest/apps/webhooks */
const ATTEMPT = z
  .object({
    id: INTEGER,
    guid: z.string().min(1).max(100),
    delivered_at: z.iso.datetime({ offset: true }),
    redelivery: z.boolean(),
    status: z.string(),
    status_code: z.number(),
    event: z.string(),
    action: z.string().nullish(),
    repository_id: INTEGER.nullish(),
  })
  .transform(
    (raw): DeliveryAttempt => ({
      id: String(raw.id),
      guid: raw.guid,
      event: raw.event,
      action: raw.action ?? null,
      repositoryId: raw.repository_id ? Number(raw.repository_id) : null,
      at: timestamp(raw.delivered_at),
      isRedelivery: raw.redelivery,
      succeeded: raw.status_code >= 200 && raw.status_code < 300,
      status: raw.status.slice(0, 200),
    }),
  );

/**
 * Reads stretches one after the other, at most `maxPages` pages of 100 in all.
 * @returns what was read, and what was not
 */
export async function readAttempts(
  app: AppClient,
  stretches: readonly Stretch[],
  maxPages: number,
): Promise<{ readonly attempts: readonly DeliveryAttempt[]; readonly unread: readonly Stretch[] }> {
  const attempts: DeliveryAttempt[] = [];
  const unread: Stretch[] = [];
  let pages = 0;
  for (const stretch of stretches) {
    const { downTo } = stretch;
    let rest: Stretch | null = stretch;
    while (rest && pages < maxPages) {
      pages += 1;
      const page = await readPageAt(app, rest);
      const wanted = page.attempts.filter(({ at }) => at >= downTo);
      attempts.push(...wanted);
      const isEnd = wanted.length < page.attempts.length || page.next === undefined;
      rest = isEnd ? null : { cursor: page.next ?? null, downTo };
    }
    if (rest) unread.push(rest);
  }
  return { attempts, unread };
}

/** Some of the newest deliveries. */
export async function newestAttempts(app: AppClient): Promise<readonly DeliveryAttempt[]> {
  return (await readPage(app, null)).attempts;
}

interface Page {
  readonly attempts: readonly DeliveryAttempt[];
  /** Undefined on the last page; null says to begin anew. */
  readonly next?: string | null;
}

/** A cursor of an earlier run may be one that GitHub knows no more: then the stretch is read from its beginning. */
async function readPageAt(app: AppClient, { cursor }: Stretch): Promise<Page> {
  try {
    return await readPage(app, cursor);
  } catch (error) {
    const isRefused = error instanceof Error && "status" in error && REFUSED.some((status) => status === error.status);
    if (cursor === null || !isRefused) throw error;
    return { attempts: [], next: null };
  }
}

async function readPage(app: AppClient, cursor: string | null): Promise<Page> {
  const { data, headers } = await app.rest.apps.listWebhookDeliveries({
    per_page: PER_PAGE,
    ...(cursor === null ? {} : { cursor }),
  });
  const next = nextCursor(headers.link);
  return { attempts: z.array(ATTEMPT).parse(data), ...(next === null ? {} : { next }) };
}

function nextCursor(link = ""): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  return next && URL.canParse(next) ? new URL(next).searchParams.get("cursor") : null;
}

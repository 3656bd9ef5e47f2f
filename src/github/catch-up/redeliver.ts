import { type Json, type Timestamp, timestamp } from "../../core/index.js";
import type { Items } from "../../store/repository.js";
import type { AppClient } from "../client/app-octokit.js";
import { isNotThere } from "../client/github-errors.js";
import { SUBSCRIBED } from "../events.js";
import { readAttempts, type Stretch } from "./app-deliveries.js";
import { asked, type Gap, planRedelivery, type Undelivered } from "./redelivery-plan.js";

export type { Gap } from "./redelivery-plan.js";

/** Of the store's items: what could never be delivered, by GUID. */
export const GAPS = "gaps";
/** What is to be asked for at a later run, by GUID. */
const OPEN = "redelivery";
const PLACE = "redelivery-place";

export interface RedeliverOptions {
  /** As the App itself. */
  readonly app: AppClient;
  readonly items: Items;
  readonly clock: () => Date;
  /** For how many days GitHub keeps deliveries; 3 by default, as on github.com. */
  readonly keptDays?: number;
  /** How many deliveries are asked for in one run; 100 by default, for GitHub wants a second between them. */
  readonly limit?: number;
  /** How many pages of 100 deliveries are read in one run; 100 by default. What is left is read by the next. */
  readonly maxPages?: number;
}

/** What a run did, for the log. */
export interface RedeliverySummary {
  /** How many attempts of GitHub's were looked at. */
  readonly read: number;
  /** How many events GitHub was asked to deliver again. */
  readonly asked: number;
  /** How many wait for a later run. */
  readonly waiting: number;
  /** How many redeliveries were found to have arrived. */
  readonly arrived: number;
  /** What this run gave up. */
  readonly gaps: readonly Gap[];
  /** Whether GitHub's list has more than one run reads. */
  readonly isBehind: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const PAUSE_MS = 60 * 60 * 1000;
const MAX_TRIES = 5;
/** A delivery appears in the list with the time at which it began, some time after it ended. */
const OVERLAP_MS = 10 * 60 * 1000;

/**
 * Asks GitHub to deliver again what never arrived: GitHub itself tries once only. Whatever it may repeat is harmless, for a delivery that
 * is known is dropped.
 * @throws GitHub's and the store's own errors; the next run goes on from there
 * @see https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
 */
export async function redeliver(options: RedeliverOptions): Promise<RedeliverySummary> {
  const { app, items, clock, keptDays = 3, limit = 100, maxPages = 100 } = options;
  const now = clock();
  const keptMs = keptDays * DAY_MS;
  const { attempts, unread } = await readAttempts(app, await stretchesToRead(items, now, keptMs), maxPages);
  const known = (await items.list(OPEN)).map(({ value }) => value as unknown as Undelivered);
  const plan = planRedelivery(known, attempts, {
    ...{ now, keptMs, limit, pauseMs: PAUSE_MS, maxTries: MAX_TRIES },
    isSubscribed: (event) => SUBSCRIBED.has(event),
  });

  for (const guid of plan.arrived) await forget(items, guid, [OPEN, GAPS]);
  // All that is to be done is kept before the place is moved past it.
  for (const one of [...plan.ask, ...plan.wait]) await keep(items, OPEN, one);
  for (const gap of plan.gaps) await giveUp(items, gap);
  await items.put(PLACE, PLACE, { readTo: timestamp(now), unread } as unknown as Json);

  const refused: Gap[] = [];
  for (const one of plan.ask) {
    if (await ask(app, one)) await keep(items, OPEN, asked(one, clock()));
    else refused.push({ ...one, reason: "no longer kept by GitHub" });
  }
  for (const gap of refused) await giveUp(items, gap);
  return {
    read: attempts.length,
    asked: plan.ask.length - refused.length,
    waiting: plan.wait.length,
    arrived: plan.arrived.length,
    gaps: [...plan.gaps, ...refused],
    isBehind: unread.length > 0,
  };
}

/** What could not be delivered and was given up, by any run. */
export async function listGaps(items: Items): Promise<readonly Gap[]> {
  return (await items.list(GAPS)).map(({ value }) => value as unknown as Gap);
}

interface Place {
  readonly readTo: Timestamp;
  readonly unread: readonly Stretch[];
}

/** What is new since the last run, and what the runs before had to leave: as far back as GitHub goes. */
async function stretchesToRead(items: Items, now: Date, keptMs: number): Promise<readonly Stretch[]> {
  const place = (await items.get(PLACE, PLACE)) as unknown as Place | null;
  const oldest = now.getTime() - keptMs;
  if (!place) return [{ cursor: null, downTo: timestamp(oldest) }];
  const downTo = timestamp(Math.max(oldest, Date.parse(place.readTo) - OVERLAP_MS));
  return [{ cursor: null, downTo }, ...place.unread];
}

/** @returns false when GitHub has it no more, or will not send it */
async function ask(app: AppClient, { deliveryId }: Undelivered): Promise<boolean> {
  try {
    await app.request(`POST /app/hook/deliveries/${deliveryId}/attempts`);
    return true;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
}

async function giveUp(items: Items, gap: Gap): Promise<void> {
  await keep(items, GAPS, gap);
  await forget(items, gap.guid, [OPEN]);
}

async function keep(items: Items, collection: string, one: Undelivered): Promise<void> {
  await items.put(collection, one.guid, one as unknown as Json);
}

async function forget(items: Items, guid: string, collections: readonly string[]): Promise<void> {
  for (const collection of collections) await items.delete(collection, guid);
}

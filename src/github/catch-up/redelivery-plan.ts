import { type Timestamp, timestamp } from "../../core/index.js";

/** One attempt of GitHub's at delivering an event. To GitHub each is a delivery of its own; those of one event share its GUID. */
export interface DeliveryAttempt {
  /** Digits: GitHub's ids outgrow what a JavaScript number keeps. */
  readonly id: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  readonly at: Timestamp;
  readonly isRedelivery: boolean;
  /** Answered 2xx. */
  readonly succeeded: boolean;
  /** GitHub's word for what happened, such as `failed to connect`. */
  readonly status: string;
}

/** An event of which no attempt is known to have succeeded. */
export interface Undelivered {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  /** The newest attempt, which is the one that GitHub is asked to repeat: it keeps that the longest. */
  readonly deliveryId: string;
  readonly firstAt: Timestamp;
  readonly lastAt: Timestamp;
  readonly status: string;
  /** How often GitHub was asked to deliver it again. */
  readonly tries: number;
  readonly askedAt: Timestamp | null;
}

/** What never arrived and will not any more, unless a person redelivers it. */
export interface Gap extends Undelivered {
  readonly reason: "no longer kept by GitHub" | "failed at every try";
}

export interface RedeliveryRules {
  readonly now: Date;
  /** Only these are ever asked for. */
  readonly isSubscribed: (event: string) => boolean;
  /** How many may be asked for at once. */
  readonly limit: number;
  /** For how long GitHub keeps a delivery, in milliseconds. */
  readonly keptMs: number;
  /** The same event is not asked for again within so many milliseconds: the answer may still be on its way. */
  readonly pauseMs: number;
  readonly maxTries: number;
}

export interface RedeliveryPlan {
  /** To be asked for now: what GitHub forgets first comes first. */
  readonly ask: readonly Undelivered[];
  /** To be asked for at a later run. */
  readonly wait: readonly Undelivered[];
  readonly gaps: readonly Gap[];
  /** The GUIDs of redeliveries that arrived: whatever was known of them is over. */
  readonly arrived: readonly string[];
}

/**
 * What to do about deliveries that failed.
 * @param known what earlier runs left to be done
 * @param attempts that were made since, in any order
 */
export function planRedelivery(
  known: readonly Undelivered[],
  attempts: readonly DeliveryAttempt[],
  rules: RedeliveryRules,
): RedeliveryPlan {
  const succeeded = new Set(attempts.filter((attempt) => attempt.succeeded).map(({ guid }) => guid));
  const undelivered = new Map(known.map((one) => [one.guid, one]));
  for (const attempt of attempts) {
    if (rules.isSubscribed(attempt.event))
      undelivered.set(attempt.guid, withAttempt(undelivered.get(attempt.guid), attempt));
  }
  const ask: Undelivered[] = [];
  const wait: Undelivered[] = [];
  const gaps: Gap[] = [];
  for (const one of [...undelivered.values()].sort((a, b) => compare(a.firstAt, b.firstAt))) {
    if (succeeded.has(one.guid)) continue;
    const next = nextFor(one, rules);
    if (next === "ask" && ask.length < rules.limit) ask.push(one);
    else if (next === "ask" || next === "wait") wait.push(one);
    else gaps.push({ ...one, reason: next });
  }
  const redelivered = attempts.filter((attempt) => attempt.succeeded && attempt.isRedelivery);
  const over = known.filter(({ guid }) => succeeded.has(guid));
  return { ask, wait, gaps, arrived: [...new Set([...redelivered, ...over].map(({ guid }) => guid))] };
}

function nextFor({ lastAt, askedAt, tries }: Undelivered, rules: RedeliveryRules): "ask" | "wait" | Gap["reason"] {
  const now = rules.now.getTime();
  if (askedAt !== null && now - Date.parse(askedAt) < rules.pauseMs) return "wait";
  if (tries >= rules.maxTries) return "failed at every try";
  return now - Date.parse(lastAt) > rules.keptMs ? "no longer kept by GitHub" : "ask";
}

function withAttempt(known: Undelivered | undefined, attempt: DeliveryAttempt): Undelivered {
  const { id, guid, event, action, repositoryId, at, status } = attempt;
  if (!known) {
    const about = { guid, event, action, repositoryId, deliveryId: id, status };
    return { ...about, firstAt: at, lastAt: at, tries: 0, askedAt: null };
  }
  const isNewest = compare(at, known.lastAt) > 0;
  return {
    ...known,
    firstAt: compare(at, known.firstAt) < 0 ? at : known.firstAt,
    ...(isNewest ? { deliveryId: id, lastAt: at, status } : {}),
  };
}

/** The same after GitHub was asked for it. */
export function asked(one: Undelivered, now: Date): Undelivered {
  return { ...one, tries: one.tries + 1, askedAt: timestamp(now) };
}

/** Timestamps of one form are in the order of their texts. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

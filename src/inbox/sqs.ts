import { LoopForgeError, type Timestamp, timestamp } from "../core/index.js";
import type { Row } from "../store/row.js";
import {
  type Claim,
  DEFAULT_MAX_WAITING,
  type Delivery,
  type DeliveryInfo,
  type DeliveryStatus,
  type FailedAttempt,
  type Inbox,
  type InboxOptions,
  type InboxPage,
  type InboxQuery,
  type InboxStats,
} from "./inbox.js";
import { Room } from "./room.js";
import { toInfo } from "./rows.js";
import { connectSqs, type SqsConnection } from "./sqs/connection.js";
import { SqsMessages } from "./sqs/message.js";
import type { SqsPlace } from "./sqs/place.js";
import { SqsPut } from "./sqs/put.js";
import { type Message, MOST_AT_ONCE } from "./sqs/queue.js";

const STATUSES: readonly DeliveryStatus[] = ["waiting", "leased", "done", "failed"];
/** As {@link SqsPut} names places, and after all of them. */
const PLACE = /^\d{17}-[\da-f]{8}$/;
const NEWEST = "~";

/** Of what waits, and of what a dead worker had: where its message went to the dead letters, no claim finds it any more. */
const UNHELD = "#status = :free OR (#status = :held AND #ready_at <= :now)";

export interface SqsInboxOptions extends InboxOptions {
  /** How long a claim waits for something to come, in seconds: 1 by default, from which on SQS asks all of its servers. */
  readonly waitSeconds?: number;
}

/** The inbox on an SQS FIFO queue and a DynamoDB table, worked by servers of one's own; on Lambda, functions do the same in parts. */
export class SqsInbox implements Inbox {
  readonly #connection: SqsConnection;
  readonly #put: SqsPut;
  readonly #messages: SqsMessages;
  readonly #clock: () => Date;
  readonly #waitSeconds: number;
  /** When what this process has, or had and failed with, falls due. */
  readonly #due = new Map<string, number>();

  /** Nothing is asked of AWS yet. */
  constructor(place: SqsPlace, options: SqsInboxOptions = {}) {
    const {
      maxWaiting = DEFAULT_MAX_WAITING,
      clock = () => new Date(),
      waitSeconds = 1,
      monotonic = () => performance.now(),
    } = options;
    this.#connection = connectSqs(place);
    const room = new Room(maxWaiting, () => this.#connection.queue.depth(), monotonic);
    this.#put = new SqsPut(this.#connection, { clock, makeRoom: () => room.take() });
    this.#messages = new SqsMessages(this.#connection);
    this.#clock = clock;
    this.#waitSeconds = waitSeconds;
  }

  /**
   * Opens it once both are there.
   * @throws LoopForgeError `store_schema` when there is no such queue or table, `inbox_unavailable` when they cannot be asked
   */
  static async open(place: SqsPlace, options: SqsInboxOptions = {}): Promise<SqsInbox> {
    const inbox = new SqsInbox(place, options);
    try {
      await Promise.all([inbox.#connection.queue.depth(), inbox.#connection.table.oldest("waiting")]);
      return inbox;
    } catch (error) {
      await inbox.close();
      throw error;
    }
  }

  put(delivery: Delivery): Promise<"stored" | "duplicate" | "requeued"> {
    return this.#put.put(delivery);
  }

  ignore(event: string): Promise<void> {
    return this.#put.ignore(event);
  }

  async claim(limit: number, now: Date, leaseMs: number): Promise<readonly Claim[]> {
    const claims: Claim[] = [];
    let isMore = true;
    while (isMore && claims.length < limit) {
      const asked = Math.min(limit - claims.length, MOST_AT_ONCE);
      const wait = claims.length === 0 ? this.#waitSeconds : 0;
      const messages = await this.#connection.queue.receive(asked, leaseMs, wait);
      const first = firstOfEach(messages);
      const opened = await Promise.all(first.map((message) => this.#open(message, now, leaseMs)));
      const later = messages.filter((message) => !first.includes(message));
      await Promise.all(later.map(({ receipt }) => this.#connection.queue.hide(receipt, 0)));
      const taken = opened.filter((claim) => claim !== null);
      claims.push(...taken);
      // Behind a message of which nothing was left, there may be one of the same key.
      isMore = messages.length > 0 && (messages.length === asked || taken.length < first.length);
    }
    return claims;
  }

  async nextDueAt(now: Date): Promise<Timestamp | null> {
    for (const [guid, at] of this.#due) if (at <= now.getTime()) this.#due.delete(guid);
    return this.#due.size === 0 ? null : timestamp(Math.min(...this.#due.values()));
  }

  async extend(claim: Claim, now: Date, leaseMs: number): Promise<boolean> {
    return this.#until(claim, now.getTime() + leaseMs, await this.#messages.extend(claim, now, leaseMs));
  }

  async done(claim: Claim, now: Date): Promise<boolean> {
    return this.#until(claim, null, await this.#messages.done(claim, now));
  }

  async retry(claim: Claim, failure: FailedAttempt): Promise<boolean> {
    return this.#until(claim, failure.dueAt.getTime(), await this.#messages.retry(claim, failure));
  }

  async setAside(claim: Claim, reason: string, now: Date): Promise<boolean> {
    return this.#until(claim, null, await this.#messages.setAside(claim, reason, now));
  }

  async release(claim: Claim): Promise<boolean> {
    return this.#until(claim, null, await this.#messages.release(claim));
  }

  /** Whoever holds a lease may be another server that is well. */
  async releaseAll(): Promise<number> {
    return 0;
  }

  async list({ status, cursor = NEWEST, limit = 100 }: InboxQuery = {}): Promise<InboxPage> {
    if (cursor !== NEWEST && !PLACE.test(cursor)) throw new LoopForgeError("usage", "Not a cursor of the inbox");
    const pages = (status ? [status] : STATUSES).map((one) => this.#newest(one, cursor, limit + 1));
    const rows = (await Promise.all(pages)).flat().toSorted((one, other) => (placeOf(one) < placeOf(other) ? 1 : -1));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { items: page.map(toInfo), cursor: rows.length > limit && last ? placeOf(last) : null };
  }

  async show(guid: string): Promise<(DeliveryInfo & { body: string | null }) | null> {
    const { table } = this.#connection;
    const item = await table.find(guid);
    if (!item) return null;
    return { ...toInfo(item), body: item.status === "done" ? null : await table.bodies.read(item) };
  }

  async retryNow(guid: string): Promise<boolean> {
    const { table, queue } = this.#connection;
    const item = await table.find(guid);
    if (item?.status === "failed") return this.#put.requeue(item);
    const due = await table.change(guid, { status: "waiting", ready_at: 0 }, UNHELD, this.#unheld());
    if (!due) return false;
    if (typeof due.receipt === "string") await queue.hide(due.receipt, 0);
    // Its message may have gone to the dead letters, or have been there for too long.
    await this.#put.send(due);
    return true;
  }

  async drop(guid: string): Promise<boolean> {
    const { table, queue } = this.#connection;
    const item = await table.remove(guid, `#status = :failed OR ${UNHELD}`, { failed: "failed", ...this.#unheld() });
    // Also where there is none any more: a drop that was cut off is finished when it is asked for again.
    if (item || !(await table.find(guid))) await table.bodies.delete(guid);
    if (typeof item?.receipt === "string") await queue.delete(item.receipt);
    return item !== null;
  }

  async stats(now: Date): Promise<InboxStats> {
    const { table, queue } = this.#connection;
    const [messages, leased, failed, done, tallies, oldest] = await Promise.all([
      queue.depth(),
      table.count("leased", now.getTime()),
      table.count("failed"),
      table.count("done"),
      table.tallies(),
      table.oldest("waiting"),
    ]);
    return {
      ...{ waiting: Math.max(0, messages - leased), leased, failed, done },
      ignored: Object.fromEntries(tallies.map(({ name, count }) => [String(name), Number(count)])),
      oldestWaitingAt: (oldest?.received_at as Timestamp | undefined) ?? null,
    };
  }

  /** DynamoDB forgets them by itself after 30 days; this is for sooner. */
  async purge(before: Date): Promise<number> {
    let purged = 0;
    for await (const { guid, ended_at } of this.#connection.table.inStatus("done", NEWEST)) {
      if (Number(ended_at) >= before.getTime()) continue;
      if (await this.#connection.table.remove(String(guid), "#status = :done", { done: "done" })) purged += 1;
    }
    return purged;
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #open(message: Message, now: Date, leaseMs: number): Promise<Claim | null> {
    const opened = await this.#messages.open(message, now, leaseMs);
    switch (opened.kind) {
      case "claimed":
        this.#due.set(opened.claim.guid, now.getTime() + leaseMs);
        return opened.claim;
      case "obsolete":
        await this.#connection.queue.delete(message.receipt);
        return null;
      case "early":
        await this.#connection.queue.hide(message.receipt, opened.dueAt.getTime() - now.getTime());
        return null;
      case "foreign":
        return null;
      default:
        return opened satisfies never;
    }
  }

  #unheld(): Row {
    return { held: "leased", free: "waiting", now: this.#clock().getTime() };
  }

  #until({ guid }: Claim, at: number | null, kept: boolean): boolean {
    if (kept && at !== null) this.#due.set(guid, at);
    else this.#due.delete(guid);
    return kept;
  }

  async #newest(status: DeliveryStatus, before: string, limit: number): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for await (const row of this.#connection.table.inStatus(status, before)) {
      if (rows.push(row) === limit) break;
    }
    return rows;
  }
}

/** Two of one key may come at once: only the older one is for now. */
function firstOfEach(messages: readonly Message[]): readonly Message[] {
  return messages.filter(({ group }, index) => messages.findIndex((other) => other.group === group) === index);
}

function placeOf(row: Row): string {
  return String(row.place);
}

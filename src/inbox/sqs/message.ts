import { randomUUID } from "node:crypto";
import type { Row } from "../../store/row.js";
import { CLOCKS_DIFFER_MS, type Claim, type FailedAttempt, type WaysOn } from "../inbox.js";
import { toNames } from "../rows.js";
import { cleanReason } from "../texts.js";
import type { SqsConnection } from "./connection.js";
import { readPointer } from "./pointer.js";
import type { Message } from "./queue.js";
import { TTL_ATTRIBUTE } from "./schema.js";

/** How long a GUID is remembered as done, in days. GitHub redelivers for a few days only. */
const REMEMBERED_DAYS = 30;
const DAY_S = 86_400;

/**
 * What a message turned out to be.
 * - `claimed`: a delivery to work; it ends by one of {@link SqsMessages}' ways on
 * - `obsolete`: its delivery was worked, set aside, taken up anew or dropped; nothing is to do, and the message can go
 * - `early`: its delivery is someone's, or waits for its retry, until then
 * - `foreign`: nobody's; it is left where it is, for the queue's dead letters
 */
export type Opened =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "obsolete" }
  | { readonly kind: "early"; readonly dueAt: Date }
  | { readonly kind: "foreign" };

/**
 * From messages to deliveries, and how these end. The table decides: a lease is an id in the delivery's item, and whoever's id it is not
 * changes nothing. That the message is hidden for as long only keeps it from coming in vain, and holds back the others of its key.
 */
export class SqsMessages implements WaysOn {
  readonly #connection: SqsConnection;

  constructor(connection: SqsConnection) {
    this.#connection = connection;
  }

  /** @param leaseMs how long, in milliseconds from `now`; the message is hidden for as long already */
  async open({ body, receipt }: Pick<Message, "body" | "receipt">, now: Date, leaseMs: number): Promise<Opened> {
    const { table } = this.#connection;
    const pointer = readPointer(body);
    if (!pointer) return { kind: "foreign" };
    const lease = randomUUID();
    const leased = await table.change(
      pointer.guid,
      { status: "leased", lease, receipt, ...lengthOf(now, leaseMs) },
      `#turn = :turn AND #status IN (:waiting, :leased) AND (#ready_at <= :now OR ${FROM_THE_FUTURE})`,
      { turn: pointer.turn, waiting: "waiting", leased: "leased", ...moments(now), one: 1 },
      ", #attempt = #attempt + :one",
    );
    const item = leased ?? (await table.find(pointer.guid));
    // The second case: it was leased, and only the answer was lost.
    if (item && (leased || item.lease === lease)) return this.#claimed(item, lease, now);
    if (item?.turn !== pointer.turn || item.status === "done" || item.status === "failed") {
      // Where a worker died between a delivery's end and the removal of its body, this is the second try.
      if (!item || item.status === "done") await table.bodies.delete(pointer.guid);
      return { kind: "obsolete" };
    }
    // Whoever has it finds the message by the receipt that holds it now.
    await table.change(pointer.guid, { receipt }, "#turn = :turn", { turn: pointer.turn });
    return { kind: "early", dueAt: new Date(endOf(item, now)) };
  }

  /** Keeps the lease until `leaseMs` from `now`. */
  async extend(claim: Claim, now: Date, leaseMs: number): Promise<boolean> {
    const item = await this.#change(claim, { status: "leased", ...lengthOf(now, leaseMs) });
    if (item) await this.#connection.queue.hide(String(item.receipt), leaseMs);
    return item !== null;
  }

  /** The message goes last: until then, whatever was not done of this is done when it comes again. */
  async done(claim: Claim, now: Date): Promise<boolean> {
    const { table, queue } = this.#connection;
    const forgetAt = Math.floor(now.getTime() / 1000) + REMEMBERED_DAYS * DAY_S;
    const ended = { status: "done", ...ENDED, error: null, ended_at: now.getTime(), [TTL_ATTRIBUTE]: forgetAt };
    const item = await this.#change(claim, ended);
    if (!item) return false;
    await table.bodies.delete(claim.guid);
    await queue.delete(String(item.receipt));
    return true;
  }

  /** Waits until `dueAt`, at most 12 hours, and the others of its key with it. */
  async retry(claim: Claim, failure: FailedAttempt): Promise<boolean> {
    const { error, failedAt, dueAt } = failure;
    const heldUpBy = failure.heldUpBy ?? null;
    const waits = {
      status: "waiting",
      lease: null,
      error: cleanReason(error),
      held_up_by: heldUpBy,
      holds: heldUpBy === null ? 0 : claim.holds + 1,
      waits_from: failedAt.getTime(),
      ready_at: dueAt.getTime(),
    };
    const item = await this.#change(claim, waits, heldUpBy === null ? 0 : -1);
    if (item) await this.#connection.queue.hide(String(item.receipt), dueAt.getTime() - failedAt.getTime());
    return item !== null;
  }

  /** Keeps the delivery for a person, with the reason and its body, and lets the others of its key go on. */
  async setAside(claim: Claim, reason: string, now: Date): Promise<boolean> {
    const ended = { status: "failed", ...ENDED, error: cleanReason(reason), ended_at: now.getTime() };
    const item = await this.#change(claim, ended);
    if (item) await this.#connection.queue.delete(String(item.receipt));
    return item !== null;
  }

  /** Gives it back as if it had not been claimed. */
  async release(claim: Claim): Promise<boolean> {
    const item = await this.#change(claim, { status: "waiting", ready_at: 0, lease: null }, -1);
    if (item) await this.#connection.queue.hide(String(item.receipt), 0);
    return item !== null;
  }

  async #claimed(item: Row, lease: string, now: Date): Promise<Opened> {
    const body = await this.#connection.table.bodies.read(item);
    const claim = {
      ...toNames(item),
      body: body ?? "",
      attempt: Number(item.attempt),
      holds: Number(item.holds ?? 0),
      lease,
    };
    if (body !== null) return { kind: "claimed", claim };
    await this.setAside(claim, "Its body is not in the inbox's table any more", now);
    return { kind: "obsolete" };
  }

  #change({ guid, lease }: Claim, set: Row, attempts = 0): Promise<Row | null> {
    const values = { held: lease, attempts };
    return this.#connection.table.change(guid, set, "#lease = :held", values, ", #attempt = #attempt + :attempts");
  }
}

const ENDED = { ready_at: 0, lease: null, held_up_by: null } as const;

/** A wait or a lease that begins in the future: the clock was set back since, and it is over. */
const FROM_THE_FUTURE =
  "(#status = :waiting AND #waits_from > :waits_late) OR (#status = :leased AND #waits_from > :leased_late)";

function moments(now: Date) {
  const at = now.getTime();
  return { now: at, waits_late: at + CLOCKS_DIFFER_MS.waiting, leased_late: at + CLOCKS_DIFFER_MS.leased };
}

function lengthOf(now: Date, ms: number) {
  return { waits_from: now.getTime(), ready_at: now.getTime() + ms };
}

/** When it is over, in milliseconds, and no later than its own length from now. */
function endOf({ waits_from, ready_at }: Row, now: Date): number {
  const end = Number(ready_at);
  return typeof waits_from === "number" ? Math.min(end, now.getTime() + end - waits_from) : end;
}

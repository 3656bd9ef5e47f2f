import { randomUUID } from "node:crypto";
import type { Row } from "../../store/row.js";
import type { Claim, FailedAttempt, WaysOn } from "../inbox.js";
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
  readonly #clock: () => Date;

  constructor(connection: SqsConnection, { clock }: { readonly clock: () => Date }) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** @param leaseMs how long, in milliseconds from `now`; the message is hidden for as long already */
  async open({ body, receipt }: Pick<Message, "body" | "receipt">, now: Date, leaseMs: number): Promise<Opened> {
    const { table } = this.#connection;
    const pointer = readPointer(body);
    if (!pointer) return { kind: "foreign" };
    const lease = randomUUID();
    const leased = await table.change(
      pointer.guid,
      { status: "leased", lease, receipt, ready_at: now.getTime() + leaseMs },
      "#turn = :turn AND #status IN (:waiting, :leased) AND #ready_at <= :now",
      { turn: pointer.turn, waiting: "waiting", leased: "leased", now: now.getTime(), one: 1 },
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
    return { kind: "early", dueAt: new Date(Number(item.ready_at)) };
  }

  /** Keeps the lease until `leaseMs` from `now`. */
  async extend(claim: Claim, now: Date, leaseMs: number): Promise<boolean> {
    const item = await this.#change(claim, { status: "leased", ready_at: now.getTime() + leaseMs });
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
    const due = failure.dueAt.getTime();
    const waits = { status: "waiting", ready_at: due, lease: null, error: cleanReason(failure.error) };
    const item = await this.#change(claim, waits, failure.counts === false ? -1 : 0);
    if (item) await this.#connection.queue.hide(String(item.receipt), due - this.#clock().getTime());
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
    const claim = { ...toNames(item), body: body ?? "", attempt: Number(item.attempt), lease };
    if (body !== null) return { kind: "claimed", claim };
    await this.setAside(claim, "Its body is not in the inbox's table any more", now);
    return { kind: "obsolete" };
  }

  #change({ guid, lease }: Claim, set: Row, attempts = 0): Promise<Row | null> {
    const values = { held: lease, attempts };
    return this.#connection.table.change(guid, set, "#lease = :held", values, ", #attempt = #attempt + :attempts");
  }
}

const ENDED = { ready_at: 0, lease: null } as const;

import { randomUUID } from "node:crypto";
import type { Row } from "../../store/row.js";
import type { Delivery, Inbox } from "../inbox.js";
import { mismatch } from "../inbox-errors.js";
import { ignoredName } from "../rows.js";
import { checkNames } from "../texts.js";
import type { BodyPlace } from "./bodies.js";
import type { SqsConnection } from "./connection.js";
import { type Pointer, writePointer } from "./pointer.js";

export interface SqsPutOptions {
  readonly clock: () => Date;
  /** Asked before a delivery that is not known yet is taken; it throws when there is no room for one. */
  readonly makeRoom?: () => Promise<void>;
}

/**
 * Takes deliveries into an inbox on SQS: all that ingest needs of it.
 *
 * The order of the writes is what loses nothing. First the body, then the delivery's item, on the condition that its GUID is new, then
 * the message that points to it; only after that it is acknowledged.
 * - Killed before the item is there: nothing is known of the delivery, and parts of a body that nobody points to remain until the same
 *   GUID is done.
 * - Killed between item and message: nothing was acknowledged, so it is redelivered, by GitHub's button or by LoopForge's schedule. A
 *   GUID that is known and unfinished has its message sent again.
 * - Killed after the message: it will be worked; the redelivery is answered as a duplicate.
 *
 * That second message is no harm: SQS drops it within five minutes (same deduplication id), and later the worker does, for by then the
 * item says that the first one was worked. The other way round, message before item, a worker could meet a message without a delivery.
 */
export class SqsPut implements Pick<Inbox, "put" | "ignore"> {
  readonly #connection: SqsConnection;
  readonly #options: SqsPutOptions;
  #last = 0;

  constructor(connection: SqsConnection, options: SqsPutOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async put(delivery: Delivery): Promise<"stored" | "duplicate" | "requeued"> {
    checkNames(delivery);
    const { table } = this.#connection;
    for (;;) {
      const known = await table.find(delivery.guid);
      if (!known) {
        await this.#options.makeRoom?.();
        if (await this.#add(delivery)) return "stored";
      } else if (known.payload_sha256 !== delivery.payloadSha256) {
        throw mismatch(delivery.guid);
      } else if (known.status === "failed") {
        // Written again, so that nothing that happened to it is in the way of a person's "redeliver".
        const body = await table.bodies.write(delivery.guid, delivery.body);
        if (await this.requeue(known, body)) return "requeued";
      } else {
        if (known.status !== "done") await this.send(known);
        return "duplicate";
      }
      // Somebody else was faster: what is known of it has changed.
    }
  }

  async ignore(event: string): Promise<void> {
    await this.#connection.table.tally(ignoredName(event), ignoredName("(other)"));
  }

  /** Lets one that was set aside wait again, behind the others of its key. @returns false when it is not set aside any more */
  async requeue({ guid, turn }: Row, body: Partial<BodyPlace> = {}): Promise<boolean> {
    const again = { ...WAITING, ...body, turn: randomUUID(), place: this.#place() };
    const condition = "#status = :failed AND #turn = :was";
    const item = await this.#connection.table.change(String(guid), again, condition, { failed: "failed", was: turn });
    if (item) await this.send(item);
    return item !== null;
  }

  /** Puts the message into the queue that stands for the item, again if need be. */
  async send({ guid, turn, key }: Row): Promise<void> {
    const pointer = { guid, turn } as Pointer;
    await this.#connection.queue.send(writePointer(pointer), { key: String(key), id: pointer.turn });
  }

  async #add({ guid, event, action, key, receivedAt, payloadSha256, body }: Delivery): Promise<boolean> {
    const { table } = this.#connection;
    const item = {
      ...{ guid, event, action, key, ...WAITING, turn: randomUUID(), place: this.#place() },
      ...{ received_at: receivedAt, payload_sha256: payloadSha256, ...(await table.bodies.write(guid, body)) },
    };
    if (!(await table.add(item))) return false;
    await this.send(item);
    return true;
  }

  /** A later one than all before it of this process, and different from those of others. */
  #place(): string {
    this.#last = Math.max(this.#last + 1, this.#options.clock().getTime() * 1000);
    return `${String(this.#last).padStart(17, "0")}-${randomUUID().slice(0, 8)}`;
  }
}

const WAITING = {
  ...{ status: "waiting", attempt: 0, ready_at: 0, lease: null, receipt: null, error: null, ended_at: null },
  ...{ held_up_by: null, holds: 0 },
} as const;

import { sha256, timestamp } from "../../src/core/index.js";
import { SUBSCRIBED } from "../../src/github/events.js";
import type { Inbox } from "../../src/inbox/inbox.js";
import type { Delivery, Sandbox } from "../../src/sandbox/index.js";
import { orderingKey } from "../../src/server/ordering-key.js";
import type { Luck } from "./luck.js";
import type { InboxFaults, NetworkFaults } from "./options.js";
import type { SimTime } from "./sim-time.js";

interface OnTheWay {
  /** By the simulated clock, in milliseconds. */
  readonly due: number;
  readonly delivery: Delivery;
}

export interface NetworkOptions {
  readonly sandbox: Sandbox;
  readonly inbox: Inbox;
  readonly time: SimTime;
  readonly luck: Luck;
  readonly faults: NetworkFaults;
  readonly inboxFaults: InboxFaults;
}

const HOUR_MS = 3_600_000;

/** Between GitHub and the inbox: what it takes on is delivered late, twice, in another order, at the second try, or never. */
export class Network {
  readonly #options: NetworkOptions;
  #onTheWay: OnTheWay[] = [];
  /** Deliveries that were answered with a 2xx: they must not be lost. */
  readonly acknowledged = new Set<string>();
  /** Deliveries that never come. */
  readonly gone: Delivery[] = [];
  /** Deliveries that have not been worked to their end. */
  readonly #unworked = new Map<string, Delivery>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** One has been worked. */
  readonly done = (guid: string): void => void this.#unworked.delete(guid);

  /** What GitHub has said and LoopForge has not taken in. */
  get unworked(): Iterable<Delivery> {
    return this.#unworked.values();
  }

  /** Takes on what GitHub has to say. */
  collect(): void {
    const { sandbox, time, luck, faults } = this.#options;
    for (const delivery of sandbox.takePending()) {
      if (!SUBSCRIBED.has(delivery.event)) continue;
      this.#unworked.set(delivery.guid, delivery);
      if (luck.strikes(faults.gone)) {
        this.gone.push(delivery);
        continue;
      }
      const lost = luck.strikes(faults.lost) ? luck.upTo(6) * HOUR_MS : 0;
      const delayed = luck.strikes(faults.delayed) ? luck.upTo(faults.maxDelay) * 1000 : 0;
      this.#send(delivery, time.monotonic() + lost + delayed);
      if (luck.strikes(faults.doubled)) this.#send(delivery, time.monotonic() + luck.upTo(2 * HOUR_MS));
    }
  }

  /** When the next one arrives; null where none is on its way. */
  get nextDue(): number | null {
    return this.#onTheWay.reduce<number | null>(
      (least, { due }) => (least === null || due < least ? due : least),
      null,
    );
  }

  /** Brings what is due. @returns whether anything was stored */
  async deliverDue(): Promise<boolean> {
    const now = this.#options.time.monotonic();
    const due = this.#onTheWay.filter((one) => one.due <= now).sort((a, b) => a.due - b.due);
    this.#onTheWay = this.#onTheWay.filter((one) => one.due > now);
    for (const { delivery } of due) await this.#post(delivery);
    return due.length > 0;
  }

  #send(delivery: Delivery, due: number): void {
    this.#onTheWay.push({ due, delivery });
  }

  /** A delivery that is not answered with a 2xx is a failed one at GitHub, and is asked for again. */
  async #post(delivery: Delivery): Promise<void> {
    const { inbox, luck, inboxFaults, time } = this.#options;
    const again = () => this.#send(delivery, time.monotonic() + luck.upTo(6) * HOUR_MS);
    if (luck.strikes(inboxFaults.unavailable)) return again();
    const { guid, event, action, body } = delivery;
    const key = orderingKey(event, guid, JSON.parse(body) as object);
    await inbox.put({
      guid,
      event,
      action,
      key,
      receivedAt: timestamp(time.clock()),
      payloadSha256: sha256(body),
      body,
    });
    if (luck.strikes(inboxFaults.ambiguous)) return again();
    this.acknowledged.add(guid);
  }
}

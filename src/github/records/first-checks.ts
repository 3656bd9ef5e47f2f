import { LRUCache } from "lru-cache";
import type { Timestamp } from "../../core/index.js";
import type { Repo } from "../observe/index.js";

/** A repository that has shown CI earlier than was known. */
export interface FirstCheck {
  readonly repo: Repo;
  readonly since: Timestamp;
}

/**
 * What has yet to be judged again: merges that were judged as if their repository had no CI, while it had shown a check before. Kept for
 * the delivery that brought it, for that is tried again where this fails.
 */
export class FirstChecks {
  readonly #waiting = new LRUCache<string, readonly FirstCheck[]>({ max: 1000 });

  /** @param key of what was heard: it begins with the delivery's GUID; undefined for what was read */
  note(key: string | undefined, check: FirstCheck): void {
    const delivery = deliveryOf(key);
    this.#waiting.set(delivery, [...(this.#waiting.get(delivery) ?? []), check]);
  }

  next(key: string | undefined): FirstCheck | undefined {
    return this.#waiting.get(deliveryOf(key))?.[0];
  }

  done(key: string | undefined, check: FirstCheck): void {
    const delivery = deliveryOf(key);
    const left = (this.#waiting.get(delivery) ?? []).filter((one) => one !== check);
    if (left.length > 0) this.#waiting.set(delivery, left);
    else this.#waiting.delete(delivery);
  }
}

function deliveryOf(key = ""): string {
  return key.split("/", 1)[0] ?? "";
}

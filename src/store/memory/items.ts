import { type Json, type Timestamp, timestamp } from "../../core/index.js";
import type { Items } from "../repository.js";

interface Item {
  /** As text, so that what a caller does to the value later changes nothing here. */
  readonly text: string;
  readonly expiresAt: Timestamp | null;
}

export class MemoryItems implements Items {
  readonly #collections = new Map<string, Map<string, Item>>();
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async get(collection: string, id: string): Promise<Json | null> {
    const item = this.#collections.get(collection)?.get(id);
    return item && this.#isAlive(item) ? (JSON.parse(item.text) as Json) : null;
  }

  async list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]> {
    const items = this.#of(collection);
    for (const [id, item] of items) if (!this.#isAlive(item)) items.delete(id);
    const alive = [...items].sort(([a], [b]) => (a < b ? -1 : 1));
    return alive.map(([id, item]) => ({ id, value: JSON.parse(item.text) as Json }));
  }

  async put(
    collection: string,
    id: string,
    value: Json,
    options: { readonly expiresAt?: Timestamp } = {},
  ): Promise<void> {
    const expiresAt = options.expiresAt === undefined ? null : timestamp(options.expiresAt);
    this.#of(collection).set(id, { text: JSON.stringify(value), expiresAt });
  }

  async delete(collection: string, id: string): Promise<void> {
    this.#of(collection).delete(id);
  }

  #of(collection: string): Map<string, Item> {
    const items = this.#collections.get(collection) ?? new Map<string, Item>();
    this.#collections.set(collection, items);
    return items;
  }

  #isAlive({ expiresAt }: Item): boolean {
    return expiresAt === null || expiresAt > timestamp(this.#clock());
  }
}

import { type Json, type Timestamp, timestamp } from "../../core/index.js";
import type { Items } from "../repository.js";
import type { KeptItem } from "./contents.js";
import type { JsonFileKeeper } from "./keeper.js";

export class JsonFileItems implements Items {
  readonly #keeper: JsonFileKeeper;
  readonly #clock: () => Date;

  constructor(keeper: JsonFileKeeper, clock: () => Date) {
    this.#keeper = keeper;
    this.#clock = clock;
  }

  async get(collection: string, id: string): Promise<Json | null> {
    const item = this.#keeper.contents.items.get(collection)?.get(id);
    return item && this.#isAlive(item) ? (JSON.parse(item.text) as Json) : null;
  }

  async list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]> {
    const items = [...(this.#keeper.contents.items.get(collection) ?? [])];
    const alive = items.filter(([, item]) => this.#isAlive(item)).sort(([a], [b]) => (a < b ? -1 : 1));
    return alive.map(([id, item]) => ({ id, value: JSON.parse(item.text) as Json }));
  }

  async put(
    collection: string,
    id: string,
    value: Json,
    options: { readonly expiresAt?: Timestamp } = {},
  ): Promise<void> {
    const text = JSON.stringify(value);
    const expiresAt = options.expiresAt === undefined ? null : timestamp(options.expiresAt);
    await this.#keeper.write(({ items }) => {
      for (const [name, others] of items) {
        for (const [other, item] of others) if (!this.#isAlive(item)) others.delete(other);
        if (others.size === 0) items.delete(name);
      }
      const kept = items.get(collection) ?? new Map<string, KeptItem>();
      items.set(collection, kept.set(id, { text, expiresAt, unknown: kept.get(id)?.unknown ?? {} }));
    });
  }

  async delete(collection: string, id: string): Promise<void> {
    await this.#keeper.write(({ items }) => items.get(collection)?.delete(id));
  }

  #isAlive({ expiresAt }: KeptItem): boolean {
    return expiresAt === null || expiresAt > timestamp(this.#clock());
  }
}

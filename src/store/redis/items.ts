import type { Json, Timestamp } from "../../core/index.js";
import type { Items } from "../repository.js";
import { jsonIn, textIn } from "../row.js";
import type { RedisConnection } from "./connection.js";
import { DELETE_ITEM, PUT_ITEM } from "./scripts.js";

export class RedisItems implements Items {
  readonly #connection: RedisConnection;
  readonly #clock: () => Date;

  constructor(connection: RedisConnection, clock: () => Date) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async get(collection: string, id: string): Promise<Json | null> {
    const kept = await this.#connection.command("HGET", `items:${collection}`, id);
    return kept === null ? null : (this.#alive(kept)?.value ?? null);
  }

  async list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]> {
    const flat = await this.#connection.command("HGETALL", `items:${collection}`);
    const found: { id: string; value: Json }[] = [];
    const values = Array.isArray(flat) ? (flat as unknown[]) : [];
    for (let i = 0; i < values.length; i += 2) {
      const alive = this.#alive(values[i + 1]);
      if (alive) found.push({ id: textIn({ id: values[i] }, "id"), value: alive.value });
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async put(
    collection: string,
    id: string,
    value: Json,
    options: { readonly expiresAt?: Timestamp } = {},
  ): Promise<void> {
    const expires = options.expiresAt === undefined ? "" : Date.parse(options.expiresAt);
    await this.#connection.run(PUT_ITEM, collection, id, JSON.stringify(value), expires, this.#clock().getTime());
  }

  async delete(collection: string, id: string): Promise<void> {
    await this.#connection.run(DELETE_ITEM, collection, id);
  }

  /** @returns null when it has expired */
  #alive(kept: unknown): { readonly value: Json } | null {
    const item = textIn({ item: kept }, "item");
    const end = item.indexOf("\n");
    const expires = item.slice(0, end);
    if (expires !== "" && Number(expires) <= this.#clock().getTime()) return null;
    return { value: jsonIn({ item: item.slice(end + 1) }, "item") as Json };
  }
}

import type { Hash, Json, JsonObject, RecordId, StoredEntry } from "../../core/index.js";
import type { Facts } from "../repository.js";
import { jsonIn, textIn } from "../row.js";
import type { HeadAtRestOf, OldStore, WaitingItem } from "../upgrade.js";
import type { RedisConnection } from "./connection.js";
import { DELETE_ITEM, REPLACE_HEAD } from "./scripts.js";

const A_PAGE = 100;
/** As `expiring` in the scripts names an item: the length of its collection's name, a colon, the name, and its id. */
const WAITING = /^(\d+):(parked:.*)$/s;

/** A head with the text that it has in its key: what replaces it replaces this very text. */
interface OldHead extends HeadAtRestOf {
  readonly text: string;
}

/** The keys as schema 1 left them. */
export class OldRedisStore implements OldStore {
  readonly facts: Facts;
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection, facts: Facts) {
    this.#connection = connection;
    this.facts = facts;
  }

  async *heads(): AsyncGenerator<readonly OldHead[]> {
    for (let from = "-"; ; ) {
      const ids = await this.#list("ZRANGEBYLEX", "ledgers", from, "+", "LIMIT", 0, A_PAGE);
      const heads = await Promise.all(ids.map((id) => this.head(id as RecordId)));
      yield heads.filter((head) => head !== null);
      if (ids.length < A_PAGE) return;
      from = `(${ids.at(-1)}`;
    }
  }

  async head(recordId: RecordId): Promise<OldHead | null> {
    const text = await this.#connection.command("HGET", `head:${recordId}`, "head");
    if (typeof text !== "string") return null;
    try {
      return { recordId, head: JSON.parse(text) as JsonObject, text };
    } catch {
      // A head that somebody broke is left as it is: whoever reads it is told.
      return null;
    }
  }

  async entries(recordId: RecordId): Promise<readonly StoredEntry[]> {
    const lines = await this.#list("LRANGE", `ledger:${recordId}`, 0, -1);
    return lines.map((line, index) => {
      const end = line.indexOf("\n");
      return { recordId, seq: index + 1, text: line.slice(end + 1), hash: line.slice(0, Math.max(0, end)) as Hash };
    });
  }

  async replace({ recordId, text }: OldHead, head: JsonObject): Promise<boolean> {
    return (await this.#connection.run(REPLACE_HEAD, recordId, text, JSON.stringify(head))) === 1;
  }

  /** All of them expire, and so stand in the list of what does. */
  async *waiting(): AsyncGenerator<WaitingItem> {
    for (const member of await this.#list("ZRANGE", "expiring", 0, -1)) {
      const [, length, rest = ""] = WAITING.exec(member) ?? [];
      if (length === undefined) continue;
      const [collection, id] = [rest.slice(0, Number(length)), rest.slice(Number(length))];
      const kept = await this.#connection.command("HGET", `items:${collection}`, id);
      yield { collection, id, value: kept === null ? null : valueIn(kept) };
    }
  }

  async removeWaiting({ collection, id }: WaitingItem): Promise<void> {
    await this.#connection.run(DELETE_ITEM, collection, id);
  }

  async #list(command: string, name: string, ...values: (string | number)[]): Promise<readonly string[]> {
    const answer = await this.#connection.command(command, name, ...values);
    return Array.isArray(answer) ? (answer as string[]) : [];
  }
}

/** Behind when it expires. */
function valueIn(kept: unknown): Json {
  const item = textIn({ kept }, "kept");
  return jsonIn({ item: item.slice(item.indexOf("\n") + 1) }, "item") as Json;
}

import type { Hash, Json, JsonObject, RecordId, StoredEntry } from "../../core/index.js";
import { systemClock } from "../options.js";
import { integerIn, jsonIn, type Row, textIn } from "../row.js";
import type { HeadAtRestOf, OldStore, WaitingItem } from "../upgrade.js";
import type { PostgresDatabase } from "./database.js";
import { PostgresFacts } from "./facts.js";
import type { Statements } from "./sql.js";

const A_PAGE = 100;

/** A head with the text that it has in its row: what replaces it replaces this very text. */
interface OldRow extends HeadAtRestOf {
  readonly text: string;
}

/** The tables as schema 1 left them. */
export class OldPostgresStore implements OldStore {
  readonly facts: PostgresFacts;
  readonly #db: PostgresDatabase<Statements>;

  constructor(db: PostgresDatabase<Statements>) {
    this.#db = db;
    this.facts = new PostgresFacts(db, systemClock);
  }

  async *heads(): AsyncGenerator<readonly OldRow[]> {
    for (let after = ""; ; ) {
      const rows = await this.#db.all(this.#db.sql.oldHeads, after, A_PAGE);
      const last = rows.at(-1);
      if (!last) return;
      yield rows.flatMap(headIn);
      after = textIn(last, "record_id");
    }
  }

  async head(recordId: RecordId): Promise<OldRow | null> {
    const row = await this.#db.one(this.#db.sql.head, recordId);
    return (row && headIn(row)[0]) ?? null;
  }

  async entries(recordId: RecordId): Promise<readonly StoredEntry[]> {
    const rows = await this.#db.all(this.#db.sql.oldestEntries, recordId, 0, null);
    return rows.map((row) => ({
      recordId,
      seq: integerIn(row, "seq"),
      text: textIn(row, "text"),
      hash: textIn(row, "hash") as Hash,
    }));
  }

  async replace({ recordId, text }: OldRow, head: JsonObject): Promise<boolean> {
    const rows = await this.#db.all(this.#db.sql.replaceHead, recordId, JSON.stringify(head), text);
    return rows.length > 0;
  }

  async *waiting(): AsyncGenerator<WaitingItem> {
    for (;;) {
      const rows = await this.#db.all(this.#db.sql.waiting, A_PAGE);
      if (rows.length === 0) return;
      for (const row of rows) {
        yield { collection: textIn(row, "collection"), id: textIn(row, "id"), value: valueIn(row) };
      }
    }
  }

  async removeWaiting({ collection, id }: WaitingItem): Promise<void> {
    await this.#db.all(this.#db.sql.deleteItem, collection, id);
  }
}

/** A head that somebody broke is left as it is: whoever reads it is told. */
function headIn(row: Row): OldRow[] {
  const text = textIn(row, "head");
  try {
    return [{ recordId: textIn(row, "record_id") as RecordId, head: JSON.parse(text) as JsonObject, text }];
  } catch {
    return [];
  }
}

function valueIn(row: Row): Json {
  return jsonIn(row, "value") as Json;
}

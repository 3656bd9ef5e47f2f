import {
  factsOfWaiting,
  type Hash,
  type Json,
  type JsonObject,
  type RecordId,
  type StoredEntry,
  type StoredFact,
  upgradeHead,
} from "../../core/index.js";
import { factRows } from "../fact-row.js";
import { systemClock } from "../options.js";
import { integerIn, type Row, textIn } from "../row.js";
import { factsKeptUntil } from "../upgrade.js";
import type { SqliteDatabase, Step } from "./database.js";
import * as sql from "./sql.js";

/** So many records, or waiting observations, are upgraded in one transaction: others wait no longer for the file. */
const A_STEP = 100;

/** Brings the file from schema 1 to schema 2 (see `../upgrade.ts`), some records at a time. */
export function upgradeRecords(): Step {
  const expiresAt = factsKeptUntil(systemClock());
  let after = "";
  const add = (db: SqliteDatabase, facts: readonly StoredFact[]) => {
    db.run(sql.ADD_FACTS, JSON.stringify(factRows(facts, expiresAt)));
  };
  return (db) => {
    const rows = db.all(OLD_HEADS, after, A_STEP);
    for (const row of rows) {
      after = textIn(row, "record_id");
      const head = readable(row, "head") as JsonObject | null;
      const upgraded = head && upgradeHead(head, entriesOf(db, after as RecordId));
      if (!upgraded) continue;
      add(db, upgraded.facts);
      db.run("UPDATE records SET head = ? WHERE record_id = ?", JSON.stringify(upgraded.head), after);
    }
    if (rows.length > 0) return false;
    const waiting = db.all(WAITING, A_STEP);
    for (const row of waiting) {
      add(db, factsOfWaiting(readable(row, "value")));
      db.run(sql.DELETE_ITEM, textIn(row, "collection"), textIn(row, "id"));
    }
    return waiting.length === 0;
  };
}

/** Heads in which the word stands, which is faster to find than to parse. */
const OLD_HEADS = `
  SELECT record_id, head FROM records WHERE record_id > ? AND instr(head, '"facts":') > 0 ORDER BY record_id LIMIT ?`;
const WAITING =
  "SELECT collection, id, value FROM items WHERE collection >= 'parked:' AND collection < 'parked;' LIMIT ?";

function entriesOf(db: SqliteDatabase, recordId: RecordId): readonly StoredEntry[] {
  return db.all(sql.OLDEST_ENTRIES, recordId, 0, -1).map((row) => ({
    recordId,
    seq: integerIn(row, "seq"),
    text: textIn(row, "text"),
    hash: textIn(row, "hash") as Hash,
  }));
}

/** What somebody broke is left as it is: whoever reads it is told. */
function readable(row: Row, column: string): Json {
  try {
    return JSON.parse(textIn(row, column)) as Json;
  } catch {
    return null;
  }
}

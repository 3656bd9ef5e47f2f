import { Client } from "pg";
import { SqliteDatabase } from "../../../src/store/sqlite/database.js";

/** Statements that a process sends to its databases. */
export interface CountedStatements {
  /** Those that write, since the last reset; a transaction's own beginning and end are none. */
  readonly writing: readonly string[];
  reset(): void;
  stop(): void;
}

/** A function of the PostgreSQL store writes as well as a statement. */
const WRITES =
  /^\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH\b[\s\S]*\b(?:INSERT|UPDATE|DELETE)\b|SELECT[\s\S]*\.(?:append|add_facts)\()/i;

/** Notes what this process asks of SQLite and PostgreSQL from now on, whichever store it is. */
export function countingStatements(): CountedStatements {
  const writing: string[] = [];
  const note = (text: unknown) => {
    if (typeof text === "string" && WRITES.test(text)) writing.push(text);
  };
  const stops = [onSqlite(note), onPostgres(note)];
  return {
    writing,
    reset: () => void writing.splice(0),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

function onSqlite(note: (text: unknown) => void): () => void {
  const { run, all, one } = SqliteDatabase.prototype;
  SqliteDatabase.prototype.run = function (text, ...values) {
    note(text);
    return run.call(this, text, ...values);
  };
  SqliteDatabase.prototype.all = function (text, ...values) {
    note(text);
    return all.call(this, text, ...values);
  };
  SqliteDatabase.prototype.one = function (text, ...values) {
    note(text);
    return one.call(this, text, ...values);
  };
  return () => Object.assign(SqliteDatabase.prototype, { run, all, one });
}

function onPostgres(note: (text: unknown) => void): () => void {
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, ...given: unknown[]) {
    const [asked] = given;
    note(typeof asked === "object" && asked !== null && "text" in asked ? asked.text : asked);
    return Reflect.apply(query, this, given) as unknown;
  } as typeof query;
  return () => {
    Client.prototype.query = query;
  };
}

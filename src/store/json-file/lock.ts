import { hostname } from "node:os";
import Database from "libsql";
import { LoopForgeError } from "../../core/index.js";

export interface Lock {
  readonly release: () => void;
}

const PATIENCE_MS = 500;

/**
 * Makes this process the only one that uses the file. The operating system holds the lock, through a small SQLite file beside it
 * (`loops.json.lock`, which stays): it ends with the process however that ends, so that none is ever stale, and nobody takes one from
 * a process that only seems dead. Others can read in it who has it.
 * @throws LoopForgeError `store_unavailable`, which says who has it
 */
export function lockJsonFile(file: string, now: Date): Lock {
  let db: Database.Database | undefined;
  try {
    db = new Database(`${file}.lock`, { timeout: PATIENCE_MS });
    db.exec(
      "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT); DELETE FROM holder",
    );
    db.prepare("INSERT INTO holder VALUES (?, ?, ?)").run(process.pid, hostname(), now.toISOString());
    // Who else comes in between these two is the one, and says so itself.
    db.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    const refusal = refusalOf(error, file, db);
    db?.close();
    throw refusal;
  }
  const held = db;
  const release = () => {
    if (!held.open) return;
    // The driver closes the file when it next clears up; what it holds is to be free at once.
    held.exec("ROLLBACK");
    held.close();
  };
  return { release };
}

function refusalOf(error: unknown, file: string, db: Database.Database | undefined): LoopForgeError {
  const isHeld = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
  const why = error instanceof Error ? error.message : String(error);
  const text = isHeld
    ? `The JSON file ${file} is in use by ${holderIn(db)}, and only one process can use it at a time: stop that one, or name another file or store in LOOPFORGE_STORE`
    : `Cannot lock the JSON file ${file} (LOOPFORGE_STORE): ${why}`;
  return new LoopForgeError("store_unavailable", text, { cause: error });
}

function holderIn(db: Database.Database | undefined): string {
  try {
    const row = db?.prepare("SELECT pid, host, since FROM holder").get() as Record<string, unknown> | undefined;
    if (row) return `process ${String(row.pid)} on ${String(row.host)} since ${String(row.since)}`;
  } catch {
    // It is just being written: who it is matters less than that there is one.
  }
  return "another process";
}

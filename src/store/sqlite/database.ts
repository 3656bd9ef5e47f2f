import Database from "libsql";
import { LoopForgeError } from "../../core/index.js";
import type { Disk } from "../disk.js";
import type { Row } from "../row.js";
import { StorageBroken } from "../storage-broken.js";
import { type FileIdentity, identityOf, isFile } from "./in-place.js";
import { LogFile } from "./log-file.js";

export type { Row };

type Value = string | number | null | Uint8Array;

/**
 * What a write outlasts: `power` the machine's sudden end, for it is on the disk before it is acknowledged; `process` only the process's,
 * for what can be done again, and need not wait for the disk.
 */
export type Outlasts = "power" | "process";

/** A script, or what moves what is there from one schema to the next, step by step: made anew for each opening. */
export type Migration = string | (() => Step);
/**
 * Runs in a transaction of its own, again and again until it answers that nothing is left. A process that dies between two steps leaves the
 * rest to the next one, and another process may do some of the same steps meanwhile.
 */
export type Step = (db: SqliteDatabase) => boolean;

/** How long to wait for another process that writes, in milliseconds, and how often to look where SQLite does not. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 10;

interface Job {
  readonly outlasts: Outlasts;
  /** Asked for as soon as another write was acknowledged, alone: so by a writer that does one after the other. */
  readonly inARow: boolean;
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One SQLite file: write-ahead log, full durability (a commit is on the disk before it is acknowledged), and group commit: writes
 * that are asked for side by side share one transaction, and those of several transactions one wait for the disk, during which this
 * thread goes on.
 */
export class SqliteDatabase {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #waiting: Job[] = [];
  #closed = false;
  /** Whether a write was acknowledged alone, in this turn of the event loop. */
  #endsAlone = false;
  readonly #file: string;
  /** Null where nothing outlasts the process. */
  readonly #log: LogFile | null;
  /** The file that was opened; null where there is none. */
  readonly #identity: FileIdentity | null;
  #broken: StorageBroken | null = null;

  /**
   * @param file a path, or `:memory:`
   * @param migrations in order; the file's `user_version` says how many it has had
   * @param disk the system's own by default
   * @throws LoopForgeError `store_unavailable` when the file cannot be opened, `store_schema` when a newer LoopForge made it
   */
  constructor(file: string, migrations: readonly Migration[], disk?: Disk) {
    this.#file = file;
    const isFileless = file === ":memory:";
    try {
      this.#db = new Database(file, { timeout: PATIENCE_MS });
      this.#useLog();
      this.#db.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new LoopForgeError("store_unavailable", `Cannot open the SQLite file ${file}: ${why}`, { cause: error });
    }
    this.#migrate(file, migrations);
    this.#log = isFileless ? null : new LogFile(`${file}-wal`, disk);
    this.#identity = isFileless ? null : identityOf(file);
  }

  /**
   * Says whether what is written can still be found after a new start. Once it cannot, it never says otherwise.
   * @throws StorageBroken
   */
  check(): void {
    this.#broken ??= this.#log?.failure ?? this.#whyOutOfPlace();
    if (this.#broken) throw this.#broken;
  }

  #whyOutOfPlace(): StorageBroken | null {
    if (this.#closed || !this.#identity) return null;
    if (isFile(this.#file, this.#identity) && this.#log?.isInPlace !== false) return null;
    return new StorageBroken(
      "the file is gone",
      `The SQLite file ${this.#file}, or its -wal beside it, was deleted, moved or replaced while LoopForge had it open. Put it back, or restore a back-up, and start LoopForge again.`,
    );
  }

  /**
   * Runs in a transaction with whatever else is asked for in the same turn; resolves when that is committed and outlasts what it has to.
   * Who reads meanwhile sees it already.
   */
  write<T>(work: () => T, outlasts: Outlasts = "power"): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw new LoopForgeError("store_unavailable", "The SQLite file is closed");
      let result: T;
      const run = () => {
        result = work();
      };
      this.#waiting.push({ outlasts, inARow: this.#endsAlone, run, resolve: () => resolve(result), reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  all(sql: string, ...values: Value[]): readonly Row[] {
    return this.#asking(() => this.#prepare(sql).all(...values) as Row[]);
  }

  one(sql: string, ...values: Value[]): Row | undefined {
    return this.#asking(() => this.#prepare(sql).get(...values) as Row | undefined);
  }

  /** @returns how many rows it changed */
  run(sql: string, ...values: Value[]): number {
    return this.#asking(() => this.#prepare(sql).run(...values).changes);
  }

  #asking<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw failure(this.#file, error);
    }
  }

  /** Writes that were asked for before are committed first. */
  close(): void {
    if (this.#closed) return;
    this.#commit();
    this.#closed = true;
    this.#statements.clear();
    this.#db.close();
    this.#log?.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #commit(): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    if (jobs.length === 0) return;
    let done: readonly Job[];
    try {
      if (this.#broken) throw this.#broken;
      this.run("BEGIN IMMEDIATE");
      done = this.#runAll(jobs);
      this.run("COMMIT");
    } catch (error) {
      this.#rollback();
      if (isFull(error)) this.#giveRoomBack();
      for (const job of jobs) job.reject(error);
      return;
    }
    for (const job of done) if (job.outlasts === "process") job.resolve();
    const lasting = done.filter(({ outlasts }) => outlasts === "power");
    if (lasting.length > 0) void this.#bringToDisk(lasting);
  }

  async #bringToDisk(jobs: readonly Job[]): Promise<void> {
    try {
      // A lone writer that does nothing else meanwhile would only wait longer for another thread.
      if (jobs.length === 1 && jobs[0]?.inARow) this.#log?.syncNow();
      else await this.#log?.synced();
      // Before it is acknowledged, for what is in a file that was deleted is nowhere.
      this.check();
    } catch (error) {
      for (const job of jobs) job.reject(error);
      return;
    }
    for (const job of jobs) job.resolve();
    this.#endsAlone = jobs.length === 1;
    setImmediate(() => {
      this.#endsAlone = false;
    });
  }

  /** Failures are rare: only after one are all done again, each so that it can be undone by itself. */
  #runAll(jobs: readonly Job[]): readonly Job[] {
    try {
      for (const job of jobs) job.run();
      return jobs;
    } catch (error) {
      // A job by itself undoes nobody else's.
      if (jobs.length === 1) throw error;
    }
    this.#rollback();
    this.run("BEGIN IMMEDIATE");
    return jobs.filter((job) => this.#runAlone(job));
  }

  /**
   * Of two processes that open a new file at once, one makes it so; the other is told at once that the file is locked, for here SQLite
   * waits for nobody.
   */
  #useLog(): void {
    for (let waited = 0; ; waited += PAUSE_MS) {
      try {
        this.#db.exec("PRAGMA journal_mode = WAL");
        return;
      } catch (error) {
        const isLocked = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
        if (!isLocked || waited >= PATIENCE_MS) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
      }
    }
  }

  /** One job's failure undoes that job and no other. */
  #runAlone(job: Job): boolean {
    this.run("SAVEPOINT job");
    try {
      job.run();
      this.run("RELEASE job");
      return true;
    } catch (error) {
      // Then SQLite has undone the whole transaction, and nothing of it can be kept.
      if (isFull(error)) throw error;
      this.run("ROLLBACK TO job");
      this.run("RELEASE job");
      job.reject(error);
      return false;
    }
  }

  /**
   * On a full disk, the room that the log takes may be all that is missing: it is worked into the file, whose pages are there already,
   * and cut to nothing.
   */
  #giveRoomBack(): void {
    try {
      // Another process that reads is not waited for, for nothing else would go on meanwhile.
      this.#db.exec("PRAGMA busy_timeout = 0");
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Then others have to make room. What was to be written has failed, and is tried again.
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
    }
  }

  #rollback(): void {
    try {
      this.run("ROLLBACK");
    } catch {
      // No transaction was open: it was BEGIN that failed, or SQLite has undone it by itself.
    }
  }

  #migrate(file: string, migrations: readonly Migration[]): void {
    if (this.#version() > migrations.length) {
      const version = this.#version();
      this.#db.close();
      throw new LoopForgeError(
        "store_schema",
        `The SQLite file ${file} has schema ${version}, made by a newer LoopForge; this one knows ${migrations.length}. Upgrade LoopForge, or name another file (LOOPFORGE_STORE, LOOPFORGE_INBOX).`,
      );
    }
    try {
      for (const [index, migration] of migrations.entries()) {
        if (index >= this.#version()) this.#bringTo(index + 1, migration);
      }
    } catch (error) {
      this.#rollback();
      this.#db.close();
      throw notMigrated(file, error);
    }
  }

  #bringTo(version: number, migration: Migration): void {
    const step = typeof migration === "string" ? () => this.#script(migration) : migration();
    for (let isDone = false; !isDone; ) {
      // Under the write lock, and asking again: of two processes that open a new file at once, one makes its tables.
      this.#db.exec("BEGIN IMMEDIATE");
      isDone = this.#version() >= version || step(this);
      if (isDone && this.#version() < version) this.#db.exec(`PRAGMA user_version = ${version}`);
      this.#db.exec("COMMIT");
    }
  }

  #script(text: string): true {
    this.#db.exec(text);
    return true;
  }

  #version(): number {
    return Number(this.one("PRAGMA user_version")?.user_version ?? 0);
  }
}

/** A table that is not there, or is there already, is one of another file's. */
function notMigrated(file: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || error.code !== "SQLITE_ERROR") return failure(file, error);
  return new LoopForgeError(
    "store_schema",
    `The SQLite file ${file} has other tables than it should: ${error.message}. Name a file of its own (LOOPFORGE_STORE, LOOPFORGE_INBOX).`,
    { cause: error },
  );
}

/** What may be gone when the work is tried again: a full disk, a file that another process holds. */
const PASSING = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|NOMEM|CANTOPEN)/;
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;

/** SQLite's failures in LoopForge's words. Other errors stay as they are. */
function failure(file: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { code, message } = error;
  if (DAMAGED.test(code)) {
    return new LoopForgeError(
      "store_unavailable",
      `The SQLite file ${file} is damaged: ${message}. Stop LoopForge and put a back-up in its place; what can be read of it, sqlite3 ${file} .recover prints`,
      { cause: error },
    );
  }
  if (!PASSING.test(code)) return error;
  const todo = isFull(error) ? " Make room on the disk; what waits goes on by itself." : "";
  return new LoopForgeError("store_unavailable", `Cannot use the SQLite file ${file}: ${message}.${todo}`, {
    cause: error,
  });
}

/** SQLite's own error, or LoopForge's made of it. */
function isFull(error: unknown): boolean {
  if (error instanceof LoopForgeError) return isFull(error.cause);
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_FULL");
}

import { readFile } from "node:fs/promises";
import { LoopForgeError } from "../../core/index.js";
import { type Contents, copyOf, EMPTY } from "./contents.js";
import { realFile, replaceFile, stampOf } from "./disk.js";
import { type Lock, lockJsonFile } from "./lock.js";
import { readContents } from "./read.js";
import { ContentsWriter } from "./write.js";

interface Job {
  readonly run: (contents: Contents) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Keeps what is in one JSON file: in memory for who reads, on the disk before who writes is answered. The file is written whole; writes
 * that are asked for while it is being written go into it together the next time.
 */
export class JsonFileKeeper {
  readonly #file: string;
  readonly #lock: Lock;
  readonly #writer = new ContentsWriter();
  #contents: Contents;
  #stamp: string | null;
  #waiting: Job[] = [];
  #working: Promise<void> | null = null;
  #closed = false;

  private constructor(file: string, lock: Lock, contents: Contents, stamp: string | null) {
    this.#file = file;
    this.#lock = lock;
    this.#contents = contents;
    this.#stamp = stamp;
  }

  /** A file that is not there yet is made by the first write. */
  static async open(path: string, now: Date): Promise<JsonFileKeeper> {
    try {
      const file = await realFile(path);
      const lock = lockJsonFile(file, now);
      try {
        const stamp = await stampOf(file);
        if (stamp === null) return new JsonFileKeeper(file, lock, EMPTY, stamp);
        const { contents, isUpgraded } = readContents(await readFile(file, "utf8"), file);
        const keeper = new JsonFileKeeper(file, lock, contents, stamp);
        if (isUpgraded) await keeper.#replace(contents);
        return keeper;
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      throw unavailable(`Cannot open the JSON file ${path} (LOOPFORGE_STORE)`, error);
    }
  }

  /** What is on the disk. Not to be changed. */
  get contents(): Contents {
    return this.#contents;
  }

  /**
   * Changes the contents and resolves when they are on the disk; until then nobody sees the change.
   * @param work changes what it is given, or throws before it has changed anything
   */
  write<T>(work: (contents: Contents) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw new LoopForgeError("store_unavailable", "The JSON file is closed");
      let result: T;
      const run = (contents: Contents) => {
        result = work(contents);
      };
      this.#waiting.push({ run, resolve: () => resolve(result), reject });
      this.#working ??= this.#work();
    });
  }

  /** Writes that were asked for before are done first. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    this.#lock.release();
  }

  async #work(): Promise<void> {
    // What is asked for in the same turn goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#writeTogether(this.#waiting.splice(0));
    this.#working = null;
  }

  async #writeTogether(jobs: readonly Job[]): Promise<void> {
    const contents = copyOf(this.#contents);
    const done = jobs.filter((job) => attempt(job, contents));
    try {
      if (done.length > 0) await this.#replace(contents);
    } catch (error) {
      const failure = unavailable(`Cannot write the JSON file ${this.#file} (LOOPFORGE_STORE)`, error);
      for (const job of done) job.reject(failure);
      return;
    }
    this.#contents = contents;
    for (const job of done) job.resolve();
  }

  async #replace(contents: Contents): Promise<void> {
    if ((await stampOf(this.#file)) !== this.#stamp) {
      throw new LoopForgeError(
        "store_unavailable",
        `The JSON file ${this.#file} was changed by something else while LoopForge had it open, and is left as it is: stop LoopForge before you edit the file`,
      );
    }
    try {
      await replaceFile(this.#file, this.#writer.textOf(contents));
    } finally {
      this.#stamp = await stampOf(this.#file);
    }
  }
}

function attempt({ run, reject }: Job, contents: Contents): boolean {
  try {
    run(contents);
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

function unavailable(what: string, error: unknown): unknown {
  const isSystems = error instanceof Error && "syscall" in error;
  if (!isSystems) return error;
  return new LoopForgeError("store_unavailable", `${what}: ${error.message}`, { cause: error });
}

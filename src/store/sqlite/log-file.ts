import { closeSync, fdatasync, fdatasyncSync, fstatSync, openSync } from "node:fs";
import { promisify } from "node:util";
import type { Disk } from "../disk.js";
import { StorageBroken } from "../storage-broken.js";
import { isFile } from "./in-place.js";

const SYSTEM: Disk = { sync: promisify(fdatasync), syncNow: fdatasyncSync };

/** A write-ahead log on its way to the disk. */
export class LogFile {
  readonly #file: string;
  readonly #disk: Disk;
  #fd: number | null = null;
  #failure: StorageBroken | null = null;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(file: string, disk: Disk = SYSTEM) {
    this.#file = file;
    this.#disk = disk;
  }

  /**
   * Resolves when all that was committed before is on the disk. This thread goes on meanwhile; who asks while the disk is busy shares the
   * next wait.
   * @throws StorageBroken when the disk fails, and from then on: what it did not take, the system may have forgotten,
   * and the next wait would say that all is well
   * @see https://wiki.postgresql.org/wiki/Fsync_Errors
   */
  synced(): Promise<void> {
    this.#next ??= this.#last.then(() => {
      this.#next = null;
      this.#last = this.#sync();
      return this.#last;
    });
    return this.#next;
  }

  /** Why nothing is acknowledged any more; null while all is well. */
  get failure(): StorageBroken | null {
    return this.#failure;
  }

  /** Whether the file that is open is the one that has its name. */
  get isInPlace(): boolean {
    return this.#fd === null || isFile(this.#file, fstatSync(this.#fd, { bigint: true }));
  }

  /** The same as {@link synced}, and returns only then. */
  syncNow(): void {
    try {
      this.#disk.syncNow(this.#open());
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Who waits for the disk still hears of it. */
  close(): void {
    const close = () => {
      if (this.#fd !== null) closeSync(this.#fd);
      this.#fd = null;
    };
    (this.#next ?? this.#last).then(close, close);
  }

  async #sync(): Promise<void> {
    try {
      await this.#disk.sync(this.#open());
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #open(): number {
    if (this.#failure) throw this.#failure;
    // Windows flushes no file that is open for reading only.
    this.#fd ??= openSync(this.#file, "r+");
    return this.#fd;
  }

  #failed(error: unknown): StorageBroken {
    const why = error instanceof Error ? error.message : String(error);
    this.#failure ??= new StorageBroken(
      "the disk failed",
      `The disk did not take what was written to ${this.#file}: ${why}. Nothing is taken in any more until LoopForge is started again.`,
      { cause: error },
    );
    return this.#failure;
  }
}

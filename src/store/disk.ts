/** Puts on the disk what was written to an open file. */
export interface Disk {
  /** In another thread. */
  sync(fd: number): Promise<void>;
  /** In this one. */
  syncNow(fd: number): void;
}

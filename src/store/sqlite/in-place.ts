import { type BigIntStats, statSync } from "node:fs";

/** What tells one file from another, whatever they are called. */
export type FileIdentity = Pick<BigIntStats, "dev" | "ino">;

export function identityOf(path: string): FileIdentity {
  return statSync(path, { bigint: true });
}

/** Whether the path leads to that file. It does not once the file was deleted, moved, or replaced by another one. */
export function isFile(path: string, { dev, ino }: FileIdentity): boolean {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && found.dev === dev && found.ino === ino;
}

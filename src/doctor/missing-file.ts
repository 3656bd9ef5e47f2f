import { existsSync } from "node:fs";

/** Whether a store or an inbox is a file that is not there. Opening it would make an empty one. */
export function isMissingFile(url: string): boolean {
  const file = /^(?:sqlite|json):(?:\/\/)?(.+)$/s.exec(url.trim())?.[1];
  return file !== undefined && file !== ":memory:" && !existsSync(file);
}

import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** The file itself, by whatever name it goes: one that is there under a symbolic link is not replaced by another beside it. */
export async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const absolute = resolve(path);
    return join(await realpath(dirname(absolute)), basename(absolute));
  }
}

/** What tells that a file is still the one that was seen last; null where there is none. */
export async function stampOf(file: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Puts the text in the place of the file in one step: whoever reads it, at any instant and after any crash, finds the old or the new
 * whole. When this resolves, the new is on the disk.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    await writeWhole(temporary, text, await modeOf(file));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(file));
}

async function writeWhole(file: string, text: string, mode: number | undefined): Promise<void> {
  await using(await open(file, "w", mode), async (handle) => {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  });
}

/** Until the folder is on the disk, the file's new place in it may be forgotten. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; its file system keeps a renaming by itself.
  if (process.platform !== "win32") await using(await open(folder, "r"), (handle) => handle.sync());
}

async function using(handle: FileHandle, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}

async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode & 0o777;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("writer-process.ts", import.meta.url));

/** The newest entry that a writer acknowledged of each record, by record id. */
export type Acknowledged = ReadonlyMap<string, number>;

/**
 * Starts a process that writes to a store without end, and kills it (SIGKILL) in the middle of its work.
 * @param url the store, as LOOPFORGE_STORE names it
 */
export async function startWriter(url: string, { killAfter }: { killAfter: number }): Promise<Acknowledged> {
  const child = spawn(process.execPath, ["--import", "tsx", PROCESS, url], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const acknowledged = new Map<string, number>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { recordId, seq }: { recordId: string; seq: number } = JSON.parse(line);
    acknowledged.set(recordId, seq);
    lines += 1;
    if (lines === killAfter) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  if (signal !== "SIGKILL") throw new Error(`The writer ended by itself after ${lines} lines`);
  return acknowledged;
}

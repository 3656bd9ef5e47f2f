import type { RedisConnection } from "./connection.js";

/**
 * What the server's settings mean for "acknowledged means kept", a line each: none when it writes every change to the disk before it
 * answers (`appendonly yes`, `appendfsync always`) and throws nothing away for want of memory.
 */
export async function durabilityWarnings(connection: RedisConnection): Promise<readonly string[]> {
  const warnings: string[] = [];
  const persistence = await connection.about("INFO", "persistence");
  if (persistence === null) {
    warnings.push("Redis does not let this user see whether it keeps its data on disk (INFO)");
  } else if (fieldIn(persistence, "aof_enabled") !== "1") {
    warnings.push(
      "Redis writes no append-only file: what LoopForge acknowledges is lost when the server stops, or up to its last snapshot. Set appendonly yes and appendfsync always",
    );
  } else if ((await settingOf(connection, "appendfsync")) !== "always") {
    warnings.push(
      "Redis does not write to the disk before it answers, or does not let this user see that it does: what LoopForge acknowledged last may be lost when the machine stops. Set appendfsync always",
    );
  }
  const memory = await connection.about("INFO", "memory");
  const evicts = fieldIn(memory, "maxmemory_policy")?.startsWith("allkeys");
  if (evicts && fieldIn(memory, "maxmemory") !== "0") {
    warnings.push("Redis throws records away when its memory is full. Set maxmemory-policy noeviction");
  }
  return warnings;
}

function fieldIn(info: unknown, name: string): string | undefined {
  return typeof info === "string" ? new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] : undefined;
}

async function settingOf(connection: RedisConnection, name: string): Promise<unknown> {
  const pair = await connection.about("CONFIG", "GET", name);
  return Array.isArray(pair) ? pair[1] : undefined;
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A Redis server of the test's own, which keeps every acknowledged write on disk. */
export interface OwnRedis {
  readonly url: string;
  /** SIGKILL, as a machine that fails. */
  readonly kill: () => Promise<void>;
  /** Starts it on the same files and the same port. */
  readonly start: () => Promise<void>;
  /** Ends it and takes its files away. */
  readonly remove: () => Promise<void>;
}

const DURABLE = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];

/** Starts `redis-server` in a folder of its own, on a free port of this machine only. It rejects where that is not installed. */
export async function startRedis(settings: readonly string[] = DURABLE): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-redis-"));
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...settings];
  let child: ChildProcess | null = null;
  const start = async () => {
    child = await running(args);
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  const remove = async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { url: `redis://127.0.0.1:${port}`, kill, start, remove };
}

async function running(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child, "spawn");
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/Ready to accept connections/.test(line)) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error("redis-server ended before it was ready");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

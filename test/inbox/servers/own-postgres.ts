import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { reach } from "../../store/servers/reach.js";

const run = promisify(execFile);

/** A PostgreSQL server of the test's own, which can be killed and started again on the same files. */
export interface OwnPostgres {
  readonly url: string;
  /** As a machine that fails: nothing is finished, nothing is said. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and takes its files away. */
  remove(): Promise<void>;
}

/** Null, and said plainly, where PostgreSQL's programs are not installed. */
export function givenOwnPostgres(): Promise<OwnPostgres | null> {
  return reach("PostgreSQL's own programs (initdb, postgres)", startPostgres);
}

async function startPostgres(): Promise<OwnPostgres> {
  const programs = (await run("pg_config", ["--bindir"])).stdout.trim();
  const folder = await mkdtemp(join(tmpdir(), "loopforge-postgres-"));
  const user = await otherThanRoot();
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  const remove = () => rm(folder, { recursive: true, force: true });
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"];
  await run(join(programs, "initdb"), init, { ...user, cwd: folder }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  // In a file, which stays its own while it is down; a port might be another's by then.
  const settings = ["-D", data, "-h", "", "-k", folder];
  let child: ChildProcess | null = null;

  const start = async () => {
    child = spawn(join(programs, "postgres"), settings, { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    await ready(child);
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    // Its own "immediate" end: like a crash, but with its helper processes, which would hold the files.
    child.kill("SIGQUIT");
    await exited;
  };
  await start();
  return {
    url: `postgres:///postgres?user=postgres&host=${encodeURIComponent(folder)}`,
    ...{ kill, start },
    remove: async () => {
      await kill();
      await remove();
    },
  };
}

/** PostgreSQL refuses to run as root; where the tests do, its own user does. */
async function otherThanRoot(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "postgres"])).stdout)),
  );
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

async function ready(child: ChildProcess): Promise<void> {
  if (!child.stderr) throw new Error("It has no output");
  for await (const line of createInterface({ input: child.stderr })) {
    if (!line.includes("database system is ready to accept connections")) continue;
    child.stderr.resume();
    return;
  }
  throw new Error("PostgreSQL ended before it was ready");
}

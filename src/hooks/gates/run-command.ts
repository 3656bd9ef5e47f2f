import { type ChildProcess, spawn } from "node:child_process";
import { HookFailure } from "../failure.js";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** All that the program sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Bytes of output that are kept; a program that says more has failed. */
export const MAX_OUTPUT = 1024 * 1024;

/**
 * What a program writes to its standard output. No shell is involved, so no argument is more than an argument. The program and all
 * that it started are killed when the signal says so.
 * @throws HookFailure when it cannot be started, says too much or does not end with 0; never with what it wrote
 */
export async function runCommand({ program, args, env }: Command, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // In a process group of its own, so that its children can be killed with it.
    const child = spawn(program, [...args], { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const output: Buffer[] = [];
    let size = 0;

    const fail = (error: unknown) => {
      killGroup(child);
      reject(error as HookFailure);
    };
    const abort = () => fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) fail(new HookFailure("failed", `Its command wrote more than ${MAX_OUTPUT} bytes`));
      else output.push(chunk);
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      signal.removeEventListener("abort", abort);
      reject(new HookFailure("failed", `Its command cannot be started (${error.code ?? "unknown"})`));
    });
    child.once("close", (code) => {
      signal.removeEventListener("abort", abort);
      if (code === 0) resolve(Buffer.concat(output).toString("utf8"));
      else reject(new HookFailure("failed", `Its command ended with ${code ?? "a signal"}`));
    });
  });
}

function killGroup(child: ChildProcess): void {
  try {
    // A negative id means the group.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already, or the system knows no groups.
    child.kill("SIGKILL");
  }
}

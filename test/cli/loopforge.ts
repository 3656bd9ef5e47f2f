import { Writable } from "node:stream";
import { run } from "../../src/cli/program.js";

/** Runs a command as a process would that is not on a terminal, and says what it wrote and how it ended. */
export async function loopforge(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const written = { out: "", err: "" };
  const output = {
    out: (text: string) => {
      written.out += text;
    },
    err: (text: string) => {
      written.err += text;
    },
    isTerminal: false,
  };
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.out += chunk.toString();
      done();
    },
  });
  return { code: await run(args, output, stdout), ...written };
}

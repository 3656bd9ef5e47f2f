import { createRequire } from "node:module";
import type { Writable } from "node:stream";
import { Command, CommanderError } from "commander";
import { LoopForgeError } from "../core/index.js";
import { backfillCommand } from "./backfill.js";
import { copyCommand } from "./copy.js";
import { demoCommand } from "./demo.js";
import { doctorCommand } from "./doctor.js";
import { exportCommand } from "./export.js";
import { hooksCommand } from "./hooks.js";
import { importCommand } from "./import.js";
import { inboxCommand } from "./inbox.js";
import { listCommand } from "./list.js";
import type { Output } from "./output.js";
import { reconcileCommand } from "./reconcile.js";
import { serveCommand } from "./serve.js";
import { showCommand } from "./show.js";
import { verifyCommand } from "./verify.js";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/**
 * The command line.
 * @returns the exit code: 0 done, 1 a problem was found, 2 wrong use
 */
export async function run(args: readonly string[], output: Output, stdout: Writable): Promise<number> {
  let exitCode = 0;
  const fail = () => {
    exitCode = 1;
  };
  const commands = [
    serveCommand(output, fail),
    demoCommand(output, fail),
    listCommand(output),
    showCommand(output),
    exportCommand(stdout),
    verifyCommand(output, fail),
    importCommand(output, fail),
    copyCommand(output),
    reconcileCommand(output, fail),
    backfillCommand(output, fail),
    doctorCommand(output, fail),
    inboxCommand(output),
    hooksCommand(output, fail),
  ];
  const program = new Command("loopforge")
    .description("What happened to each change, from issue to close, and the proof of it.")
    .version(version);
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands, ...commands.flatMap((one) => one.commands)]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: output.out, writeErr: output.err })
      .showHelpAfterError("(--help shows how)");
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(error, output);
  }
}

/** Users' mistakes and found problems in one line; a stack trace only for what nobody thought of. */
function explain(error: unknown, output: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof LoopForgeError) {
    output.err(`loopforge: ${error.message}\n`);
    return error.disposition.exit;
  }
  if (error instanceof Error && "code" in error && error.code === "EPIPE") return 0;
  output.err(
    `loopforge: something went wrong that should not: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 1;
}

import type { Gate } from "./gate.js";
import { instructionsOf, type Persona, promptOf } from "./personas.js";
import { readVerdict } from "./read-verdict.js";
import { runCommand } from "./run-command.js";

export interface CommandOptions {
  readonly persona: Persona;
  /** The program, `gatekeep` as a rule. */
  readonly command: string;
  /** All that the program sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A new mark each time, which nobody can foresee. */
  readonly newMark: () => string;
}

/** Wide enough that its frames do not break lines within words. */
const COLUMNS = "2000";

/**
 * Asks a persona through Gatekeep's command line: `gatekeep ask <persona> <question>`.
 * @see https://github.com/fenderfonic/gatekeep-oss
 */
export function gatekeepCommand(name: string, { persona, command, env, newMark }: CommandOptions): Gate {
  return {
    name,
    async ask(question, signal) {
      // It begins with a word of ours: no argument is taken for an option.
      const text = `${instructionsOf(persona)}\n${promptOf(question, newMark())}`;
      const run = { program: command, args: ["ask", persona, text], env: { COLUMNS, NO_COLOR: "1", ...env } };
      return readVerdict(await runCommand(run, signal));
    },
  };
}

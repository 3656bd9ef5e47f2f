import { styleText } from "node:util";
import Table from "cli-table3";

/** Where a command writes; tests take what is written, people see it. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person looks at it in a terminal. */
  readonly isTerminal: boolean;
}

export const CONSOLE: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
};

export function printJson({ out }: Output, value: unknown): void {
  out(`${JSON.stringify(value, null, 2)}\n`);
}

/** A plain table without borders: it reads well and can be cut apart by other tools. */
export function printTable(output: Output, columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
  };
  const table = new Table({
    head: columns.map((column) => paint(output, "dim", column)),
    chars: {
      ...none,
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "  ",
    },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => row.map((cell) => printable(cell))));
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  output.out(`${lines.join("\n")}\n`);
}

export function paint({ isTerminal }: Output, style: Parameters<typeof styleText>[0], text: string): string {
  return isTerminal ? styleText(style, text, { validateStream: false }) : text;
}

/** Text from GitHub may hold control sequences that would drive the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to go; our own colours stay
  return text.replace(/\u001b(?!\[\d{1,2}m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, "�");
}

/** `2026-11-22 10:00:00`, in UTC. */
export function shortTime(timestamp: string): string {
  return timestamp.slice(0, 19).replace("T", " ");
}

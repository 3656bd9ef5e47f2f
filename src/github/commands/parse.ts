import { NOT_PLAIN, visibleLines } from "./visible-lines.js";

/** What a comment can ask of LoopForge. */
export type Command =
  | { readonly name: "status" | "queue" | "refresh" | "help" }
  | { readonly name: "automerge"; readonly on: boolean }
  | { readonly name: "justify"; readonly reason: string }
  /** Addressed to LoopForge, and not understood. */
  | { readonly name: "unknown"; readonly said: string };

/** Nothing but a blank or a tab may follow the name: not a character that cannot be seen. */
const ADDRESS = /^\/loopforge(?:[ \t]+(?<said>.*))?$/i;
export const MAX_REASON = 500;

/** The first command in a comment, at the beginning of a line that a person sees; null where there is none. */
export function parseCommand(comment: string): Command | null {
  if (!isAddressed(comment)) return null;
  for (const line of visibleLines(comment, isAddressed)) {
    const match = ADDRESS.exec(line);
    if (match) return commandOf((match.groups?.said ?? "").replaceAll(NOT_PLAIN, "").trim());
  }
  return null;
}

function isAddressed(source: string): boolean {
  return /\/loopforge/i.test(source);
}

function commandOf(said: string): Command {
  const [, verb = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(said) ?? [];
  const words = rest.trim();
  switch (verb.toLowerCase()) {
    case "":
    case "help":
      return { name: "help" };
    case "status":
      return { name: "status" };
    case "queue":
      return { name: "queue" };
    case "refresh":
      return { name: "refresh" };
    case "automerge":
      if (/^on$/i.test(words)) return { name: "automerge", on: true };
      if (/^off$/i.test(words)) return { name: "automerge", on: false };
      break;
    case "justify":
      if (words !== "") return { name: "justify", reason: words.slice(0, MAX_REASON).toWellFormed() };
      break;
  }
  return { name: "unknown", said: said.slice(0, 100).toWellFormed() };
}

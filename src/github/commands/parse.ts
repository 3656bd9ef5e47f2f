import { paragraphsOf } from "../links/prose.js";

/** What a comment can ask of LoopForge. */
export type Command =
  | { readonly name: "status" | "queue" | "refresh" | "help" }
  | { readonly name: "automerge"; readonly on: boolean }
  | { readonly name: "justify"; readonly reason: string }
  /** Addressed to LoopForge, and not understood. */
  | { readonly name: "unknown"; readonly said: string };

const ADDRESS = /^\/loopforge(?:[ \t]+(?<said>.*))?$/i;
export const MAX_REASON = 500;

/** The first command in a comment, at the beginning of a line of its own; null where there is none outside of code and quotes. */
export function parseCommand(comment: string): Command | null {
  if (!/\/loopforge/i.test(comment)) return null;
  for (const line of paragraphsOf(comment).flatMap((paragraph) => paragraph.split("\n"))) {
    const match = ADDRESS.exec(line.trim());
    if (match) return commandOf((match.groups?.said ?? "").replaceAll("\u0001", "").trim());
  }
  return null;
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

import { z } from "zod";
import { HookFailure } from "../failure.js";
import { DECISIONS, type Decision, type Said } from "./gate.js";

const SAID = z.object({
  decision: z.preprocess((said) => (typeof said === "string" ? said.trim().toLowerCase() : said), z.enum(DECISIONS)),
  reasons: z.union([z.array(z.string()), z.string().transform((reason) => [reason])]).optional(),
});

/** Characters of an answer, and objects in it, that are looked at: one of nothing but braces must not take long. */
const MAX_CHARACTERS = 100_000;
const MAX_OBJECTS = 50;

/**
 * Finds the verdict in what a language model said: a JSON object, bare, fenced, or among other words and a terminal's frames. Of
 * several, the strictest holds: several models may have been asked, and an example that somebody planted must not soften an answer.
 * @throws HookFailure when there is none
 */
export function readVerdict(answer: string): Said {
  const said = objectsIn(unframed(answer.slice(0, MAX_CHARACTERS))).flatMap((object) => {
    const parsed = SAID.safeParse(object);
    return parsed.success ? [parsed.data] : [];
  });
  const decision = STRICTEST_FIRST.find((word) => said.some((one) => one.decision === word));
  if (!decision) throw new HookFailure("failed", "Its answer has no verdict in it");
  return {
    decision,
    reasons: said.filter((one) => one.decision === decision).flatMap(({ reasons }) => reasons ?? []),
  };
}

const STRICTEST_FIRST: readonly Decision[] = ["block", "neutral", "pass"];

/** Without colours, without the frames that terminals draw, and on one line: lines are broken anywhere, also in JSON's texts. */
function unframed(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character
      .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
      .replace(/[\u2500-\u257f]/g, " ")
      .replace(/\s+/g, " ")
  );
}

/** Every JSON object that begins at a brace and ends at its own closing brace. */
function objectsIn(text: string): readonly unknown[] {
  const objects: unknown[] = [];
  let tried = 0;
  let start = text.indexOf("{");
  while (start >= 0 && tried < MAX_OBJECTS) {
    tried += 1;
    const end = endOfObject(text, start);
    const object = end === null ? undefined : parsed(text.slice(start, end));
    if (object !== undefined) objects.push(object);
    start = text.indexOf("{", object === undefined || end === null ? start + 1 : end);
  }
  return objects;
}

/** Where the object that begins at `start` ends; braces within texts do not count. */
function endOfObject(text: string, start: number): number | null {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at += 1;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{") depth += 1;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

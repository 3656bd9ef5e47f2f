import type { HookResult } from "../hook.js";
import { closed, cut, MAX_TITLE, shortened } from "./limits.js";

/** Bytes of one result's summary: enough for a table, and too few to leave no room for the audit. */
const MAX_RESULT = 8_000;
/** A word joiner: it is not seen, and what it stands in is no mention. */
const JOINER = "\u2060";

/** What a hook said, so that it can stand among what others say: short, with nothing left open in it, and mentioning nobody. */
export function boundedResult(result: HookResult): HookResult {
  const title = shortened(unmentioning(result.title.replace(/\s+/g, " ").trim()), MAX_TITLE);
  return { ...result, title, summary: closed(cut(unmentioning(result.summary), MAX_RESULT)) };
}

function unmentioning(text: string): string {
  return text.replace(/@(?=\w)/g, `@${JOINER}`);
}

import { limitOf } from "./busy.js";

/**
 * What GitHub says of something that was asked for:
 * - `there`: this is it.
 * - `not_there`: there is none, as far as this App may look. GitHub says so of what is hidden, too.
 * - `not_shown`: GitHub refuses to say. Nothing follows from it.
 */
export type Shown<T> =
  | { readonly status: "there"; readonly value: T }
  | { readonly status: "not_there"; readonly error: unknown }
  | { readonly status: "not_shown"; readonly error: unknown };

const NOT_THERE = new Set([404, 410, 422]);
const NOT_SHOWN = new Set([403, 451]);

/**
 * GitHub's last word in an error of a client, where it is one: asking again would not change it. Null for a limit, however old its
 * words and whatever its status, for an answer that failed, and for anything else.
 */
export function lastWordOf(error: unknown): "not_there" | "not_shown" | null {
  if (!(error instanceof Error) || limitOf(error) !== null) return null;
  if ("status" in error && typeof error.status === "number") {
    if (NOT_THERE.has(error.status)) return "not_there";
    return NOT_SHOWN.has(error.status) ? "not_shown" : null;
  }
  if (!("errors" in error) || !Array.isArray(error.errors) || error.errors.length === 0) return null;
  const types = new Set(error.errors.map(typeOf));
  if ([...types].some((type) => type !== "NOT_FOUND" && type !== "FORBIDDEN")) return null;
  return types.has("FORBIDDEN") ? "not_shown" : "not_there";
}

/** Whether GitHub's answer is its last word: gone, hidden, not permitted, not acceptable. */
export function isNotThere(error: unknown): boolean {
  return lastWordOf(error) !== null;
}

/**
 * Tells apart what is there, what is not, and what GitHub does not show.
 * @throws what asking again may mend
 */
export async function shownBy<T>(ask: () => Promise<T>): Promise<Shown<T>> {
  try {
    return { status: "there", value: await ask() };
  } catch (error) {
    const status = lastWordOf(error);
    if (status === null) throw error;
    return { status, error };
  }
}

function typeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "type" in error ? error.type : null;
}

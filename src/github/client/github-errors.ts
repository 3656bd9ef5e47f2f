const FINAL_STATUS = new Set([404, 410, 422, 451]);
const FINAL_GRAPHQL = new Set(["NOT_FOUND", "FORBIDDEN"]);

/**
 * Whether GitHub's answer is its last word: gone, hidden, not permitted, not acceptable. Asking again would not change it.
 * A 403 that speaks of a rate limit is none of these.
 */
export function isNotThere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("status" in error && typeof error.status === "number") {
    return FINAL_STATUS.has(error.status) || (error.status === 403 && !/rate limit/i.test(error.message));
  }
  return (
    "errors" in error && Array.isArray(error.errors) && error.errors.length > 0 && error.errors.every(isFinalGraphql)
  );
}

function isFinalGraphql(error: unknown): boolean {
  const type = typeof error === "object" && error !== null && "type" in error ? error.type : null;
  return typeof type === "string" && FINAL_GRAPHQL.has(type);
}

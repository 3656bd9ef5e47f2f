/** Why something failed, on one line: whoever reads it wants to know what to do, not where in the code it was. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").slice(0, 300).toWellFormed();
}

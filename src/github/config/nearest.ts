/** The word that was meant, if one is near: at most a third of its letters away. Case, hyphens and underscores do not count. */
export function nearest(word: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, away: distance(plain(word), plain(candidate)) }))
    .filter(({ candidate, away }) => away <= Math.max(1, plain(candidate).length / 3))
    .sort((one, other) => one.away - other.away);
  return best?.candidate ?? null;
}

/** A word longer than any setting is near to none. */
function plain(word: string): string {
  return word.slice(0, 50).toLowerCase().replace(/[-_]/g, "");
}

/** How many letters to add, remove or change (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

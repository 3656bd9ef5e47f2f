/** What a repository's configuration chose of that which the operator configured. */
export interface Selection<Named> {
  readonly selected: readonly Named[];
  /** Names that the operator knows nothing of. */
  readonly unknown: readonly string[];
}

/**
 * A repository may name hooks and gates of the operator's, and no more: it cannot configure one, and so neither name an address nor
 * a command. Null where it says nothing of them: all are meant.
 */
export function selectHooks<Named extends { readonly name: string }>(
  configured: readonly Named[],
  names: readonly string[] | null,
): Selection<Named> {
  if (names === null) return { selected: configured, unknown: [] };
  return {
    selected: configured.filter(({ name }) => names.includes(name)),
    unknown: names.filter((name) => !configured.some((one) => one.name === name)),
  };
}

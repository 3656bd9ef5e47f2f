// Each kind starts at its own number, so that an id used for the wrong kind finds nothing.
const FIRST = {
  user: 1_001,
  app: 9_001,
  installation: 40_000_001,
  repository: 100_001,
  issue: 2_000_001,
  pull: 3_000_001,
  comment: 4_000_001,
  review: 5_000_001,
  checkSuite: 6_000_001,
  checkRun: 7_000_001,
  status: 8_000_001,
  label: 900_001,
  reaction: 500_001,
  event: 10_000_001,
  delivery: 20_000_000_001,
  commit: 1,
} as const;

/** The kinds of things that have ids. */
export type IdKind = keyof typeof FIRST;

/** Deterministic ids: the n-th thing of a kind has the same id in every run. */
export class Ids {
  readonly #next = new Map<IdKind, number>();

  /** The next id of a kind. */
  next(kind: IdKind): number {
    const id = this.#next.get(kind) ?? FIRST[kind];
    this.#next.set(kind, id + 1);
    return id;
  }
}

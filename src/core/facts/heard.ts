import type { Fact, Heard } from "./fact.js";

/** The facts of one kind, in an order that does not depend on how they arrived. */
export function heardOf<Kind extends Fact["is"]>(
  heard: readonly Heard[],
  kind: Kind,
): readonly Heard<Extract<Fact, { is: Kind }>>[] {
  type Wanted = Heard<Extract<Fact, { is: Kind }>>;
  return heard.filter((one): one is Wanted => one.fact.is === kind).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Of the same second: GitHub's times are no finer. */
export function second(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}

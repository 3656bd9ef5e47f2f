import { remembered } from "../remembered.js";
import type { Fact, Heard } from "./fact.js";

/** The facts of one kind in a set that is complete, in an order that does not depend on how they arrived. */
export function heardOf<Kind extends Fact["is"]>(
  heard: readonly Heard[],
  kind: Kind,
): readonly Heard<Extract<Fact, { is: Kind }>>[] {
  type Wanted = Heard<Extract<Fact, { is: Kind }>>;
  return (byKind(heard).get(kind) ?? []).filter((one): one is Wanted => one.fact.is === kind);
}

/** Each set is asked for many kinds, and more than once: it is put in order once. */
const byKind = remembered((heard: readonly Heard[]) => {
  const kinds = new Map<Fact["is"], Heard[]>();
  for (const one of heard) {
    const known = kinds.get(one.fact.is);
    if (known) known.push(one);
    else kinds.set(one.fact.is, [one]);
  }
  for (const ofKind of kinds.values()) ofKind.sort((a, b) => (a.key < b.key ? -1 : 1));
  return kinds;
});

/** Of the same second: GitHub's times are no finer. */
export function second(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}

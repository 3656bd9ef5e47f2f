/**
 * Remembers what is derived from an object that never changes, for as long as the object is there. Deriving stays pure: the same object gives
 * the same result, only once.
 */
export function remembered<Source extends object, Result>(
  derive: (source: Source) => Result,
): (source: Source) => Result {
  const known = new WeakMap<Source, { readonly result: Result }>();
  return (source) => {
    const found = known.get(source) ?? { result: derive(source) };
    known.set(source, found);
    return found.result;
  };
}

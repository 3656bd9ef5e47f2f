import { isDeepStrictEqual } from "node:util";

/** Makes something of what it reads each time, and makes it again only where what it read is not what it read before. */
export function madeOf<Source, T>(read: () => Promise<Source>, make: (source: Source) => Promise<T>): () => Promise<T> {
  let made: { readonly source: Source; readonly value: T } | null = null;
  return async () => {
    const source = await read();
    if (!made || !isDeepStrictEqual(made.source, source)) made = { source, value: await make(source) };
    return made.value;
  };
}

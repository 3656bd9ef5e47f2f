/** What a message says: which delivery it stands for. A delivery that was put or taken up anew has another turn. */
export interface Pointer {
  readonly guid: string;
  readonly turn: string;
}

/** In ASCII, for not every character may stand in a message. */
export function writePointer({ guid, turn }: Pointer): string {
  return JSON.stringify({ guid, turn }).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Null when the message is not the inbox's. By hand, for a library for it would be half of what the ingest function has to load. */
export function readPointer(body: string): Pointer | null {
  try {
    const { guid, turn } = (JSON.parse(body) ?? {}) as { readonly guid?: unknown; readonly turn?: unknown };
    return typeof guid === "string" && typeof turn === "string" && guid !== "" ? { guid, turn } : null;
  } catch {
    return null;
  }
}

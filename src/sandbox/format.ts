/** GitHub's form of a time: ISO 8601 in UTC without milliseconds. */
export function iso(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The same moment in seconds since 1970, the form that push events use. */
export function epochSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

/** A global node id: the kind's prefix and the number inside, as GitHub's opaque ids have it. */
export function nodeId(prefix: string, id: number | string): string {
  return `${prefix}_${Buffer.from(String(id)).toString("base64url")}`;
}

/**
 * What a delivery must wait its turn for: deliveries with the same key are worked one at a time, in order. Read off the payload alone,
 * for ingest asks nobody: the issue, the pull request, or the commit in its repository. An unknown shape is on its own.
 */
export function orderingKey(event: string, guid: string, payload: object): string {
  const repository = field(payload, "repository", "id");
  if (repository === undefined) return guid;
  const number = field(payload, "pull_request", "number") ?? field(payload, "issue", "number");
  if (number !== undefined) return `${repository}#${number}`;
  const sha = field(payload, "check_run", "head_sha") ?? field(payload, "check_suite", "head_sha");
  return sha === undefined ? `${repository}/${event}` : `${repository}@${sha}`;
}

function field(payload: object, object: string, name: string): string | number | undefined {
  const outer: unknown = (payload as { readonly [key: string]: unknown })[object];
  if (typeof outer !== "object" || outer === null) return undefined;
  const inner: unknown = (outer as { readonly [key: string]: unknown })[name];
  return typeof inner === "number" || (typeof inner === "string" && inner.length <= 100) ? inner : undefined;
}

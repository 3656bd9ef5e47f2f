/**
 * What a delivery must wait its turn for: deliveries with the same key are worked one at a time, in order. Read off the payload alone,
 * for ingest asks nobody: the issue, the pull request, or the commit in its repository. An unknown shape is on its own.
 */
export function orderingKey(event: string, guid: string, payload: object): string {
  const repository = field(payload, "repository", "id");
  if (repository === undefined) return guid;
  const number = field(payload, "pull_request", "number") ?? field(payload, "issue", "number");
  if (number !== undefined) return `${repository}#${number}`;
  const sha = headOf(payload) ?? named(payload, "sha");
  return sha === undefined ? `${repository}/${event}` : `${repository}@${sha}`;
}

/** The commit that CI ran on, or that waits in the merge queue. A commit status has it beside the others, as `sha`. */
function headOf(payload: object): string | number | undefined {
  return (
    field(payload, "check_run", "head_sha") ??
    field(payload, "check_suite", "head_sha") ??
    field(payload, "merge_group", "head_sha")
  );
}

function field(payload: object, object: string, name: string): string | number | undefined {
  const outer: unknown = (payload as { readonly [key: string]: unknown })[object];
  return typeof outer === "object" && outer !== null ? named(outer, name) : undefined;
}

function named(object: object, name: string): string | number | undefined {
  const value: unknown = (object as { readonly [key: string]: unknown })[name];
  return typeof value === "number" || (typeof value === "string" && value.length <= 100) ? value : undefined;
}

import { GraphQLError } from "graphql";

const MAX_BOUND = 100;

/** The arguments of a list. */
export interface PageArguments {
  first?: number | null;
  /** Counts from the end; only where there is no `first`. */
  last?: number | null;
  after?: string | null;
}

/** One page of a list in GraphQL's form; a cursor is the place of the item before. */
export function connection<Item, Node>(items: readonly Item[], page: PageArguments, show: (item: Item) => Node) {
  const bound = page.first ?? page.last ?? null;
  if (bound === null) {
    throw new GraphQLError("You must provide a `first` or `last` value to properly paginate the connection.", {
      extensions: { type: "MISSING_PAGINATION_BOUNDARIES" },
    });
  }
  if (bound > MAX_BOUND) {
    const name = page.first ? "first" : "last";
    const message = `Requesting ${bound} records on the connection exceeds the \`${name}\` limit of ${MAX_BOUND} records.`;
    throw new GraphQLError(message, { extensions: { type: "EXCESSIVE_PAGINATION" } });
  }
  const after = page.after === undefined || page.after === null ? 0 : place(page.after);
  const start = page.first ? after : Math.max(after, items.length - bound);
  const shown = items.slice(start, start + bound);
  return {
    nodes: shown.map(show),
    totalCount: items.length,
    pageInfo: {
      hasNextPage: start + bound < items.length,
      hasPreviousPage: start > 0,
      startCursor: shown.length === 0 ? null : cursor(start + 1),
      endCursor: shown.length === 0 ? null : cursor(start + shown.length),
    },
  };
}

function cursor(index: number): string {
  return Buffer.from(`cursor:v2:${index}`).toString("base64");
}

function place(text: string): number {
  const index = Number(/^cursor:v2:(\d+)$/.exec(Buffer.from(text, "base64").toString("utf8"))?.[1]);
  if (Number.isInteger(index)) return index;
  throw new GraphQLError(`\`${text}\` does not appear to be a valid cursor.`, {
    extensions: { type: "INVALID_CURSOR_ARGUMENTS" },
  });
}

import { LoopForgeError } from "../core/index.js";
import { loadDriver } from "../store/driver.js";
import type { Inbox, InboxOptions } from "./inbox.js";
import { unavailable } from "./inbox-errors.js";

/** What `LOOPFORGE_INBOX` is where it is not set. */
export const DEFAULT_INBOX = "sqlite:loopforge-inbox.db";

interface Scheme {
  /** Shown to who names none that there is; a second name of the same inbox has none. */
  readonly example?: string;
  /** @param rest what follows the scheme's colon */
  readonly open: (rest: string, options: InboxOptions) => Promise<Inbox>;
}

/** Every inbox that LOOPFORGE_INBOX can name. Imported when it is named, so that nobody loads a driver for another's. */
const SCHEMES: { readonly [name: string]: Scheme } = {
  sqlite: {
    example: DEFAULT_INBOX,
    open: async (rest, options) => {
      const file = rest.replace(/^\/\//, "");
      if (file === "") throw unusable("sqlite: names no file");
      const { SqliteInbox } = await import("./sqlite.js");
      return new SqliteInbox(file, options);
    },
  },
  postgres: {
    example: "postgres://user:password@host:5432/database",
    open: (rest, options) => openPostgres(rest, options),
  },
  postgresql: {
    open: (rest, options) => openPostgres(rest, options),
  },
  sqs: {
    example: "sqs:https://sqs.eu-central-1.amazonaws.com/123456789012/loopforge.fifo?table=loopforge-inbox",
    open: async (rest, options) => {
      const packages = ["@aws-sdk/client-sqs", "@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"];
      const { sqsPlace } = await import("./sqs/place.js");
      const place = sqsPlace(rest);
      const { SqsInbox } = await loadDriver("SQS", packages, () => import("./sqs.js")).catch(unavailable);
      return SqsInbox.open(place, options);
    },
  },
};

/**
 * Opens the inbox that a `LOOPFORGE_INBOX` names, such as `sqlite:loopforge-inbox.db`.
 * @throws LoopForgeError `usage` when it names none; otherwise what the inbox's own opening throws
 */
export async function openInbox(url: string, options: InboxOptions = {}): Promise<Inbox> {
  const [, name, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url.trim()) ?? [];
  // The text itself is not repeated: it may hold a password.
  if (name === undefined || rest === undefined) throw unusable("it does not begin with a scheme and a colon");
  const known = name.toLowerCase();
  const scheme = Object.hasOwn(SCHEMES, known) ? SCHEMES[known] : undefined;
  if (!scheme) throw unusable(`there is no inbox ${known}:`);
  return scheme.open(rest, options);
}

async function openPostgres(rest: string, options: InboxOptions): Promise<Inbox> {
  const { PostgresInbox } = await import("./postgres.js");
  return PostgresInbox.open(`postgres:${rest}`, options);
}

function unusable(why: string): LoopForgeError {
  const examples = Object.values(SCHEMES).flatMap(({ example }) => example ?? []);
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_INBOX: ${why}. It can be, for example: ${examples.join(", ")}`,
  );
}

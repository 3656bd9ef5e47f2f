import { LoopForgeError } from "../core/index.js";
import { loadDriver } from "./driver.js";
import type { StoreOptions } from "./options.js";
import type { LoopStore } from "./repository.js";

/** What `LOOPFORGE_STORE` is where it is not set. */
export const DEFAULT_STORE = "sqlite:loopforge.db";

interface Scheme {
  /** Shown to who names none that there is; a second name of the same store has none. */
  readonly example?: string;
  /** @param rest what follows the scheme's colon */
  readonly open: (rest: string, options: StoreOptions) => Promise<LoopStore>;
}

/** Every store that LOOPFORGE_STORE can name. Imported when it is named, so that nobody loads a driver for another's. */
const SCHEMES: { readonly [name: string]: Scheme } = {
  sqlite: {
    example: "sqlite:loopforge.db",
    open: async (rest, options) => {
      const { SqliteRepository } = await import("./sqlite.js");
      return new SqliteRepository(pathOf("sqlite", rest), options);
    },
  },
  dynamodb: {
    example: "dynamodb:loopforge?region=eu-central-1",
    open: async (rest, options) => {
      const packages = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"];
      const { openDynamoDB } = await loadDriver("DynamoDB", packages, () => import("./dynamodb/open.js"));
      return openDynamoDB(rest, options);
    },
  },
  postgres: {
    example: "postgres://user:password@host:5432/database",
    open: (rest, options) => openPostgres(rest, options),
  },
  // The same under its longer name, which needs no example of its own.
  postgresql: {
    open: (rest, options) => openPostgres(rest, options),
  },
  redis: {
    example: "redis://host:6379",
    open: (rest, options) => openRedis(`redis:${rest}`, options),
  },
  rediss: {
    open: (rest, options) => openRedis(`rediss:${rest}`, options),
  },
  json: {
    example: "json:loops.json",
    open: async (rest, options) => {
      const { JsonFileRepository } = await import("./json-file.js");
      return JsonFileRepository.open(pathOf("json", rest), options);
    },
  },
  memory: {
    example: "memory:",
    open: async (rest, options) => {
      if (rest !== "") throw unusable("memory: takes nothing after its colon");
      const { MemoryRepository } = await import("./memory.js");
      return new MemoryRepository(options);
    },
  },
};

/**
 * Opens the store that a `LOOPFORGE_STORE` names, such as `sqlite:loopforge.db` or `memory:`.
 * @throws LoopForgeError `usage` when it names none; otherwise what the store's own opening throws.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<LoopStore> {
  const [, name, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url.trim()) ?? [];
  // The text itself is not repeated: a store's URL may hold a password.
  if (name === undefined || rest === undefined) throw unusable("it does not begin with a scheme and a colon");
  const known = name.toLowerCase();
  const scheme = Object.hasOwn(SCHEMES, known) ? SCHEMES[known] : undefined;
  if (!scheme) throw unusable(`there is no store ${known}:`);
  return scheme.open(rest, options);
}

async function openPostgres(rest: string, options: StoreOptions): Promise<LoopStore> {
  const { PostgresRepository } = await import("./postgres.js");
  return PostgresRepository.open(`postgres:${rest}`, options);
}

async function openRedis(url: string, options: StoreOptions): Promise<LoopStore> {
  const { RedisRepository } = await import("./redis.js");
  return RedisRepository.open(url, options);
}

/** A path may stand behind two slashes, as in other URLs: `sqlite:///var/lib/loopforge.db`. */
function pathOf(scheme: string, rest: string): string {
  const path = rest.replace(/^\/\//, "");
  if (path === "") throw unusable(`${scheme}: names no file`);
  return path;
}

function unusable(why: string): LoopForgeError {
  const examples = Object.values(SCHEMES).flatMap(({ example }) => example ?? []);
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_STORE: ${why}. It can be, for example: ${examples.join(", ")}`,
  );
}

import { LoopForgeError } from "../../core/index.js";

/** Where a PostgreSQL store is, as its URL says. */
export interface PostgresPlace {
  /** For the driver: the URL without what is LoopForge's own. */
  readonly connectionString: string;
  readonly schema: string;
  /** At most so many connections at a time. */
  readonly pool: number;
  /** For people: without user and password. */
  readonly name: string;
}

const DEFAULT_SCHEMA = "loopforge";
const DEFAULT_POOL = 10;
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Reads `postgres://user:password@host:port/database?schema=loopforge&pool=10`; other parameters (`sslmode`, `host`, …) are the driver's.
 * @throws LoopForgeError `usage`; it repeats nothing of the URL, which may hold a password
 */
export function postgresPlace(url: string): PostgresPlace {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw unusable("it is not a URL", error);
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw unusable("its scheme is not postgres:");
  if (parsed.hostname === "" && !parsed.searchParams.get("host")) throw unusable("it names no host");
  const schema = take(parsed, "schema") ?? DEFAULT_SCHEMA;
  if (!SCHEMA.test(schema)) throw unusable("its schema is not a name in small letters, digits and _");
  const pool = Number(take(parsed, "pool") ?? DEFAULT_POOL);
  if (!Number.isInteger(pool) || pool < 1) throw unusable("its pool is not a number of connections from 1 up");
  const name = `PostgreSQL at ${parsed.host || parsed.searchParams.get("host")}${parsed.pathname}`;
  return { connectionString: parsed.href, schema, pool, name };
}

function take(url: URL, name: string): string | null {
  const value = url.searchParams.get(name);
  url.searchParams.delete(name);
  return value;
}

function unusable(why: string, cause?: unknown): LoopForgeError {
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_STORE: ${why}. It can be, for example: postgres://user:password@host:5432/database`,
    { cause },
  );
}

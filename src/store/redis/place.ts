import { LoopForgeError } from "../../core/index.js";

/** Where a Redis store is, as its URL says. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
  /** Before every key, in braces: all of them are then in one hash slot. */
  readonly prefix: string;
  /** For people: without user and password. */
  readonly name: string;
}

const DEFAULT_PREFIX = "loopforge";
const PREFIX = /^[\w.-]{1,100}$/;

/**
 * Reads `redis://user:password@host:6379/0?prefix=loopforge`, or `rediss:` for TLS.
 * @throws LoopForgeError `usage`; it repeats nothing of the URL, which may hold a password
 */
export function redisPlace(url: string): RedisPlace {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw unusable("it is not a URL", error);
  }
  if (!/^rediss?:$/.test(parsed.protocol)) throw unusable("its scheme is neither redis: nor rediss:");
  if (parsed.hostname === "") throw unusable("it names no host");
  const db = parsed.pathname.replace(/^\//, "") || "0";
  if (!/^\d{1,9}$/.test(db)) throw unusable("its path is not the number of a database");
  const prefix = parsed.searchParams.get("prefix") ?? DEFAULT_PREFIX;
  if (!PREFIX.test(prefix)) throw unusable("its prefix is not a word of letters, digits, _, . and -");
  for (const parameter of parsed.searchParams.keys()) {
    if (parameter !== "prefix") throw unusable("it has a parameter other than prefix");
  }
  return {
    // An address of IP version 6 stands in brackets in a URL only.
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port || 6379),
    db: Number(db),
    username: parsed.username ? decodeURIComponent(parsed.username) : null,
    password: parsed.password ? decodeURIComponent(parsed.password) : null,
    tls: parsed.protocol === "rediss:",
    prefix: `{${prefix}}:`,
    name: `Redis at ${parsed.host}/${Number(db)}`,
  };
}

function unusable(why: string, cause?: unknown): LoopForgeError {
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_STORE: ${why}. It can be, for example: redis://user:password@host:6379/0`,
    { cause },
  );
}

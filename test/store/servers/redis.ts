import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { reach } from "./reach.js";

const DEFAULT_URL = "redis://127.0.0.1:6379";

/** A Redis server for tests. */
export interface RedisServer {
  /** For requests beside the store. */
  readonly redis: Redis;
  /** A store's URL whose keys have a prefix of their own. */
  readonly newStore: () => string;
  /** Removes every key of every store that `newStore` named. */
  readonly clean: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * The server that REDIS_URL names, or null with a printed reason when it cannot be reached. Where it names none, the machine's, or else
 * the one that the tests started.
 */
export function reachRedis(own: string | undefined): Promise<RedisServer | null> {
  return reach("Redis (REDIS_URL)", async () => {
    const named = process.env.REDIS_URL;
    if (named || !own) return connectRedis(named || DEFAULT_URL);
    return connectRedis(DEFAULT_URL).catch(() => connectRedis(own));
  });
}

export async function connectRedis(url: string): Promise<RedisServer> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5000, retryStrategy: null });
  const failed = new Promise<never>((_, reject) => redis.on("error", reject));
  failed.catch(() => {});
  await Promise.race([redis.connect(), failed]);
  const prefixes: string[] = [];
  return {
    redis,
    newStore: () => {
      const prefix = `loopforge-test-${randomUUID()}`;
      prefixes.push(prefix);
      const store = new URL(url);
      store.searchParams.set("prefix", prefix);
      return store.href;
    },
    clean: async () => {
      for (const prefix of prefixes.splice(0)) await removeKeys(redis, `{${prefix}}:*`);
    },
    close: async () => {
      await redis.quit();
    },
  };
}

async function removeKeys(redis: Redis, match: string): Promise<void> {
  for await (const keys of redis.scanStream({ match, count: 1000 }) as AsyncIterable<string[]>) {
    if (keys.length > 0) await redis.unlink(...keys);
  }
}

import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { LoopForgeError } from "../../core/index.js";
import { loadDriver } from "../driver.js";
import { type RetryOptions, withRetry } from "../retry.js";
import { redisFailure } from "./failure.js";
import { type RedisPlace, redisPlace } from "./place.js";
import { NOTE_SCHEMA, OPEN, SCHEMA_VERSION } from "./scripts.js";

const CONNECT_MS = 5_000;
const ANSWER_MS = 30_000;
const MAX_RECONNECT_MS = 1_000;

/** One connection to a Redis server, made anew when it breaks, and the layout of keys under one prefix. */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #place: RedisPlace;
  readonly #retry: RetryOptions;
  readonly #reason: { error: unknown };
  #schema = SCHEMA_VERSION;

  private constructor(redis: Redis, place: RedisPlace, retry: RetryOptions, reason: { error: unknown }) {
    this.#redis = redis;
    this.#place = place;
    this.#retry = retry;
    this.#reason = reason;
  }

  /** @throws LoopForgeError `usage`, `store_unavailable`; `store_schema` when a newer LoopForge wrote there */
  static async open(url: string, retry: RetryOptions): Promise<RedisConnection> {
    const place = redisPlace(url);
    const { Redis } = await loadDriver("Redis", ["ioredis"], () => import("ioredis"));
    const { random = Math.random } = retry;
    // Why the connection was lost comes by itself; requests only hear that it was.
    const reason: { error: unknown } = { error: null };
    let isOpen = false;
    const redis = new Redis({
      host: place.host,
      port: place.port,
      db: place.db,
      ...(place.username === null ? {} : { username: place.username }),
      ...(place.password === null ? {} : { password: place.password }),
      ...(place.tls ? { tls: {} } : {}),
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      // A request that has lost its answer may have been carried out: whether it is made again is not for the driver to say.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => (isOpen ? (0.5 + random() / 2) * Math.min(MAX_RECONNECT_MS, 50 * 2 ** times) : null),
    });
    redis.on("error", (error: unknown) => {
      reason.error = error;
    });
    redis.on("ready", () => {
      if (isOpen) reason.error = null;
    });
    const connection = new RedisConnection(redis, place, retry, reason);
    try {
      await connection.#connect();
      isOpen = true;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    return connection;
  }

  /** Whether the keys are of an older layout. */
  get isOld(): boolean {
    return this.#schema < SCHEMA_VERSION;
  }

  /** Notes that the keys have this layout now. */
  async noteSchema(): Promise<void> {
    await this.run(NOTE_SCHEMA, SCHEMA_VERSION);
    this.#schema = SCHEMA_VERSION;
  }

  /** Runs a script, tried again while the server is away for a moment: for what may be done twice. */
  run(script: string, ...values: (string | number)[]): Promise<unknown> {
    return withRetry(() => this.ask(script, values), this.#retry);
  }

  /** Runs a script, once. */
  ask(script: string, values: readonly (string | number)[]): Promise<unknown> {
    const rest = [1, this.#place.prefix, ...values];
    return this.#call(async () => {
      try {
        return await this.#redis.call("EVALSHA", hashOf(script), ...rest);
      } catch (error) {
        // The server does not know it yet, or not any more; it remembers what it is told now.
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return this.#redis.call("EVAL", script, ...rest);
      }
    });
  }

  /**
   * One command on one key, tried again while the server is away for a moment.
   * @param name the key without its prefix
   */
  command(command: string, name: string, ...values: (string | number)[]): Promise<unknown> {
    const key = this.#place.prefix + name;
    return withRetry(() => this.#call(() => this.#redis.call(command, key, ...values)), this.#retry);
  }

  /** What the server says of itself; null where it does not let this user know. */
  async about(command: "INFO" | "CONFIG", ...values: string[]): Promise<unknown> {
    try {
      return await this.#redis.call(command, ...values);
    } catch {
      return null;
    }
  }

  async close(): Promise<void> {
    if (this.#redis.status === "ready") await this.#redis.quit().catch(() => {});
    this.#redis.disconnect();
  }

  async #connect(): Promise<void> {
    await this.#call(() => this.#redis.connect());
    // Where the database could not be chosen, the driver says so and goes on in another.
    if (this.#reason.error) throw redisFailure(this.#reason.error, this.#place.name);
    this.#schema = Number(await this.ask(OPEN, [SCHEMA_VERSION]));
    if (this.#schema <= SCHEMA_VERSION) return;
    throw new LoopForgeError(
      "store_schema",
      `The keys ${this.#place.prefix}* in ${this.#place.name} have schema ${this.#schema}, made by a newer LoopForge; this one knows ${SCHEMA_VERSION}. Upgrade LoopForge, or name another prefix (?prefix=… in LOOPFORGE_STORE).`,
    );
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const isAnswer = error instanceof Error && error.name === "ReplyError";
      throw redisFailure(isAnswer ? error : (this.#reason.error ?? error), this.#place.name);
    }
  }
}

const hashes = new Map<string, string>();

/** The name under which the server remembers a script. */
function hashOf(script: string): string {
  const known = hashes.get(script);
  if (known !== undefined) return known;
  const hash = createHash("sha1").update(script).digest("hex");
  hashes.set(script, hash);
  return hash;
}

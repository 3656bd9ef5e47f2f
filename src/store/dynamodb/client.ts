import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LoopForgeError } from "../../core/index.js";
import type { StoreOptions } from "../options.js";
import type { RetryOptions } from "../retry.js";

/** Where DynamoDB is, by default where the SDK's own settings say (AWS_REGION, profiles), and how the store uses it. */
export interface DynamoDBOptions extends StoreOptions, RetryOptions {
  /** A client of your own, which you close. `region` and `endpoint` then say nothing. */
  readonly client?: DynamoDBClient;
  readonly region?: string;
  /** An address other than Amazon's, such as DynamoDB Local's. */
  readonly endpoint?: string;
  /**
   * Over how many partitions the index spreads each state: 1 by default, which is enough until some hundreds of transitions a second
   * lead into or out of the same state. More than 1 needs tables made for it, with `state-index` on `state_shard`; how many more can
   * change at any time.
   */
  readonly stateShards?: number;
}

const MAX_SHARDS = 100;

/** The client to use, and what ends it: nothing, where it is the caller's own. */
export function clientOf(options: DynamoDBOptions): { client: DynamoDBClient; close: () => void } {
  const { client: given, region, endpoint } = options;
  if (given) return { client: given, close: () => {} };
  const client = new DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Tried again by the connection, where chance and time are arguments, and not twice over.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  return { client, close: () => client.destroy() };
}

/** @throws LoopForgeError `usage` */
export function checkedShards(stateShards = 1): number {
  if (Number.isInteger(stateShards) && stateShards >= 1 && stateShards <= MAX_SHARDS) return stateShards;
  throw new LoopForgeError(
    "usage",
    `stateShards, as in LOOPFORGE_STORE, is a whole number from 1 to ${MAX_SHARDS}, not ${stateShards}`,
  );
}

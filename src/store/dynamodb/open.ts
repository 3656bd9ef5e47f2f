import { LoopForgeError } from "../../core/index.js";
import { DynamoDBRepository } from "../dynamodb.js";
import type { StoreOptions } from "../options.js";
import type { DynamoDBOptions } from "./client.js";

/** A table's name, with room for `-ledger` behind it. */
const TABLE = /^[\w.-]{3,240}$/;
const PARAMETERS = ["region", "endpoint", "stateShards", "ensureTables"] as const;

interface Place {
  readonly table: string;
  readonly options: Pick<DynamoDBOptions, "region" | "endpoint" | "stateShards">;
  readonly ensureTables: boolean;
}

/**
 * Opens what stands behind `dynamodb:`, such as `loopforge?region=eu-central-1` or
 * `loopforge?region=local&endpoint=http://127.0.0.1:8000&ensureTables=true`.
 * @throws LoopForgeError `usage`, `store_schema`, `store_unavailable`: before anything is written
 */
export async function openDynamoDB(rest: string, options: StoreOptions): Promise<DynamoDBRepository> {
  const place = placeIn(rest);
  const store = new DynamoDBRepository(place.table, { ...options, ...place.options });
  try {
    await (place.ensureTables ? store.ensureTables() : store.ready());
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function placeIn(rest: string): Place {
  const [name = "", ...query] = rest.replace(/^\/\//, "").split("?");
  if (!TABLE.test(name)) throw unusable("it names no table: 3 to 240 letters, digits, _, - and dots");
  const given = new URLSearchParams(query.join("?"));
  for (const parameter of given.keys()) {
    if (!PARAMETERS.some((known) => known === parameter)) {
      throw unusable(
        `it has a parameter ${JSON.stringify(parameter.slice(0, 40))}, and knows ${PARAMETERS.join(", ")}`,
      );
    }
  }
  const [region, endpoint, stateShards] = [given.get("region"), given.get("endpoint"), given.get("stateShards")];
  return {
    table: name,
    options: {
      ...(region ? { region } : {}),
      ...(endpoint === null ? {} : { endpoint: checkedEndpoint(endpoint) }),
      ...(stateShards === null ? {} : { stateShards: Number(stateShards) }),
    },
    ensureTables: isTrue(given.get("ensureTables")),
  };
}

function checkedEndpoint(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw unusable("its endpoint is no http address, such as http://127.0.0.1:8000");
}

function isTrue(text: string | null): boolean {
  if (text !== null && text !== "true" && text !== "false")
    throw unusable("its ensureTables is neither true nor false");
  return text === "true";
}

function unusable(why: string): LoopForgeError {
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_STORE: ${why}. For example: dynamodb:loopforge?region=eu-central-1`,
  );
}

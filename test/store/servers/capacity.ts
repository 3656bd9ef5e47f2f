import type { ConsumedCapacity, DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** What a client's requests cost, in write units. */
export interface CountedUnits {
  readonly client: DynamoDBClient;
  /** Of the last request that wrote. */
  last(): number;
  /** Of all of them since the last reset. */
  units(): number;
  reset(): void;
}

const BYTES_A_UNIT = 1024;

/** Has a client ask for the cost of each write. A write whose condition fails costs what it would have written over, and is not told so. */
export function countingUnits(client: DynamoDBClient): CountedUnits {
  let last = 0;
  let units = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (!WRITES.has(String(commandName))) return next(args);
        const input = { ...args.input, ReturnConsumedCapacity: "INDEXES" } as typeof args.input;
        const count = (cost: number) => {
          last = cost;
          units += cost;
        };
        try {
          const result = await next({ ...args, input });
          count(unitsIn(result.output));
          return result;
        } catch (error) {
          count(unitsOfRefused(error));
          throw error;
        }
      },
    { step: "initialize" },
  );
  return {
    client,
    last: () => last,
    units: () => units,
    reset: () => {
      units = 0;
    },
  };
}

const WRITES: ReadonlySet<string> = new Set([
  "DeleteItemCommand",
  "PutItemCommand",
  "TransactWriteItemsCommand",
  "UpdateItemCommand",
]);

function unitsIn(output: object): number {
  const { ConsumedCapacity = [] } = output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] };
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

function unitsOfRefused(error: unknown): number {
  const isRefused = error instanceof Error && error.name === "ConditionalCheckFailedException";
  if (!isRefused) return 0;
  const item = "Item" in error && error.Item ? JSON.stringify(error.Item) : "";
  return Math.max(1, Math.ceil(item.length / BYTES_A_UNIT));
}

import type { ConsumedCapacity, DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Has a client ask for the cost of each transaction. */
export function countingUnits(client: DynamoDBClient): { client: DynamoDBClient; last(): number } {
  let last = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      if (!("TransactItems" in args.input)) return next(args);
      const result = await next({
        ...args,
        input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } as typeof args.input,
      });
      const { ConsumedCapacity = [] } = result.output as { ConsumedCapacity?: ConsumedCapacity[] };
      last = ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      return result;
    },
    { step: "initialize" },
  );
  return { client, last: () => last };
}

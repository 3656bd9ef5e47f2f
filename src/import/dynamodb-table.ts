import { ScanCommand, type ScanCommandOutput } from "@aws-sdk/lib-dynamodb";
import { LoopForgeError } from "../core/index.js";
import { clientOf } from "../store/dynamodb/client.js";
import { DynamoDBConnection } from "../store/dynamodb/connection.js";

/** Every item of the table that `dynamodb:TABLE?region=…&endpoint=…` names. */
export async function* readTable(url: string): AsyncGenerator<unknown> {
  const { pathname: TableName, searchParams } = new URL(url.replace("://", ":"));
  if (TableName === "") throw new LoopForgeError("usage", "dynamodb: names no table: dynamodb:my-loops?region=…");
  const [region, endpoint] = [searchParams.get("region"), searchParams.get("endpoint")];
  const { client, close } = clientOf({ ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}) });
  const db = new DynamoDBConnection(client);
  try {
    let from: Pick<ScanCommandOutput, "LastEvaluatedKey"> | null = {};
    while (from) {
      const command: ScanCommand = new ScanCommand({
        TableName,
        ConsistentRead: true,
        ExclusiveStartKey: from.LastEvaluatedKey,
      });
      const { Items = [], LastEvaluatedKey }: ScanCommandOutput = await db.run((documents) => documents.send(command));
      yield* Items;
      from = LastEvaluatedKey ? { LastEvaluatedKey } : null;
    }
  } catch (error) {
    throw aboutSource(error, TableName);
  } finally {
    close();
  }
}

/** The connection's errors are worded for a store, which LOOPFORGE_STORE names; this table was named on the command line. */
function aboutSource(error: unknown, table: string): unknown {
  if (!(error instanceof LoopForgeError)) return error;
  const why = error.message.replaceAll("LOOPFORGE_STORE", "the source");
  return new LoopForgeError(error.code, `Cannot read the DynamoDB table ${table}: ${why}`, { cause: error });
}

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { clientOf } from "../../store/dynamodb/client.js";
import { DynamoDBConnection } from "../../store/dynamodb/connection.js";
import { ConditionsFailed } from "../../store/dynamodb/errors.js";
import { unavailable } from "../inbox-errors.js";
import type { SqsPlace } from "./place.js";
import { SqsQueue } from "./queue.js";
import { DeliveryTable } from "./table.js";

/** The two that make an inbox on AWS: the queue hands deliveries on in order, the table remembers them. */
export interface SqsConnection {
  readonly queue: SqsQueue;
  readonly table: DeliveryTable;
  close(): void;
}

/** Nothing is asked of either yet. */
export function connectSqs(place: SqsPlace): SqsConnection {
  const { region, dynamodbEndpoint: endpoint } = place;
  const dynamodb = clientOf({ ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}) });
  const queue = new SqsQueue(place);
  return {
    queue,
    table: new DeliveryTable(new InboxTables(dynamodb.client), place.table),
    close: () => {
      queue.close();
      dynamodb.close();
    },
  };
}

/** The stores' connection, whose failures are the inbox's. */
class InboxTables extends DynamoDBConnection {
  override run<T>(request: (documents: DynamoDBDocumentClient) => Promise<T>): Promise<T> {
    return super.run(request).catch((error: unknown) => {
      if (error instanceof ConditionsFailed) throw error;
      return unavailable(error);
    });
  }
}

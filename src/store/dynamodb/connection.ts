import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type RetryOptions, ServerFailure, withRetry } from "../retry.js";
import type { Row } from "../row.js";
import { explained } from "./errors.js";

export type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];
export type Key = Readonly<Record<string, string | number>>;

const KEYS_A_BATCH = 100;

/**
 * What LoopForge does with DynamoDB, in few verbs: reads are strongly consistent (all but those of an index), pages are turned to the
 * last, what is busy is tried again, and errors speak to the user.
 */
export class DynamoDBConnection {
  readonly #documents: DynamoDBDocumentClient;
  readonly #retry: RetryOptions;

  constructor(client: DynamoDBClient, retry: RetryOptions = {}) {
    this.#documents = DynamoDBDocumentClient.from(client, {
      marshallOptions: { removeUndefinedValues: true },
      unmarshallOptions: { wrapNumbers: numberIn },
    });
    this.#retry = retry;
  }

  /** Does it, and again while it is worth it. */
  run<T>(request: (documents: DynamoDBDocumentClient) => Promise<T>): Promise<T> {
    return withRetry(async () => {
      try {
        return await request(this.#documents);
      } catch (error) {
        throw explained(error);
      }
    }, this.#retry);
  }

  async get(table: string, key: Key): Promise<Row | null> {
    const command = new GetCommand({ TableName: table, Key: key, ConsistentRead: true });
    const { Item } = await this.run((documents) => documents.send(command));
    return Item ?? null;
  }

  /** In no order; without those that are not there. */
  async getMany(table: string, keys: readonly Key[]): Promise<readonly Row[]> {
    const batches: Promise<readonly Row[]>[] = [];
    for (let start = 0; start < keys.length; start += KEYS_A_BATCH) {
      batches.push(this.#getBatch(table, keys.slice(start, start + KEYS_A_BATCH)));
    }
    return (await Promise.all(batches)).flat();
  }

  async put(table: string, item: Row, condition?: string): Promise<void> {
    const onlyIf = condition === undefined ? {} : { ConditionExpression: condition };
    const command = new PutCommand({ TableName: table, Item: item, ...onlyIf });
    await this.run((documents) => documents.send(command));
  }

  /**
   * Sets attributes of one item, which is made where it is not there, if the condition holds. In the condition, `#name` stands for an
   * attribute that is set and `:name` for its new value.
   * @throws ConditionsFailed which holds the item that is there
   */
  async update(table: string, key: Key, attributes: Row, condition: string): Promise<void> {
    const names = Object.keys(attributes);
    const command = new UpdateCommand({
      TableName: table,
      Key: key,
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    await this.run((documents) => documents.send(command));
  }

  async delete(table: string, key: Key): Promise<void> {
    const command = new DeleteCommand({ TableName: table, Key: key });
    await this.run((documents) => documents.send(command));
  }

  /** All that there is, however many answers of 1 MB it takes: whoever wants less stops. */
  async *query(input: QueryCommandInput): AsyncGenerator<Row> {
    let from: Pick<QueryCommandInput, "ExclusiveStartKey"> | null = {};
    while (from) {
      const command: QueryCommand = new QueryCommand({ ConsistentRead: true, ...input, ...from });
      const { Items = [], LastEvaluatedKey } = await this.run((documents) => documents.send(command));
      yield* Items;
      from = LastEvaluatedKey ? { ExclusiveStartKey: LastEvaluatedKey } : null;
    }
  }

  /** The items of a whole table, in an order of DynamoDB's own: whoever wants less stops. */
  async *scan(input: ScanCommandInput): AsyncGenerator<Row> {
    let from: Pick<ScanCommandInput, "ExclusiveStartKey"> | null = {};
    while (from) {
      const command: ScanCommand = new ScanCommand({ ConsistentRead: true, ...input, ...from });
      const { Items = [], LastEvaluatedKey } = await this.run((documents) => documents.send(command));
      yield* Items;
      from = LastEvaluatedKey ? { ExclusiveStartKey: LastEvaluatedKey } : null;
    }
  }

  /**
   * All or nothing.
   * @throws ConditionsFailed
   */
  async transact(items: readonly TransactItem[]): Promise<void> {
    // One token for all tries: if an answer was lost, the next try finds that it was done, instead of the conditions failing on itself.
    const command = new TransactWriteCommand({ TransactItems: [...items], ClientRequestToken: randomUUID() });
    await this.run((documents) => documents.send(command));
  }

  async #getBatch(table: string, keys: readonly Key[]): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let left: NonNullable<BatchGetCommandInput["RequestItems"]> = {
      [table]: { Keys: [...keys], ConsistentRead: true },
    };
    await this.run(async (documents) => {
      const answer = await documents.send(new BatchGetCommand({ RequestItems: left }));
      rows.push(...(answer.Responses?.[table] ?? []));
      left = answer.UnprocessedKeys ?? {};
      if (Object.keys(left).length > 0) {
        throw new ServerFailure("passing", "store_unavailable", "DynamoDB is busy and left reads undone at every try");
      }
    });
    return rows;
  }
}

/** Does nothing before a check has succeeded; a check that failed is made again the next time. */
export class CheckedConnection extends DynamoDBConnection {
  readonly #check: () => Promise<void>;
  #checked: Promise<void> | null = null;

  constructor(check: () => Promise<void>, ...connection: ConstructorParameters<typeof DynamoDBConnection>) {
    super(...connection);
    this.#check = check;
  }

  override async run<T>(request: (documents: DynamoDBDocumentClient) => Promise<T>): Promise<T> {
    await this.checked();
    return super.run(request);
  }

  checked(): Promise<void> {
    this.#checked ??= this.#check().catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
    return this.#checked;
  }
}

/** A number that is not exact in JavaScript stays the text that it was: somebody else's attribute must not break a read. */
function numberIn(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

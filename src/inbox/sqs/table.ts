import { DeleteCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBConnection } from "../../store/dynamodb/connection.js";
import { ConditionsFailed } from "../../store/dynamodb/errors.js";
import type { Row } from "../../store/row.js";
import type { DeliveryStatus } from "../inbox.js";
import { MAX_EVENT_NAMES } from "../texts.js";
import { Bodies } from "./bodies.js";
import { DELIVERY, IGNORED, STATUS_INDEX } from "./schema.js";

/**
 * What is known of each delivery. The names are those of the other inboxes' columns; `turn` names the message that stands for it in
 * the queue (another one each time it is put or taken up again), and `receipt` is what that message is held by at present.
 */
export class DeliveryTable {
  readonly bodies: Bodies;
  readonly #db: DynamoDBConnection;
  readonly #table: string;

  constructor(db: DynamoDBConnection, table: string) {
    this.#db = db;
    this.#table = table;
    this.bodies = new Bodies(db, table);
  }

  find(guid: string): Promise<Row | null> {
    return this.#db.get(this.#table, { guid, part: DELIVERY });
  }

  /** @returns false when there is one already */
  async add(item: Row): Promise<boolean> {
    return unlessRefused(async () => {
      await this.#db.put(this.#table, { ...item, part: DELIVERY }, "attribute_not_exists(guid)");
      return true;
    }, false);
  }

  /**
   * Changes a delivery if the condition holds. In it, `#name` is an attribute and `:name` one of the values.
   * @returns what it is then; null when the condition does not hold
   */
  change(guid: string, set: Row, condition: string, values: Row = {}, more = ""): Promise<Row | null> {
    const UpdateExpression = `SET ${Object.keys(set)
      .map((name) => `#${name} = :${name}`)
      .join(", ")}${more}`;
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: { guid, part: DELIVERY },
      UpdateExpression,
      ConditionExpression: condition,
      ...namedIn(`${UpdateExpression} ${condition}`, { ...set, ...values }),
      ReturnValues: "ALL_NEW",
    });
    return unlessRefused(
      async () => (await this.#db.run((documents) => documents.send(command))).Attributes ?? null,
      null,
    );
  }

  /** Under a condition as in {@link change}. @returns what it was; null when the condition does not hold */
  remove(guid: string, condition: string, values: Row): Promise<Row | null> {
    const command = new DeleteCommand({
      TableName: this.#table,
      Key: { guid, part: DELIVERY },
      ConditionExpression: condition,
      ...namedIn(condition, values),
      ReturnValues: "ALL_OLD",
    });
    return unlessRefused(
      async () => (await this.#db.run((documents) => documents.send(command))).Attributes ?? null,
      null,
    );
  }

  /** Those of one status, the newest first, from before that place on. The index follows the table within moments. */
  inStatus(status: DeliveryStatus, before: string): AsyncGenerator<Row> {
    return this.#db.query({
      ...this.#status(status),
      KeyConditionExpression: "#status = :status AND place < :before",
      ExpressionAttributeValues: { ":status": status, ":before": before },
      ScanIndexForward: false,
    });
  }

  /** The first that was put of those in this status. */
  async oldest(status: DeliveryStatus): Promise<Row | undefined> {
    for await (const row of this.#db.query({ ...this.#status(status), Limit: 1 })) return row;
    return undefined;
  }

  /** At least so many are in this status: what is beyond one answer's 1 MB, some thousands, is not counted. */
  async count(status: DeliveryStatus, notDueBefore = -1): Promise<number> {
    const { ExpressionAttributeValues, ...query } = this.#status(status);
    const command = new QueryCommand({
      ...query,
      ConsistentRead: false,
      FilterExpression: "ready_at > :after",
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ":after": notDueBefore },
      Select: "COUNT",
    });
    return (await this.#db.run((documents) => documents.send(command))).Count ?? 0;
  }

  /** Counts an event by name, of new names only so many. */
  async tally(event: string, other: string): Promise<void> {
    if (await this.#add(event, true)) return;
    const isFull = (await this.tallies()).length >= MAX_EVENT_NAMES;
    await this.#add(isFull ? other : event, false);
  }

  /** Names and counts. */
  async tallies(): Promise<readonly Row[]> {
    const rows: Row[] = [];
    const query = this.#db.query({
      TableName: this.#table,
      KeyConditionExpression: "guid = :guid AND begins_with(part, :part)",
      ExpressionAttributeValues: { ":guid": IGNORED.guid, ":part": IGNORED.part },
    });
    for await (const { part, tally } of query)
      rows.push({ name: String(part).slice(IGNORED.part.length), count: tally });
    return rows;
  }

  #add(event: string, onlyIfKnown: boolean): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: { guid: IGNORED.guid, part: IGNORED.part + event },
      UpdateExpression: "ADD tally :one",
      ExpressionAttributeValues: { ":one": 1 },
      ...(onlyIfKnown ? { ConditionExpression: "attribute_exists(guid)" } : {}),
    });
    return unlessRefused(async () => {
      await this.#db.run((documents) => documents.send(command));
      return true;
    }, false);
  }

  #status(status: DeliveryStatus) {
    return {
      TableName: this.#table,
      IndexName: STATUS_INDEX,
      ConsistentRead: false,
      KeyConditionExpression: "#status = :status",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: { ":status": status } as Record<string, string | number>,
    };
  }
}

/** What the `#name` and `:name` of an expression stand for. Every attribute goes by an alias, for many of their names are reserved. */
function namedIn(expression: string, values: Row) {
  const names = [...expression.matchAll(/#(\w+)/g)].map(([alias, name = ""]): [string, string] => [alias, name]);
  return {
    ExpressionAttributeNames: Object.fromEntries(names),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
  };
}

async function unlessRefused<T>(work: () => Promise<T>, refused: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConditionsFailed) return refused;
    throw error;
  }
}

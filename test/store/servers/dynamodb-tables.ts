import { randomUUID } from "node:crypto";
import { DeleteTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { onTestFinished } from "vitest";
import { tablesOf } from "../../../src/store/dynamodb/keys.js";
import { type DynamoDBOptions, DynamoDBRepository } from "../../../src/store/dynamodb.js";

/** A name that no other test's tables have. */
export function aName(): string {
  return `loopforge-${randomUUID()}`;
}

/** A store in tables of its own, which go with the test. */
export async function givenStore(
  client: DynamoDBClient,
  options: DynamoDBOptions = {},
): Promise<{ store: DynamoDBRepository; name: string }> {
  const name = aName();
  onTestFinished(() => removeTables(client, name));
  await new DynamoDBRepository(name, { ...options, client }).ensureTables();
  return { store: new DynamoDBRepository(name, { client, ...options }), name };
}

export async function removeTables(client: DynamoDBClient, name: string): Promise<void> {
  const deleted = Object.values(tablesOf(name)).map((TableName) => client.send(new DeleteTableCommand({ TableName })));
  await Promise.allSettled(deleted);
}

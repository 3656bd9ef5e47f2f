import type { CreateTableCommandInput, TableDescription } from "@aws-sdk/client-dynamodb";
import { partitionAttribute, STATE_INDEX, type Tables } from "./keys.js";

/** What the tables are made like; serverless.yml says the same. */
export type TableDefinition = CreateTableCommandInput & { readonly TableName: string };

/** Of what is in the tables. One more when a version of LoopForge writes what this one could not read. */
export const SCHEMA_VERSION = 2;

/** Billed by request: a team's traffic is nothing at night and a burst when CI ends. */
export function tableDefinitions(tables: Tables, stateShards: number): readonly TableDefinition[] {
  const partition = partitionAttribute(stateShards);
  return [
    {
      ...table(tables.heads, [["record_id", "S"]], [[partition, "S"] as const, ["updated_at", "S"] as const]),
      GlobalSecondaryIndexes: [
        {
          IndexName: STATE_INDEX,
          KeySchema: keySchema([partition, "updated_at"]),
          // The heads are read from the table: an index that held them would cost as much again at every transition.
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
    },
    table(tables.ledger, [
      ["record_id", "S"],
      ["seq", "N"],
    ]),
    table(tables.links, [
      ["link", "S"],
      ["record_id", "S"],
    ]),
    table(tables.people, [["person", "S"]]),
    table(tables.facts, [
      ["entity", "S"],
      ["fact", "S"],
    ]),
  ];
}

/** What is wrong with a table that is there; null when it is as it should be. */
export function flawOf(definition: TableDefinition, found: TableDescription): string | null {
  if (keysOf(found.KeySchema) !== keysOf(definition.KeySchema)) {
    return `has the key ${keysOf(found.KeySchema)} instead of ${keysOf(definition.KeySchema)}: another table has this name`;
  }
  for (const wanted of definition.GlobalSecondaryIndexes ?? []) {
    const index = found.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === wanted.IndexName);
    if (!index) return `has no index ${wanted.IndexName}`;
    if (keysOf(index.KeySchema) !== keysOf(wanted.KeySchema)) {
      return `has its index ${wanted.IndexName} on ${keysOf(index.KeySchema)} instead of ${keysOf(wanted.KeySchema)}: it was made for another stateShards`;
    }
  }
  return null;
}

type Attribute = readonly [name: string, type: "S" | "N"];

function table(name: string, keys: readonly Attribute[], indexed: readonly Attribute[] = []): TableDefinition {
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: keySchema(keys.map(([key]) => key)),
    AttributeDefinitions: [...keys, ...indexed].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
  };
}

function keySchema(names: readonly string[]): NonNullable<CreateTableCommandInput["KeySchema"]> {
  return names.map((AttributeName, place) => ({ AttributeName, KeyType: place === 0 ? "HASH" : "RANGE" }));
}

function keysOf(schema: TableDescription["KeySchema"]): string {
  return (schema ?? []).map(({ AttributeName }) => AttributeName).join(" + ");
}

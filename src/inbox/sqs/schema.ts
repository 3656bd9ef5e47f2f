import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Every item of a delivery has its GUID, and says which part of it it is. */
export const KEY = { partition: "guid", sort: "part" } as const;
/** The delivery itself; the other parts are its body. */
export const DELIVERY = "delivery";
/** Before a body's parts. */
export const BODY = "body#";
/** Items of no delivery: what was only counted. No GUID's parts begin with it. */
export const IGNORED = { guid: "-", part: "ignored#" } as const;
/** Deliveries by status, in the order in which they were stored: for people, and for counting. */
export const STATUS_INDEX = "status-index";
/** When DynamoDB may forget an item by itself, in seconds: of what is done. */
export const TTL_ATTRIBUTE = "expires_at";

/** What the table is made like; serverless.yml says the same, and switches `expires_at` on as its time to live. */
export function tableDefinition(name: string): CreateTableCommandInput & { readonly TableName: string } {
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [
      { AttributeName: KEY.partition, KeyType: "HASH" },
      { AttributeName: KEY.sort, KeyType: "RANGE" },
    ],
    AttributeDefinitions: [KEY.partition, KEY.sort, "status", "place"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    GlobalSecondaryIndexes: [
      {
        IndexName: STATUS_INDEX,
        KeySchema: [
          { AttributeName: "status", KeyType: "HASH" },
          { AttributeName: "place", KeyType: "RANGE" },
        ],
        // An item has no body in it: it is small.
        Projection: { ProjectionType: "ALL" },
      },
    ],
  };
}

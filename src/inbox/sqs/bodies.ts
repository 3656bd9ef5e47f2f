import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import pLimit from "p-limit";
import { sha256 } from "../../core/index.js";
import type { DynamoDBConnection } from "../../store/dynamodb/connection.js";
import type { Row } from "../../store/row.js";
import { BODY } from "./schema.js";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** An item of DynamoDB's has at most 400 KB, names included. */
const PART_BYTES = 380_000;
const AT_ONCE = 8;

/** Where a body is: under which name, and in how many parts. */
export interface BodyPlace {
  readonly body_digest: string;
  readonly body_parts: number;
}

/**
 * Bodies of deliveries, compressed and cut to size, beside the deliveries. A body's parts are named by their content: who writes the
 * same one at the same time writes the same, and who writes another one under the same GUID overwrites nothing.
 */
export class Bodies {
  readonly #db: DynamoDBConnection;
  readonly #table: string;

  constructor(db: DynamoDBConnection, table: string) {
    this.#db = db;
    this.#table = table;
  }

  async write(guid: string, text: string): Promise<BodyPlace> {
    const bytes = await compress(text);
    const digest = sha256(bytes).slice(0, 32);
    const parts = Math.ceil(bytes.length / PART_BYTES);
    const limited = pLimit(AT_ONCE);
    const writes = Array.from({ length: parts }, (_, index) => {
      const body = bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
      return limited(() => this.#db.put(this.#table, { guid, part: partName(digest, index), body }));
    });
    await Promise.all(writes);
    return { body_digest: digest, body_parts: parts };
  }

  /** Null when it is not there, or not all of it. */
  async read({ guid, body_digest, body_parts }: Row): Promise<string | null> {
    const bytes: Uint8Array[] = [];
    const parts = this.#parts(String(guid), `${BODY}${String(body_digest)}`);
    for await (const { body } of parts) bytes.push(body as Uint8Array);
    if (bytes.length === 0 || bytes.length !== body_parts) return null;
    return (await decompress(Buffer.concat(bytes))).toString("utf8");
  }

  /** Whatever there is of this GUID: also what another attempt left behind. */
  async delete(guid: string): Promise<void> {
    const parts: string[] = [];
    for await (const { part } of this.#parts(guid, BODY, "guid, part")) parts.push(String(part));
    const limited = pLimit(AT_ONCE);
    await Promise.all(parts.map((part) => limited(() => this.#db.delete(this.#table, { guid, part }))));
  }

  #parts(guid: string, prefix: string, fields?: string): AsyncGenerator<Row> {
    return this.#db.query({
      TableName: this.#table,
      KeyConditionExpression: "guid = :guid AND begins_with(part, :prefix)",
      ExpressionAttributeValues: { ":guid": guid, ":prefix": prefix },
      ...(fields === undefined ? {} : { ProjectionExpression: fields }),
    });
  }
}

function partName(digest: string, index: number): string {
  return `${BODY}${digest}#${String(index).padStart(5, "0")}`;
}

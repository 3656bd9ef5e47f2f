import { decodeHead, type RecordHead, type RecordId, sha256 } from "../../core/index.js";
import type { Position } from "../paging.js";
import { textIn } from "../row.js";
import type { DynamoDBConnection } from "./connection.js";
import { headKey, partitionAttribute, STATE_INDEX, STATES, stateKey, type Tables } from "./keys.js";
import { inOrder, merged, taken } from "./merge.js";

/** A head, and where the index has it: it may have moved on since. */
export interface Placed {
  readonly position: Position;
  readonly head: RecordHead;
}

const HEADS_AT_ONCE = 1000;

/**
 * `state-index`: where the heads of each state stand, in the order of lists. Which partitions it has is kept beside it: a lifecycle may
 * have any states, and how many partitions a state is spread over may have been another number before.
 */
export class StateIndex {
  readonly #db: DynamoDBConnection;
  readonly #tables: Tables;
  readonly #shards: number;
  readonly #known = new Set<string>();

  constructor(db: DynamoDBConnection, tables: Tables, shards: number) {
    this.#db = db;
    this.#tables = tables;
    this.#shards = shards;
  }

  /** What a head's item has beside the head's own fields, so that lists find it: nothing where states are not spread. */
  attributesOf(head: RecordHead): { readonly state_shard?: string } {
    return this.#shards === 1 ? {} : { state_shard: this.#partitionOf(head) };
  }

  /** Sees to it that lists look where the head will be. To be done before it is written; costs a write once a process and partition. */
  async announce(head: RecordHead): Promise<void> {
    const partition = this.#partitionOf(head);
    if (this.#known.has(partition)) return;
    await this.#db.put(this.#tables.links, { ...stateKey(partition), state: head.state });
    this.#known.add(partition);
  }

  /**
   * Heads after a position, in the order of where the index has them, of one state or of all. One that went, or left the state since, is
   * left out.
   */
  async find(state: string | undefined, after: Position | null, wanted: number): Promise<readonly Placed[]> {
    const positions = this.#positions(state, after, wanted);
    const found: Placed[] = [];
    const seen = new Set<RecordId>();
    while (found.length < wanted) {
      const some = await taken(positions, Math.min(HEADS_AT_ONCE, wanted - found.length));
      if (some.length === 0) break;
      const heads = await this.#heads(some);
      for (const position of some) {
        const head = heads.get(position.recordId);
        if (!head || (state !== undefined && head.state !== state) || seen.has(head.recordId)) continue;
        seen.add(head.recordId);
        found.push({ position, head });
      }
    }
    return found;
  }

  async #heads(positions: readonly Position[]): Promise<ReadonlyMap<RecordId, RecordHead>> {
    const ids = new Set(positions.map(({ recordId }) => recordId));
    const heads = (await this.#db.getMany(this.#tables.heads, [...ids].map(headKey))).map(decodeHead);
    return new Map(heads.map((head) => [head.recordId, head]));
  }

  /** @param wanted about how many will be asked for: so many are read at once */
  async *#positions(state: string | undefined, after: Position | null, wanted: number): AsyncGenerator<Position> {
    const partitions = await this.#partitions(state);
    const limit = Math.min(1000, Math.max(25, Math.ceil((2 * wanted) / Math.max(1, partitions.length))));
    yield* merged(partitions.map((partition) => this.#inPartition(partition, after, limit)));
  }

  /** DynamoDB orders those of one time in no way that it promises: they are held back until all of them are there. */
  async *#inPartition(partition: string, after: Position | null, limit: number): AsyncGenerator<Position> {
    let ties: Position[] = [];
    const rest = function* () {
      for (const position of ties.sort(inOrder)) if (!after || inOrder(position, after) > 0) yield position;
    };
    for await (const position of this.#rows(partition, after, limit)) {
      if (ties[0] && ties[0].updatedAt !== position.updatedAt) {
        yield* rest();
        ties = [];
      }
      ties.push(position);
    }
    yield* rest();
  }

  /** From the time of `after` on: whoever else has that time may come after it. */
  async *#rows(partition: string, after: Position | null, limit: number): AsyncGenerator<Position> {
    const rows = this.#db.query({
      TableName: this.#tables.heads,
      IndexName: STATE_INDEX,
      ConsistentRead: false,
      Limit: limit,
      KeyConditionExpression: `#partition = :partition${after ? " AND #updated_at >= :from" : ""}`,
      ProjectionExpression: "#record_id, #updated_at",
      ExpressionAttributeNames: {
        "#partition": partitionAttribute(this.#shards),
        "#record_id": "record_id",
        "#updated_at": "updated_at",
      },
      ExpressionAttributeValues: { ":partition": partition, ...(after ? { ":from": after.updatedAt } : {}) },
    });
    for await (const row of rows) {
      yield {
        updatedAt: textIn(row, "updated_at") as Position["updatedAt"],
        recordId: textIn(row, "record_id") as Position["recordId"],
      };
    }
  }

  /** The state, and where states are spread a number calculated from the record's id, which stays. */
  #partitionOf({ state, recordId }: RecordHead): string {
    if (this.#shards === 1) return state;
    return `${state}#${Number.parseInt(sha256(recordId).slice(0, 8), 16) % this.#shards}`;
  }

  async #partitions(state: string | undefined): Promise<readonly string[]> {
    const partitions: string[] = [];
    const rows = this.#db.query({
      TableName: this.#tables.links,
      KeyConditionExpression: "link = :states",
      ExpressionAttributeValues: { ":states": STATES },
    });
    for await (const row of rows) {
      if (state === undefined || row.state === state) partitions.push(textIn(row, "record_id"));
    }
    return partitions;
  }
}

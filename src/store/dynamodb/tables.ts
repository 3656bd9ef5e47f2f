import { setTimeout } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { LoopForgeError } from "../../core/index.js";
import { integerIn } from "../row.js";
import type { DynamoDBConnection } from "./connection.js";
import { ConditionsFailed } from "./errors.js";
import { FACTS_TTL_ATTRIBUTE, NO_RECORD, PLACE_KEY, SCHEMA_KEY, type Tables, TTL_ATTRIBUTE } from "./keys.js";
import { flawOf, SCHEMA_VERSION, type TableDefinition, tableDefinitions } from "./schema.js";

const POLL_MS = 500;

/** The tables themselves: whether they are there and as they should be, and making them. */
export class DynamoDBTables {
  readonly #db: DynamoDBConnection;
  readonly #tables: Tables;
  readonly #definitions: readonly TableDefinition[];
  readonly #upgrade: () => Promise<void>;

  /** @param upgrade brings what an older LoopForge wrote up to date */
  constructor(db: DynamoDBConnection, tables: Tables, stateShards: number, upgrade: () => Promise<void>) {
    this.#db = db;
    this.#upgrade = upgrade;
    this.#tables = tables;
    this.#definitions = tableDefinitions(tables, stateShards);
  }

  /**
   * Looks at the tables, and brings what an older LoopForge wrote up to date. Otherwise it writes nothing.
   * @throws LoopForgeError `store_schema` when a table or its index is missing or not LoopForge's, or a newer LoopForge wrote there
   */
  async check(): Promise<void> {
    const found = await Promise.all(this.#definitions.map((definition) => this.#describe(definition)));
    const missing = this.#definitions.filter((_, index) => !found[index]).map(({ TableName }) => TableName);
    if (missing.length === 1 && missing[0] === this.#tables.facts) throw withoutFacts(this.#tables.facts);
    for (const [index, definition] of this.#definitions.entries()) {
      const flaw = found[index] ? flawOf(definition, found[index]) : "is not there";
      if (flaw !== null) throw unfit(definition.TableName, flaw);
    }
    const version = await this.#version();
    if (version < SCHEMA_VERSION) await this.#upgradeAll();
    if (version > SCHEMA_VERSION) {
      throw new LoopForgeError(
        "store_schema",
        `The DynamoDB tables ${this.#tables.heads} have schema ${version}, made by a newer LoopForge; this one knows ${SCHEMA_VERSION}. Upgrade LoopForge, or name other tables (LOOPFORGE_STORE).`,
      );
    }
  }

  /** Without a marker, nothing was recorded yet. */
  async #version(): Promise<number> {
    const marker = await this.#db.get(this.#tables.links, SCHEMA_KEY);
    return marker ? integerIn(marker, "version") : SCHEMA_VERSION;
  }

  async #upgradeAll(): Promise<void> {
    await this.#upgrade();
    // Another process may have been first, and a newer LoopForge after it.
    if ((await this.#version()) < SCHEMA_VERSION) {
      await this.#db.put(this.#tables.links, { ...SCHEMA_KEY, version: SCHEMA_VERSION });
    }
    await this.#db.delete(this.#tables.links, PLACE_KEY);
  }

  /** Says what schema the tables have, where nobody did. A reader of a later time then knows what it reads. */
  async mark(): Promise<void> {
    try {
      await this.#db.put(this.#tables.links, { ...SCHEMA_KEY, version: SCHEMA_VERSION }, NO_RECORD);
    } catch (error) {
      if (!(error instanceof ConditionsFailed)) throw error;
    }
  }

  /** Makes the tables and the index that are missing, and waits until they can be used. What is there is left as it is. */
  async ensure(): Promise<void> {
    await Promise.all(this.#definitions.map((definition) => this.#ensureTable(definition)));
    await this.#ensureExpiry(this.#tables.links, TTL_ATTRIBUTE);
    await this.#ensureExpiry(this.#tables.facts, FACTS_TTL_ATTRIBUTE);
    await this.check();
    await this.mark();
  }

  async #ensureTable(definition: TableDefinition): Promise<void> {
    const before = await this.#describe(definition);
    if (!before) await this.#unlessInUse(new CreateTableCommand(definition));
    const missing = (definition.GlobalSecondaryIndexes ?? []).filter(
      ({ IndexName }) => before && !before.GlobalSecondaryIndexes?.some((index) => index.IndexName === IndexName),
    );
    const { TableName, AttributeDefinitions } = definition;
    for (const index of missing) {
      const GlobalSecondaryIndexUpdates = [{ Create: index }];
      await this.#unlessInUse(new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }));
    }
    while (!isActive(await this.#describe(definition))) await setTimeout(POLL_MS);
  }

  /** Another process that makes the same at the same time is as good. */
  async #unlessInUse(command: CreateTableCommand | UpdateTableCommand): Promise<void> {
    await this.#db.run(async (documents) => {
      try {
        await (command instanceof CreateTableCommand ? documents.send(command) : documents.send(command));
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw error;
      }
    });
  }

  async #ensureExpiry(TableName: string, AttributeName: string): Promise<void> {
    const TimeToLiveSpecification = { AttributeName, Enabled: true };
    const command = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification });
    await this.#db.run(async (documents) => {
      try {
        await documents.send(command);
      } catch (error) {
        if (!(error instanceof Error && /already enabled/i.test(error.message))) throw error;
      }
    });
  }

  #describe({ TableName }: TableDefinition): Promise<TableDescription | null> {
    return this.#db.run(async (documents) => {
      try {
        return (await documents.send(new DescribeTableCommand({ TableName }))).Table ?? null;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return null;
        throw error;
      }
    });
  }
}

function isActive(table: TableDescription | null): boolean {
  const indexes = table?.GlobalSecondaryIndexes ?? [];
  return table?.TableStatus === "ACTIVE" && indexes.every(({ IndexStatus }) => IndexStatus === "ACTIVE");
}

function unfit(table: string, flaw: string): LoopForgeError {
  return new LoopForgeError(
    "store_schema",
    `The DynamoDB table ${table} ${flaw}. Check the name in LOOPFORGE_STORE and the region (AWS_REGION); serverless.yml makes the tables, and ensureTables=true in LOOPFORGE_STORE makes them for local use.`,
  );
}

/** The tables of an earlier LoopForge: all but the one for facts. */
function withoutFacts(table: string): LoopForgeError {
  return new LoopForgeError(
    "store_schema",
    `The DynamoDB table ${table} is not there: the other tables in LOOPFORGE_STORE were made by an earlier LoopForge. Deploy this version's serverless.yml, which makes it, or open the store once with ensureTables=true in LOOPFORGE_STORE.`,
  );
}

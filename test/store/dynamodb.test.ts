import { describe } from "vitest";
import { DynamoDBRepository } from "../../src/store/dynamodb.js";
import { listing } from "./contract/listing.js";
import { describeLoopStore } from "./contract.js";
import { clientAt, givenDynamoDB } from "./servers/dynamodb.js";
import { aName, givenStore, removeTables } from "./servers/dynamodb-tables.js";

const local = await givenDynamoDB();
/** DynamoDB Local does about a hundred transactions a second. */
const SCALE = { records: 160, history: 300, writers: 20 };

describe.skipIf(!local)("on DynamoDB Local", () => {
  const client = clientAt(local?.endpoint);

  describeLoopStore(
    "dynamodb",
    async (options) => {
      const name = aName();
      const open = () => new DynamoDBRepository(name, { ...options, client });
      const store = open();
      await store.ensureTables();
      return { store, reopen: async () => open(), remove: () => removeTables(client, name) };
    },
    SCALE,
  );

  describe("with each state spread over four partitions, lists", () => {
    const openWhole = () => givenStore(client, { stateShards: 4 });
    listing({ ...SCALE, openWhole, open: async () => (await openWhole()).store });
  });
});

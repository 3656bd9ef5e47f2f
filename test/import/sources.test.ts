import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DeleteTableCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { importPythonRecord } from "../../src/import/python-record.js";
import { readSource } from "../../src/import/sources.js";
import { clientAt, givenDynamoDB } from "../store/servers/dynamodb.js";
import { aName } from "../store/servers/dynamodb-tables.js";
import { oneLine } from "../store/servers/one-line.js";
import { longPythonRecord, pythonRecord, youngPythonRecord } from "./python-package.js";

const local = await givenDynamoDB();
const RECORDS = [pythonRecord(), youngPythonRecord("loop-00000000"), longPythonRecord("loop-10000000", 200)];

describe("a dump of the Python package", () => {
  let file: string;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-import-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    file = join(folder, "loops.json");
  });
  const readingOf = async (text: string) => {
    await writeFile(file, text);
    return all(file);
  };

  it.each([
    ["an array of records", JSON.stringify(RECORDS)],
    [
      "an object of records by their ids",
      JSON.stringify(Object.fromEntries(RECORDS.map((one) => [one.record_id, one]))),
    ],
    ["a record a line", `${RECORDS.map((one) => JSON.stringify(one)).join("\n")}\n`],
    ["a record a line, as Windows ends lines", RECORDS.map((one) => `${JSON.stringify(one)}\r\n`).join("\r\n")],
  ])("is %s", async (_, text) => {
    expect(await readingOf(text)).toEqual(RECORDS);
  });

  it("may be of one record", async () => {
    expect(await readingOf(JSON.stringify(RECORDS[0]))).toEqual([RECORDS[0]]);
    expect(await readingOf("[]")).toEqual([]);
  });

  it("that breaks off in the middle of a line still has its other lines", async () => {
    const [one, two] = RECORDS.map((record) => JSON.stringify(record));
    expect(await readingOf(`${one}\n${two?.slice(0, 99)}`)).toEqual([RECORDS[0], two?.slice(0, 99)]);
  });

  it.each(["", "record_id,state\nloop-1,merged\n", "7", "null", '"text"'])("is not %j", async (text) => {
    await expect(readingOf(text)).rejects.toThrow(oneLine("usage", /The file is not a dump: .* one record a line/));
  });

  it("has to be there", async () => {
    await expect(all(`${file}.not`)).rejects.toThrow(oneLine("usage", /Cannot read .*\.not: ENOENT/));
  });
});

describe("a DynamoDB table of the Python package", () => {
  beforeEach(() => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local").stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  describe.skipIf(!local)("on DynamoDB", () => {
    const client = clientAt(local?.endpoint);
    const urlOf = (table: string) => `dynamodb:${table}?region=local&endpoint=${local?.endpoint}`;
    const givenTable = async () => {
      const TableName = aName();
      const KeySchema = [{ AttributeName: "record_id", KeyType: "HASH" as const }];
      const AttributeDefinitions = [{ AttributeName: "record_id", AttributeType: "S" as const }];
      const BillingMode = "PAY_PER_REQUEST";
      await client.send(new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode }));
      onTestFinished(async () => {
        await client.send(new DeleteTableCommand({ TableName }));
      });
      return TableName;
    };
    const put = async (TableName: string, Item: Record<string, unknown>) => {
      await DynamoDBDocumentClient.from(client).send(new PutCommand({ TableName, Item }));
    };

    it("is read as it was written: numbers, nested maps and lists, and null", async () => {
      const table = await givenTable();
      for (const record of RECORDS) await put(table, record);

      const read = await all(urlOf(table));
      expect(read).toHaveLength(RECORDS.length);
      expect(read).toEqual(expect.arrayContaining([...RECORDS]));
    });

    it("makes the same records as a dump of it", async () => {
      const table = await givenTable();
      await put(table, pythonRecord());
      const now = new Date("2026-11-22T10:00:00Z");

      const [fromTable] = await all(urlOf(table));
      expect(importPythonRecord(fromTable, now)).toEqual(importPythonRecord(pythonRecord(), now));
    });

    it("is read to the end, however many answers it takes", async () => {
      const table = await givenTable();
      const ids = Array.from({ length: 8 }, (_, index) => `loop-${index}0000000`);
      for (const id of ids) await put(table, { ...youngPythonRecord(id), notes: "x".repeat(300_000) });

      const read = (await all(urlOf(table))) as { record_id: string }[];
      expect(read.map((one) => one.record_id).sort()).toEqual(ids);
    });

    it("with a number that is not exact in JavaScript hands it over as the text that it was", async () => {
      const table = await givenTable();
      const Item = { record_id: { S: "loop-1" }, big: { N: "9223372036854775807" }, small: { N: "81.5" } };
      await client.send(new PutItemCommand({ TableName: table, Item }));

      expect(await all(urlOf(table))).toEqual([{ record_id: "loop-1", big: "9223372036854775807", small: 81.5 }]);
    });

    it("has to be there", async () => {
      await expect(all(urlOf("not-there"))).rejects.toThrow(
        oneLine("store_schema", /Cannot read the DynamoDB table not-there: .*AWS_REGION/),
      );
    });
  });

  it("has to be reached", async () => {
    await expect(all("dynamodb:loops?region=x&endpoint=http://127.0.0.1:1")).rejects.toThrow(
      oneLine("store_unavailable", /Cannot read the DynamoDB table loops: .*cannot be reached.*in the source/),
    );
  });

  it("has to be named", async () => {
    await expect(all("dynamodb:?region=x")).rejects.toThrow(oneLine("usage", /names no table/));
  });
});

async function all(source: string): Promise<readonly unknown[]> {
  const records: unknown[] = [];
  for await (const record of readSource(source)) records.push(record);
  return records;
}

import { readFile } from "node:fs/promises";
import { LoopForgeError } from "../core/index.js";
import { loadDriver } from "../store/driver.js";

/**
 * What the Python package left behind, record by record: a DynamoDB table (`dynamodb:TABLE?region=…&endpoint=…`), or a file of JSON: an
 * array of records, an object of them by id, or one a line.
 * @throws LoopForgeError `usage` for a source that cannot be read
 */
export async function* readSource(source: string): AsyncGenerator<unknown> {
  if (source.startsWith("dynamodb:")) yield* scan(source);
  else yield* parseDump(await readDump(source));
}

async function readDump(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LoopForgeError("usage", `Cannot read ${file}: ${why}`, { cause: error });
  }
}

function parseDump(text: string): readonly unknown[] {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole;
  if (typeof whole === "object" && whole !== null) return "record_id" in whole ? [whole] : Object.values(whole);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const records = lines.map(parseJson);
  if (lines.length > 0 && records.every((record) => typeof record === "object" && record !== null)) return records;
  throw new LoopForgeError(
    "usage",
    "The file is not a dump: it must be JSON, an array of records, or one record a line",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* scan(url: string): AsyncGenerator<unknown> {
  const { pathname: table, searchParams } = new URL(url);
  const packages = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"];
  const sdk = await loadDriver("DynamoDB", packages, async () => ({
    ...(await import("@aws-sdk/client-dynamodb")),
    ...(await import("@aws-sdk/lib-dynamodb")),
  }));
  const region = searchParams.get("region");
  const endpoint = searchParams.get("endpoint");
  const client = new sdk.DynamoDBClient({ ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}) });
  try {
    const pages = sdk.paginateScan({ client: sdk.DynamoDBDocumentClient.from(client) }, { TableName: table });
    for await (const page of pages) yield* page.Items ?? [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LoopForgeError("usage", `Cannot read the DynamoDB table ${table}: ${why}`, { cause: error });
  } finally {
    client.destroy();
  }
}

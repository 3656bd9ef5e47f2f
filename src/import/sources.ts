import { readFile } from "node:fs/promises";
import { LoopForgeError } from "../core/index.js";
import { loadDriver } from "../store/driver.js";

/**
 * What the Python package left behind, record by record: a DynamoDB table (`dynamodb:TABLE?region=…&endpoint=…`), or a file of JSON: an
 * array of records, an object of them by id, or one a line.
 * @throws LoopForgeError `usage` for a source that cannot be read
 */
export async function* readSource(source: string): AsyncGenerator<unknown> {
  if (!source.startsWith("dynamodb:")) return yield* parseDump(await readDump(source));
  const packages = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"];
  const { readTable } = await loadDriver("DynamoDB", packages, () => import("./dynamodb-table.js"));
  yield* readTable(source);
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
  // A line that is not JSON is handed over as it is: whoever takes the records says that it is none, and the others go in.
  const records = lines.map((line) => parseJson(line) ?? line);
  if (records.some((record) => typeof record === "object")) return records;
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

import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { CONSOLE, printTable } from "../src/cli/output.js";
import { benchFacts } from "./facts.js";
import { benchHooks } from "./hooks.js";
import { benchHttp } from "./http.js";
import { type Result, ratio } from "./measure.js";
import { benchMemory } from "./memory.js";
import { benchSqlite } from "./sqlite.js";
import { benchStores } from "./stores.js";
import { benchText } from "./text.js";

/** `npm run bench [memory] [hooks] [sqlite] [stores] [http] [text] [facts]`: prints a table, writes bench/results.json. All of them where none is named. */
const BENCHES = {
  memory: benchMemory,
  hooks: benchHooks,
  sqlite: benchSqlite,
  stores: benchStores,
  http: benchHttp,
  text: benchText,
  facts: benchFacts,
} as const;

const named = process.argv.slice(2);
const results: Result[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (named.length > 0 && !named.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  results.push(...(await bench()));
}

const wanted = ({ target, atMost, limit, unit }: Result) => {
  if (limit !== undefined) return `≤ ${limit} ${unit}`;
  if (atMost !== undefined) return `≤ ${atMost}`;
  return target === undefined ? "" : `≥ ${target}`;
};
const round = (value: number) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
printTable(
  CONSOLE,
  ["WHAT", "VALUE", "BESIDE", "VALUE", "RATIO", "TARGET"],
  results.map((result) => [
    result.name,
    `${round(result.value)} ${result.unit}`,
    result.peer?.name ?? "",
    result.peer ? round(result.peer.value) : "",
    ratio(result)?.toFixed(2) ?? "",
    wanted(result),
  ]),
);

const machine = { node: process.version, cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length };
const file = new URL("./results.json", import.meta.url);
await writeFile(
  file,
  `${JSON.stringify({ machine, results: results.map((result) => ({ ...result, ratio: ratio(result) })) }, null, 2)}\n`,
);

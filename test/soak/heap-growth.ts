import { readFile } from "node:fs/promises";

/** What a heap held of each kind of object. */
export type Heap = ReadonlyMap<string, { readonly count: number; readonly bytes: number }>;

/** As V8 writes a snapshot: all nodes in one flat list of numbers, and what the numbers mean at its head. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Text itself, which would be a kind of its own each time. */
const TEXTS = new Set(["string", "concatenated string", "sliced string"]);
const SHOWN = 25;

export async function readHeap(file: string): Promise<Heap> {
  const { snapshot, nodes, strings } = JSON.parse(await readFile(file, "utf8")) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = ["type", "name", "self_size"].map((field) => fields.indexOf(field));
  const kinds = new Map<string, { count: number; bytes: number }>();
  for (let node = 0; node < nodes.length; node += fields.length) {
    const typeName = types[0][nodes[node + (type ?? 0)] ?? 0] ?? "";
    const kind = TEXTS.has(typeName) ? "text" : `${typeName} ${strings[nodes[node + (name ?? 0)] ?? 0]}`.slice(0, 80);
    const known = kinds.get(kind) ?? { count: 0, bytes: 0 };
    known.count += 1;
    known.bytes += nodes[node + (size ?? 0)] ?? 0;
    kinds.set(kind, known);
  }
  return kinds;
}

/** The kinds of objects that grew the most, a line each. */
export function growthBetween(early: Heap, late: Heap): readonly string[] {
  const grown = [...late].map(([kind, { count, bytes }]) => {
    const before = early.get(kind) ?? { count: 0, bytes: 0 };
    return { kind, count: count - before.count, bytes: bytes - before.bytes };
  });
  return grown
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, SHOWN)
    .map(
      ({ kind, count, bytes }) => `${(bytes / 1024).toFixed(0).padStart(8)} KB ${String(count).padStart(8)} × ${kind}`,
    );
}

import fc from "fast-check";

/** One change of a payload: where, counted over its fields, and to what. */
export interface Change {
  readonly at: number;
  /** Among the fields that are shown to people, among those that are read, or among all. */
  readonly among: "shown" | "read" | "all";
  readonly to: Fate;
}

type Fate =
  | { readonly is: "gone" }
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "nested"; readonly depth: number }
  | { readonly is: "long"; readonly text: string; readonly times: number }
  | { readonly is: "text"; readonly text: string; readonly place: "instead" | "after" }
  /** A field more, with a name that means something to JavaScript. */
  | { readonly is: "named"; readonly name: string; readonly value: unknown };

/** A payload, and what becomes of it. */
export interface Mutant {
  /** Counted over the payloads that there are. */
  readonly from: number;
  readonly changes: readonly Change[];
}

/** What a stranger may write to be noticed, to run, or to break what it stands in. */
export const HOSTILE = [
  "@everyone",
  "@acme/everyone",
  "<!channel>",
  "[x](javascript:alert(1))",
  "](javascript:alert(1))",
  "![x](https://evil.example/x.png)",
  "| table | of | mine |",
  "\\| \\\\|",
  "`code` @octocat",
  "``` @octocat",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "</details></summary><b>bold</b>",
  "<!-- loopforge:audit -->",
  "--> <b>",
  "\r\n# heading @octocat\r\n| a |",
  "\u2028## heading\u2029",
  "\u202egpj.exe\u2066",
  "\u200b@\u200beveryone\ufeff",
  "\u0000\u0007\u001b[31m",
  "\ud800",
  "\udc00\ud800",
  "**bold** _it_ ~~no~~ __x__",
  "https://evil.example/ www.evil.example evil@example.com",
  "#1 GH-1 acme/shop#1",
  "&lt;b&gt; &#64;everyone",
  "$(id) {{7*7}}",
  "'; DROP TABLE records; --",
  "../../etc/passwd",
  "Fixes #1, fixes #2",
  "/loopforge justify @everyone <img src=x>",
  "/loopforge @everyone | <img src=x>",
  "/loopforge status",
  "/loopforge refresh",
] as const;

const WORDS = ["closed", "open", "completed", "success", "failure", "approved", "dismissed", "Bot", "pending"] as const;

const NUMBERS = [
  ...[0, -1, 1, 2, 1.5, 1e308, -1e308, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53],
  ...["0", "1e400", "9".repeat(400)],
];

const MOMENTS = [
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "2026",
  "2026-01-05T09:00:00+14:00",
  "-271821-04-20T00:00:00Z",
  "+275760-09-13T00:00:00Z",
];

const ADDRESSES = [
  ...["https://[", "http://c:99999/"],
  ...["https://github.com/](javascript:alert(1))", "http://a:b@c/", "https://github.com/@everyone/*_`|"],
  ...["javascript:alert(1)", "//evil.example", "https://", "https://a b"],
];

const TYPES = [null, true, false, "", " ", 0, [], {}, [null], [[]], { id: 1 }, [{ name: 1 }, { name: "x" }]];

const anyHostile = fc.constantFrom(...HOSTILE);
const anyJson = fc.jsonValue({ maxDepth: 2, stringUnit: "binary" });

const anyFate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>({ is: "gone" }) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...TYPES, ...NUMBERS, ...WORDS, ...MOMENTS, ...ADDRESSES)
      .map((value): Fate => ({ is: "value", value })),
  },
  { weight: 1, arbitrary: anyJson.map((value): Fate => ({ is: "value", value })) },
  { weight: 1, arbitrary: fc.constantFrom(10, 1000).map((depth): Fate => ({ is: "nested", depth })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ text: anyHostile, times: fc.constantFrom(50, 3000) })
      .map((long): Fate => ({ is: "long", ...long })),
  },
  {
    weight: 8,
    arbitrary: fc
      .record({ text: anyHostile, place: fc.constantFrom("instead" as const, "after" as const) })
      .map((text): Fate => ({ is: "text", ...text })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ name: fc.constantFrom("__proto__", "constructor", "toString", "then"), value: anyJson })
      .map((named): Fate => ({ is: "named", ...named })),
  },
);

export const anyMutant: fc.Arbitrary<Mutant> = fc.record({
  from: fc.nat(),
  changes: fc.array(
    fc.record({
      at: fc.nat(),
      among: fc.constantFrom(...(["shown", "shown", "read", "read", "all"] as const)),
      to: anyFate,
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

/** The names of fields that anything is read of: most of a payload is addresses that nobody uses. */
const READ = new Set([
  ...[
    "action",
    "id",
    "number",
    "state",
    "html_url",
    "user",
    "login",
    "type",
    "labels",
    "name",
    "assignees",
    "assignee",
  ],
  ...["created_at", "updated_at", "closed_at", "merged_at", "merged", "merged_by", "merge_commit_sha", "draft", "body"],
  ...["head", "base", "sha", "ref", "head_sha", "head_ref", "head_commit", "timestamp", "requested_reviewers"],
  ...["status", "conclusion", "started_at", "completed_at", "check_suite", "check_run", "app", "slug", "context"],
  ...["latest_check_runs_count", "target_url", "commit_id", "submitted_at", "author_association", "before", "reason"],
  ...["issue", "pull_request", "review", "comment", "repository", "sender", "full_name", "performed_via_github_app"],
  ...["merge_group", "changes", "new_issue", "review", "requested_teams"],
]);

/** The names of fields whose text a reader of a report sees. */
const SHOWN = new Set(["name", "slug", "context", "conclusion", "login", "body", "reason", "html_url", "target_url"]);

/** What an attacker cannot reach, and what Probot itself reads before the App does: whose token to use. */
const LEFT_ALONE = new Set(["installation"]);

type Fields = Record<string, unknown>;
type Path = readonly string[];

/** The payload after all changes; its own objects stay as they are. */
export function mutated(payload: object, changes: readonly Change[]): object {
  const copy = structuredClone(payload) as Fields;
  for (const { at, among, to } of changes) {
    const paths = pathsIn(copy, []);
    const names = { shown: SHOWN, read: READ, all: null }[among];
    const meant = names ? paths.filter((path) => names.has(path.at(-1) ?? "")) : paths;
    const path = meant[at % Math.max(1, meant.length)];
    if (path) change(copy, path, to);
  }
  return copy;
}

/** The payload with one hostile text behind every name that a report may show: otherwise a story as it was. */
export function dressed(payload: object, text: string): object {
  const copy = structuredClone(payload) as Fields;
  const wellFormed = text.toWellFormed();
  for (const path of DRESSED) {
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Fields | undefined)?.[step], copy);
    const name = path.at(-1) ?? "";
    if (typeof parent !== "object" || parent === null || typeof (parent as Fields)[name] !== "string") continue;
    (parent as Fields)[name] += wellFormed;
  }
  return copy;
}

const DRESSED: readonly Path[] = [
  ["check_run", "name"],
  ["check_run", "app", "name"],
  ["check_run", "app", "slug"],
  ["check_suite", "app", "name"],
  ["context"],
  ["reason"],
  ["comment", "body"],
  ["pull_request", "title"],
  ["pull_request", "head", "ref"],
  ["issue", "title"],
];

const DEEPEST = 4;

/** Every field's path, not below lists of repositories and people, which repeat each other. */
function pathsIn(value: unknown, above: Path): readonly Path[] {
  if (typeof value !== "object" || value === null || above.length >= DEEPEST) return [];
  return Object.keys(value)
    .filter((name) => above.length > 0 || !LEFT_ALONE.has(name))
    .flatMap((name) => [[...above, name], ...pathsIn((value as Fields)[name], [...above, name])]);
}

function change(payload: Fields, path: Path, to: Fate): void {
  const name = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce<Fields>((at, step) => at[step] as Fields, payload);
  switch (to.is) {
    case "gone":
      delete parent[name];
      return;
    case "value":
      parent[name] = to.value;
      return;
    case "nested":
      parent[name] = nested(to.depth);
      return;
    case "long":
      parent[name] = to.text.repeat(to.times).toWellFormed();
      return;
    case "text": {
      const { text } = to;
      const before = to.place === "after" && typeof parent[name] === "string" ? parent[name] : "";
      parent[name] = before + text;
      return;
    }
    case "named":
      Object.defineProperty(parent, to.name, { value: to.value, enumerable: true, configurable: true, writable: true });
  }
}

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { x: value };
  return value;
}

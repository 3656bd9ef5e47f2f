import fc from "fast-check";
import { SIDES } from "../../../src/core/index.js";
import type { Configuration, Settings } from "../../../src/github/config/schema.js";

const text = fc.oneof(
  fc.stringMatching(/^[a-z0-9 /_.*-]{1,20}$/),
  fc.constantFrom("true", "12", "null", "~", "#1", "a: b", "- a", "'", '"', "größe: l", "<<", "*", "&a", "!x", "😂"),
);
const texts = fc.array(text, { maxLength: 4 });
const names = fc.array(fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/), { maxLength: 3 });
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] });

/** Every setting by its path, with any value that it may have. */
const VALUES = {
  mode: fc.constantFrom("observe" as const, "enforce" as const),
  lifecycle: fc.constantFrom("github" as const, "strict" as const),
  ci: some({
    required: fc.boolean(),
    checks: texts,
    ignore: fc.array(
      text.filter((name) => name.split("*").length <= 6),
      { maxLength: 4 },
    ),
    timeout_minutes: fc.option(fc.integer({ min: 1, max: 10_080 })),
  }),
  approvals: some({ required: fc.integer({ min: 0, max: 10 }), not_from: fc.subarray([...SIDES]) }),
  agents: some({ logins: texts, approvals: fc.integer({ min: 0, max: 10 }), may_merge: fc.boolean() }),
  links: some({ branches: fc.array(fc.constantFrom("issue-{issue}-*", "{issue}/*"), { maxLength: 3 }) }),
  queue: some({ labels: texts }),
  auto_merge: some({
    enabled: fc.boolean(),
    label: fc.option(text),
    method: fc.constantFrom("merge" as const, "squash" as const, "rebase" as const),
  }),
  justify: fc.constantFrom("another_person" as const, "anyone" as const),
  hooks: names,
  gates: names,
};

/** Whatever a valid file says. */
export const anySettings: fc.Arbitrary<Settings> = some(VALUES);

/** What a file or a configuration says of a setting, by the setting's path; undefined where it says nothing. */
export function valueAt(settings: Settings | Configuration, path: string): unknown {
  const [section = "", name] = path.split(".");
  const value = fieldOf(settings, section);
  return name === undefined ? value : fieldOf(value, name);
}

/** By its name in a file, or the same in a configuration. */
function fieldOf(value: unknown, name: string): unknown {
  const fields = new Map<string, unknown>(Object.entries(value ?? {}));
  return fields.has(name)
    ? fields.get(name)
    : fields.get(name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()));
}

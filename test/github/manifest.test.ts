import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { SUBSCRIBED } from "../../src/github/events.js";

interface Manifest {
  readonly default_events: readonly string[];
  readonly default_permissions: Readonly<Record<string, string>>;
}

const text = readFileSync(new URL("../../app.yml", import.meta.url), "utf8");
const manifest = parse(text) as Manifest;

describe("app.yml", () => {
  test("subscribes to exactly the events that are observed", () => {
    expect([...manifest.default_events].sort()).toEqual([...SUBSCRIBED].sort());
  });

  test("asks for what is called at GitHub, and for nothing else", () => {
    expect(manifest.default_permissions).toEqual({
      ...{ checks: "write", contents: "write", issues: "write", merge_queues: "read" },
      ...{ metadata: "read", pull_requests: "write", statuses: "read" },
    });
  });

  test("says of each event and permission what it is for", () => {
    const lines = text.split("\n");
    const named = [
      ...manifest.default_events.map((event) => `  - ${event}`),
      ...Object.keys(manifest.default_permissions).map((name) => `  ${name}:`),
    ];
    for (const name of named) {
      const line = lines.findIndex((candidate) => candidate.startsWith(name));
      expect(lines[line - 1], name).toMatch(/^ {2}# .{10,}/);
    }
  });
});

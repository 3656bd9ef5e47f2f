import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Entry, GITHUB, type RecordId, statesOf, timestamp } from "../../src/core/index.js";
import { pathDiagram } from "../../src/report/diagram.js";

/** The part of Mermaid's grammar that the diagram may use. */
const NODE = /^ {2}(s_\w*)\["[\w ]*"\]$/;
const ARROW = /^ {2}(s_\w*) (?:-- \d+ -->|-\. "\d+ exception" \.->) (s_\w*)$/;
const RED = /^ {2}style (s_\w*) fill:#ffebe9,stroke:#cf222e,color:#1f2328$/;
const STYLE = /^ {2}style (s_\w*) stroke-width:3px$/;

function aMove(fromState: string | null, toState: string, kind: Entry["kind"] = "transition"): Entry {
  return {
    ...{ v: 1, recordId: "r" as RecordId, seq: 1, kind, fromState, toState, trigger: "moved", lifecycle: "github" },
    ...{ timestamp: timestamp(0), occurredAt: null, people: [], metadata: {}, prevHash: null },
    source: { kind: "api" },
  };
}

function pathThrough(states: readonly string[], kind?: Entry["kind"]): readonly Entry[] {
  return states.slice(1).map((state, index) => aMove(states[index] ?? null, state, kind));
}

/** The arrows of a diagram, after every line of it was held against the grammar. */
function arrowsOf(diagram: string): readonly string[] {
  const lines = diagram.split("\n");
  expect(lines.slice(0, 2)).toEqual(["```mermaid", "flowchart LR"]);
  expect(lines.at(-1)).toBe("```");
  const body = lines.slice(2, -1);
  const nodes = body.flatMap((line) => NODE.exec(line)?.[1] ?? []);
  const arrows = body.flatMap((line) => (ARROW.test(line) ? [line.trim()] : []));
  const styles = body.filter((line) => STYLE.test(line));
  const reds = body.filter((line) => RED.test(line));
  expect(new Set(nodes).size).toBe(nodes.length);
  expect(nodes.length + arrows.length + styles.length + reds.length).toBe(body.length);
  expect(styles).toHaveLength(1);
  for (const line of [...arrows, ...styles, ...reds]) {
    for (const node of line.match(/s_\w*/g) ?? []) expect(nodes).toContain(node);
  }
  return arrows;
}

describe("given the path of a record", () => {
  test("when it did not move yet, then there is no diagram", () => {
    expect(pathDiagram([])).toBe("");
    expect(pathDiagram([aMove(null, "issue_created", "created")])).toBe("");
  });

  test("when it moved, then its steps are numbered", () => {
    const path = pathThrough(["issue_created", "task_queued", "pr_created"]);
    expect(arrowsOf(pathDiagram(path))).toEqual([
      "s_issue_created -- 1 --> s_task_queued",
      "s_task_queued -- 2 --> s_pr_created",
    ]);
  });

  test("when it went back and forth, then each state is there once", () => {
    const path = pathThrough(["ci_pending", "ci_failed", "ci_pending", "ci_failed"]);
    expect(arrowsOf(pathDiagram(path))).toHaveLength(3);
  });

  test("when a step was an exception, then its arrow says so", () => {
    const path = pathThrough(["ci_failed", "merged"], "exception");
    expect(arrowsOf(pathDiagram(path))).toEqual(['s_ci_failed -. "1 exception" .-> s_merged']);
  });

  test("when a step was an exception, then the state that it led to is red, and no other", () => {
    const path = [...pathThrough(["ci_pending", "ci_failed"]), ...pathThrough(["ci_failed", "merged"], "exception")];
    const red = pathDiagram(path)
      .split("\n")
      .flatMap((line) => RED.exec(line)?.[1] ?? []);
    expect(red).toEqual(["s_merged"]);
  });

  test("when notes and refusals stand between, then they are no steps", () => {
    const path = [...pathThrough(["pr_created", "ci_pending"]), ...pathThrough(["ci_pending", "merged"], "rejected")];
    expect(arrowsOf(pathDiagram(path))).toHaveLength(1);
  });

  test("when it has a hundred steps, then the last ones are drawn", () => {
    const path = pathThrough(Array.from({ length: 101 }, (_, index) => (index % 2 ? "ci_failed" : "ci_pending")));
    expect(arrowsOf(pathDiagram(path))).toHaveLength(24);
  });

  test("when it is any path through any states, then it is well-formed", () => {
    const state = fc.oneof(fc.constantFrom(...statesOf(GITHUB), "end", "graph", "style"), fc.string());
    fc.assert(
      fc.property(
        fc.uniqueArray(state, { minLength: 2, maxLength: 12, selector: (s) => s.replace(/\W/g, "_") }),
        (states) => {
          expect(arrowsOf(pathDiagram(pathThrough(states)))).toHaveLength(states.length - 1);
        },
      ),
    );
  });
});

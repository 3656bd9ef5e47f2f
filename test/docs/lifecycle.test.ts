import { expect, test } from "vitest";
import { GITHUB, type Lifecycle, RULES, STRICT, statesOf } from "../../src/core/index.js";
import { ruleName, stateName } from "../../src/report/text.js";
import { inWords, type PolicyChanges } from "../builders/github.js";
import { type Case, planned, SPECIFICATION } from "../core/plan/plan-cases.js";

/**
 * The page is written by this test, from the lifecycles and from the cases that `test/core/plan.test.ts` holds the plan to. After a change
 * that is meant: `npx vitest run test/docs/lifecycle.test.ts -u`, and read the difference.
 */
test("docs/lifecycle.md says what the specification says", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/lifecycle.md");
});

test("the specification has at least eighty cases, and each says what is planned", () => {
  const cases = SPECIFICATION.flatMap((group) => group.cases);
  expect(cases.length).toBeGreaterThanOrEqual(80);
  for (const one of cases) expect(planned(one).map(inWords), one.name).toEqual(one.steps);
});

function page(): string {
  return `# The lifecycle

${INTRODUCTION}

## The states

${graph(GITHUB)}

The dashed arrows are what \`github\` adds to \`strict\`. \`strict\`, the library's default, has the other ten states only:

${table(
  ["from", "strict", "github adds"],
  statesOf(GITHUB).map((state) => [code(state), codes(nextIn(STRICT, state)), codes(added(state))]),
)}

## The rules

What happened at GitHub is recorded whatever the lifecycle says. Where no legal step leads there, the entry is an *exception* that names
the rule:

${table(
  ["rule", "in words"],
  RULES.map((rule) => [code(rule), ruleName(rule)]),
)}

A merge is judged by what CI and the reviews had said when it was made, whenever word of it comes. Before a merge, a broken rule or the end
of a given-up work item is recorded, GitHub is asked once: deliveries may be late.

## What follows from what GitHub says

Each line is a test. A step is \`state by trigger\`; *implied* is one that no delivery of its own named. A *note* is kept in the history and
moves nothing; nothing is a delivery that says nothing new. Cases that do not say otherwise are in \`github\`, with nothing asked for
beyond CI.

${SPECIFICATION.map(({ about, cases }) => `### News of ${about}\n\n${table(["in state", "what happens", "what follows"], cases.map(row))}`).join("\n\n")}
`;
}

const INTRODUCTION = `A work item goes from issue to close through states. Deliveries, reads of GitHub's API and backfills all become observations of
its *facts*; one pure function, \`plan\`, finds the shortest run of legal steps from the record's state to what the facts say. This page is
generated from the lifecycles and from the tests.`;

function graph(lifecycle: Lifecycle): string {
  const lines = statesOf(lifecycle).flatMap((state) => [
    ...nextIn(STRICT, state).map((to) => `  ${state} --> ${to}`),
    ...added(state).map((to) => `  ${state} -.-> ${to}`),
  ]);
  const names = statesOf(lifecycle).map((state) => `  ${state}["${stateName(state)}"]`);
  return ["```mermaid", "flowchart TD", ...names, ...lines, "```"].join("\n");
}

function added(state: string): readonly string[] {
  return nextIn(GITHUB, state).filter((to) => !nextIn(STRICT, state).includes(to));
}

function nextIn(lifecycle: Lifecycle, state: string): readonly string[] {
  return lifecycle.transitions[state] ?? [];
}

function row({ given: [state], name, steps, lifecycle, policy }: Case): readonly string[] {
  const conditions = [lifecycle === STRICT ? "in `strict`" : "", policy ? inPolicy(policy) : ""].filter(Boolean);
  const condition = conditions.length > 0 ? ` (${conditions.join("; ")})` : "";
  return [code(state), `${name}${condition}`, steps.length > 0 ? steps.map(code).join("<br>") : "nothing"];
}

function inPolicy({ requiredApprovals, ci }: PolicyChanges): string {
  return [
    requiredApprovals === undefined ? "" : `\`approvals.required: ${requiredApprovals}\``,
    ci?.required === false ? "`ci.required: false`" : "",
    ci?.checks ? `\`ci.checks: [${ci.checks.join(", ")}]\`` : "",
    ci?.ignore ? `\`ci.ignore: ["${ci.ignore.join('", "')}"]\`` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

function codes(states: readonly string[]): string {
  return states.map(code).join(", ") || "–";
}

import type { SimulatorOptions } from "./options.js";
import type { SeedRun } from "./run-seed.js";

/** A failing seed as a person reads it: what happened, what went wrong besides, what is wrong, and how to see it again. */
export function inWords({ seed, faults, story, shortest }: SeedRun): string {
  return [
    `Seed ${seed} fails:`,
    ...faults.map(({ checker, what }) => `  ${checker}: ${what}`),
    "The story:",
    ...story.map((line) => `  ${line}`),
    ...(shortest ? [`What goes wrong in it: ${faultsIn(shortest.options)}`] : []),
    `Repeat it with: npm run simulate -- --from ${seed} --seeds 1`,
  ].join("\n");
}

function faultsIn({ policy, network, github, store, inbox, crashes }: SimulatorOptions): string {
  const shares = { ...network, ...github, ...prefixed("store", store), ...prefixed("inbox", inbox), crashes };
  const struck = Object.entries(shares)
    .filter(([name, share]) => typeof share === "number" && share > 0 && name !== "maxDelay")
    .map(([name]) => name);
  const kinds = github.share > 0 ? ` (${github.kinds.join(", ")})` : "";
  return `${struck.join(", ") || "nothing"}${kinds}; asked for: ${JSON.stringify(policy)}`;
}

function prefixed(what: string, shares: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shares).map(([name, share]) => [`${what} ${name}`, share]));
}

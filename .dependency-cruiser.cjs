/** The directions in which the rooms of src may import (ARCHITECTURE.md). */
const room = (from, allowed, extra = {}) => ({
  name: `${from.replace(/\W+/g, "-")}-directions`,
  severity: "error",
  from: { path: `^src/${from}` },
  to: { path: "^src/", pathNot: allowed.map((path) => `^src/${path}`), ...extra },
});

const SERVICE = ["service/", "log-context[.]ts$", "recorder/", "hook[.]ts$", "store/", "core/"];

/** What stores and inboxes on the same servers share. */
const STORAGE =
  "sqlite/database|disk|row|driver|retry|postgres/(database|migrate|place)|dynamodb/(client|connection|errors)";

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolvable",
      comment: "A package of types only has nothing to resolve to.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^@octokit/webhooks-types$" },
    },
    {
      name: "core-is-pure",
      comment: "No I/O, no clock, no randomness: the core reaches out for a hash function only.",
      severity: "error",
      from: { path: "^src/core/", pathNot: "^src/core/hash[.]ts$" },
      to: { pathNot: "^src/core/" },
    },
    {
      name: "core-hashes",
      severity: "error",
      from: { path: "^src/core/hash[.]ts$" },
      to: { pathNot: ["^src/core/", "^(node:)?crypto$"] },
    },
    room("store/", ["store/", "core/"]),
    room("hook[.]ts$", ["core/"]),
    room("(service|recorder)/", ["service/", "recorder/", "hook[.]ts$", "store/", "core/"]),
    room("export/", ["export/", ...SERVICE]),
    room("import/", ["import/", ...SERVICE]),
    room("report/", ["report/", ...SERVICE]),
    room("inbox/", ["inbox/", "core/", `store/(${STORAGE})[.]ts$`]),
    room("github/", ["github/", "report/", "hooks/", ...SERVICE]),
    room("sandbox/", ["sandbox/"]),
    room("hooks/", ["hooks/", ...SERVICE]),
    room("log-context[.]ts$", []),
    room("doctor/", ["doctor/", "server/", "github/", "inbox/", "hooks/", ...SERVICE]),
    room("lambda/", ["lambda/", "server/", "github/", "report/", "inbox/", "hooks/", ...SERVICE]),
    room("server/", ["server/", "github/", "report/", "export/", "hooks/", "inbox/", ...SERVICE]),
    {
      name: "no-development-dependencies",
      comment: "A driver that is an optional peer is a development dependency as well.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only", "npm-peer"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
};

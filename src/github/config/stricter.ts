import { isDeepStrictEqual } from "node:util";
import { byRank, demands, STRICTNESS, type Strictness } from "../../core/index.js";
import type { Configuration } from "./schema.js";

export interface Held {
  readonly configuration: Configuration;
  /** The settings that a lock has changed, by dotted paths. */
  readonly raised: readonly string[];
}

/**
 * Holds a configuration to what is locked: of each locked setting the stricter of the two is in force, so that a lock asks a repository for
 * more and never for less. Where no value asks for more than another (labels, a method), the lock's is in force.
 * @param least what it is held to
 * @param locked dotted paths; `ci` locks all below `ci`
 */
export function heldTo(own: Configuration, least: Configuration, locked: readonly string[]): Held {
  const raised: string[] = [];
  const at = <T>(path: string, read: (from: Configuration) => T, { stricter }: Strictness<T>): T => {
    if (!isLocked(path, locked)) return read(own);
    const inForce = stricter(read(own), read(least));
    if (!isDeepStrictEqual(inForce, read(own))) raised.push(path);
    return inForce;
  };
  const configuration: Configuration = {
    mode: at("mode", ({ mode }) => mode, MODE),
    lifecycle: at("lifecycle", ({ lifecycle }) => lifecycle, LIFECYCLE),
    ci: {
      required: at("ci.required", ({ ci }) => ci.required, STRICTNESS.ciRequired),
      checks: at("ci.checks", ({ ci }) => ci.checks, STRICTNESS.ciChecks),
      ignore: at("ci.ignore", ({ ci }) => ci.ignore, STRICTNESS.ciIgnore),
      timeoutMinutes: at("ci.timeout_minutes", ({ ci }) => ci.timeoutMinutes, TIMEOUT),
    },
    approvals: {
      required: at("approvals.required", ({ approvals }) => approvals.required, STRICTNESS.requiredApprovals),
      notFrom: at("approvals.not_from", ({ approvals }) => approvals.notFrom, STRICTNESS.approvalsNotFrom),
    },
    agents: {
      logins: at("agents.logins", ({ agents }) => agents.logins, demands<string>()),
      approvals: at("agents.approvals", ({ agents }) => agents.approvals, STRICTNESS.agentApprovals),
      mayMerge: at("agents.may_merge", ({ agents }) => agents.mayMerge, STRICTNESS.agentMayMerge),
    },
    links: { branches: at("links.branches", ({ links }) => links.branches, unordered()) },
    queue: { labels: at("queue.labels", ({ queue }) => queue.labels, unordered()) },
    autoMerge: {
      ...at(AUTO_MERGE, ({ autoMerge: { enabled, label } }) => ({ enabled, label }), STRICTNESS.autoMerge),
      method: at("auto_merge.method", ({ autoMerge }) => autoMerge.method, unordered()),
    },
    justify: at("justify", ({ justify }) => justify, JUSTIFY),
    hooks: at("hooks", ({ hooks }) => hooks, NAMES),
    gates: at("gates", ({ gates }) => gates, NAMES),
  };
  return { configuration, raised };
}

/** The path of two settings that only say together what is merged: a lock of either holds both. */
const AUTO_MERGE = "auto_merge";

function isLocked(path: string, locked: readonly string[]): boolean {
  if (path === AUTO_MERGE) return locked.some((lock) => MERGE_LOCKS.includes(lock));
  return locked.some((lock) => path === lock || path.startsWith(`${lock}.`));
}

const MERGE_LOCKS = [AUTO_MERGE, "auto_merge.enabled", "auto_merge.label"];

const MODE = byRank((mode: Configuration["mode"]) => Number(mode === "enforce"));

/** Null goes by the mode. */
const JUSTIFY = byRank((whose: Configuration["justify"]) => (whose === null ? 1 : whose === "anyone" ? 0 : 2));

/** Every move of `strict` is one of `github`, too, and not the other way around. */
const LIFECYCLE = byRank((lifecycle: Configuration["lifecycle"]) => Number(lifecycle === "strict"));

/** What is missing is said the sooner. */
const TIMEOUT = byRank((minutes: number | null) => (minutes === null ? Number.NEGATIVE_INFINITY : -minutes));

/** Hooks and gates: null is all there are. */
const NAMES: Strictness<readonly string[] | null> = {
  compare: (before, after) => {
    if (before === null || after === null) return { isLess: after !== null, isMore: before !== null };
    return STRICTNESS.gates.compare(before, after);
  },
  stricter: (one, other) => (one === null || other === null ? null : STRICTNESS.gates.stricter(one, other)),
};

function unordered<T>(): Strictness<T> {
  return byRank(() => 0);
}

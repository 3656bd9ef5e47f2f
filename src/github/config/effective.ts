import { isDeepStrictEqual } from "node:util";
import { type Configuration, DEFAULT_CONFIGURATION, type Settings } from "./schema.js";

export interface Effective {
  readonly configuration: Configuration;
  /** What the repository's file says and a lock kept back, by dotted paths. */
  readonly ignored: readonly string[];
}

/**
 * The repository's file over the organisation's, over what the operator has set, over the defaults: setting by setting, a list as a
 * whole. Of a setting that the organisation has locked, the repository's file is not asked.
 */
export function effectiveConfiguration(
  organization: Settings,
  repository: Settings,
  operatorDefaults: Settings,
): Effective {
  const locked = organization.locked ?? [];
  const ignored: string[] = [];
  const of = <T>(path: string, read: (settings: Settings) => T | undefined, otherwise: T): T => {
    const below = firstSet([organization, operatorDefaults].map(read)) ?? { value: otherwise };
    const own = firstSet([read(repository)]) ?? below;
    if (!locked.some((lock) => path === lock || path.startsWith(`${lock}.`))) return own.value;
    if (!isDeepStrictEqual(own.value, below.value)) ignored.push(path);
    return below.value;
  };
  const { mode, lifecycle, ci, approvals, agents, links, queue, autoMerge, hooks, gates } = DEFAULT_CONFIGURATION;
  const configuration: Configuration = {
    mode: of("mode", (file) => file.mode, mode),
    lifecycle: of("lifecycle", (file) => file.lifecycle, lifecycle),
    ci: {
      required: of("ci.required", (file) => file.ci?.required, ci.required),
      checks: of("ci.checks", (file) => file.ci?.checks, ci.checks),
      ignore: of("ci.ignore", (file) => file.ci?.ignore, ci.ignore),
      timeoutMinutes: of("ci.timeout_minutes", (file) => file.ci?.timeout_minutes, ci.timeoutMinutes),
    },
    approvals: {
      required: of("approvals.required", (file) => file.approvals?.required, approvals.required),
      notFrom: of("approvals.not_from", (file) => file.approvals?.not_from, approvals.notFrom),
    },
    agents: {
      logins: of("agents.logins", (file) => file.agents?.logins, agents.logins),
      approvals: of("agents.approvals", (file) => file.agents?.approvals, agents.approvals),
      mayMerge: of("agents.may_merge", (file) => file.agents?.may_merge, agents.mayMerge),
    },
    links: { branches: of("links.branches", (file) => file.links?.branches, links.branches) },
    queue: { labels: of("queue.labels", (file) => file.queue?.labels, queue.labels) },
    autoMerge: {
      enabled: of("auto_merge.enabled", (file) => file.auto_merge?.enabled, autoMerge.enabled),
      label: of("auto_merge.label", (file) => file.auto_merge?.label, autoMerge.label),
      method: of("auto_merge.method", (file) => file.auto_merge?.method, autoMerge.method),
    },
    hooks: of("hooks", (file) => file.hooks, hooks),
    gates: of("gates", (file) => file.gates, gates),
  };
  return { configuration, ignored };
}

/** Null is a value of some settings: only undefined says nothing. */
function firstSet<T>(values: readonly (T | undefined)[]): { readonly value: T } | null {
  for (const value of values) if (value !== undefined) return { value };
  return null;
}

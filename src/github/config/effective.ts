import { type Configuration, DEFAULT_CONFIGURATION, type Settings } from "./schema.js";
import { heldTo } from "./stricter.js";

export interface Effective {
  readonly configuration: Configuration;
  /** Settings of which the repository's file says something, and a lock asks for more, by dotted paths. */
  readonly raised: readonly string[];
}

/** What the files and the operator say. Each is only asked where those before it say nothing. */
export interface Layers {
  readonly repository: Settings;
  /** What it has locked, holds its repositories to more. */
  readonly organization: Settings;
  /** What the operator has locked, holds the organisations to more as well. */
  readonly operator: Settings;
}

/**
 * The repository's file over the organisation's, over what the operator has set, over the defaults: setting by setting, a list as a
 * whole. Of a setting that one of the lower ones has locked, the stricter is in force.
 */
export function effectiveConfiguration({ repository, organization, operator }: Layers): Effective {
  const plain = merged([repository, organization, operator]);
  const ruled = heldTo(plain, merged([organization, operator]), organization.locked ?? []);
  const { configuration, raised } = heldTo(ruled.configuration, merged([operator]), operator.locked ?? []);
  const paths = [...new Set([...ruled.raised, ...raised])];
  return { configuration, raised: paths.filter((path) => says(repository, path)) };
}

/** The first that says something of a setting decides it. */
function merged(layers: readonly Settings[]): Configuration {
  const of = <T>(read: (settings: Settings) => T | undefined, otherwise: T): T => {
    for (const layer of layers) {
      const value = read(layer);
      // Null is a value of some settings: only undefined says nothing.
      if (value !== undefined) return value;
    }
    return otherwise;
  };
  const { mode, lifecycle, ci, approvals, agents, links, queue, autoMerge, justify, hooks, gates } =
    DEFAULT_CONFIGURATION;
  return {
    mode: of((file) => file.mode, mode),
    lifecycle: of((file) => file.lifecycle, lifecycle),
    ci: {
      required: of((file) => file.ci?.required, ci.required),
      checks: of((file) => file.ci?.checks, ci.checks),
      ignore: of((file) => file.ci?.ignore, ci.ignore),
      timeoutMinutes: of((file) => file.ci?.timeout_minutes, ci.timeoutMinutes),
    },
    approvals: {
      required: of((file) => file.approvals?.required, approvals.required),
      notFrom: of((file) => file.approvals?.not_from, approvals.notFrom),
    },
    agents: {
      logins: of((file) => file.agents?.logins, agents.logins),
      approvals: of((file) => file.agents?.approvals, agents.approvals),
      mayMerge: of((file) => file.agents?.may_merge, agents.mayMerge),
    },
    links: { branches: of((file) => file.links?.branches, links.branches) },
    queue: { labels: of((file) => file.queue?.labels, queue.labels) },
    autoMerge: {
      enabled: of((file) => file.auto_merge?.enabled, autoMerge.enabled),
      label: of((file) => file.auto_merge?.label, autoMerge.label),
      method: of((file) => file.auto_merge?.method, autoMerge.method),
    },
    justify: of((file) => file.justify, justify),
    hooks: of((file) => file.hooks, hooks),
    gates: of((file) => file.gates, gates),
  };
}

function says(settings: Settings, path: string): boolean {
  let value: unknown = settings;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return false;
    value = (value as { readonly [name: string]: unknown })[name];
  }
  return value !== undefined;
}

import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";

export type Permissions = Readonly<Record<string, string | undefined>>;

/** What the App asks of GitHub, as `app.yml` in LoopForge's own folder says. */
export interface Manifest {
  readonly events: readonly string[];
  readonly permissions: Permissions;
}

const APP_YML = new URL("../../app.yml", import.meta.url);

const MANIFEST = z
  .object({ default_events: z.array(z.string()), default_permissions: z.record(z.string(), z.string()) })
  .transform(({ default_events: events, default_permissions: permissions }): Manifest => ({ events, permissions }));

export async function readManifest(): Promise<Manifest> {
  return MANIFEST.parse(parse(await readFile(APP_YML, "utf8")));
}

/** GitHub Enterprise Server has merge queues since this version. https://docs.github.com/enterprise-server@3.12/admin/release-notes */
const MERGE_QUEUES_SINCE = [3, 12] as const;

/**
 * What can be asked of the App at this server: one without merge queues knows neither their permission nor their event, and its
 * settings offer none.
 * @param version as GitHub Enterprise Server says it with each answer; undefined where it is github.com
 */
export function manifestAt(version: string | undefined, { events, permissions }: Manifest): Manifest {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  if (major === undefined || hasMergeQueues(Number(major), Number(minor))) return { events, permissions };
  const { merge_queues: _, ...others } = permissions;
  return { events: events.filter((event) => event !== "merge_group"), permissions: others };
}

function hasMergeQueues(major: number, minor: number): boolean {
  const [since, sinceMinor] = MERGE_QUEUES_SINCE;
  return major > since || (major === since && minor >= sinceMinor);
}

const LEVELS = ["none", "read", "write", "admin"];

/** Which permissions are missing or too low, and which are more than needed: `checks: write`. */
export function comparePermissions(
  given: Permissions,
  needed: Permissions,
): { readonly missing: readonly string[]; readonly spare: readonly string[] } {
  const names = [...new Set([...Object.keys(needed), ...Object.keys(given)])].sort();
  const lacks = (has: Permissions, wants: Permissions) =>
    names.filter((name) => level(has[name]) < level(wants[name])).map((name) => `${name}: ${wants[name]}`);
  return { missing: lacks(given, needed), spare: lacks(needed, given) };
}

/** A level that is not known is taken for a high one: it opens something. */
function level(permission = "none"): number {
  const place = LEVELS.indexOf(permission);
  return place === -1 ? LEVELS.length : place;
}

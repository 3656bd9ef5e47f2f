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

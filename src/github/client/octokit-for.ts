import { LRUCache } from "lru-cache";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo } from "../observe/index.js";
import type { AppOctokit } from "./app-octokit.js";
import type { Octokit } from "./octokit.js";

/** An installation seldom comes or goes, and a sweep asks for each of its records. */
const KNOWN_MS = 10 * 60_000;

/** The installation that holds a repository; null where the App is not installed there. */
export function installationsBy(
  app: Pick<AppOctokit, "installationOf">,
): (repo: Pick<Repo, "name">) => Promise<number | null> {
  const known = new LRUCache<string, { readonly id: number | null }>({ max: 5000, ttl: KNOWN_MS });
  return async (repo) => {
    const { owner, name } = ownerAndName(repo);
    const key = repo.name.toLowerCase();
    const installation = known.get(key) ?? { id: await app.installationOf(owner, name) };
    known.set(key, installation);
    return installation.id;
  };
}

/** GitHub as that installation. */
export function octokitsFor(
  app: Pick<AppOctokit, "installationOf" | "forInstallation">,
): (repo: Pick<Repo, "name">) => Promise<Octokit | null> {
  const installationOf = installationsBy(app);
  return async (repo) => {
    const id = await installationOf(repo);
    return id === null ? null : app.forInstallation(id);
  };
}

import type { Timestamp } from "../brand.js";
import type { StoredFact } from "../facts/stored-fact.js";
import type { Json, JsonObject } from "../json.js";
import { factsOfChecks } from "./facts-of-head.js";
import { type OldCheck, withoutKey } from "./old-head.js";

/** The collections in which schema 1 kept what was said of a commit that had no pull request yet: `parked:commit:42@<sha>`. */
export const WAITING_COLLECTIONS = "parked:";

/** The facts in an observation that waited there. None where it is not one. */
export function factsOfWaiting(observation: Json): readonly StoredFact[] {
  const { occurredAt, news } = (observation ?? {}) as { occurredAt?: Timestamp | null; news?: JsonObject };
  const said = news?.checks as unknown as { repoId: number; sha: string; checks: readonly OldCheck[] } | undefined;
  if (!said || !Array.isArray(said.checks)) return [];
  // Of a check that nobody dates, it is known only that it was said at some time.
  return factsOfChecks(said, said.checks.map(withoutKey), occurredAt ?? LONG_AGO);
}

const LONG_AGO = "2000-01-01T00:00:00.000Z" as Timestamp;

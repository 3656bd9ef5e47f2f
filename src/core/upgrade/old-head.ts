import type { PersonId, Timestamp } from "../brand.js";
import type { Check, GateVerdict, LinkSource, MergeRefusal, PullStatus, QueueMove, Review } from "../facts/facts.js";
import type { Json, JsonObject } from "../json.js";

/**
 * What schema 1 kept of GitHub in the head itself, in its field `facts`. From schema 2 on, it is a set of facts for each entity, and the
 * head has none of it.
 */
export interface OldFacts {
  readonly issue: OldIssue | null;
  readonly pulls: readonly OldPull[];
}

export interface OldIssue {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly status: "open" | "closed";
  readonly queued: boolean;
  readonly labels: readonly string[];
  readonly url: string;
  /** When this cycle of the issue began. */
  readonly since: Timestamp;
  readonly updatedAt: Timestamp;
  readonly closedAt: Timestamp | null;
}

export interface OldPull {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly url: string;
  readonly author: PersonId | null;
  readonly headSha: string;
  readonly before?: string;
  readonly headSince: Timestamp;
  readonly baseRef: string;
  readonly baseSince: Timestamp;
  readonly fromFork: boolean;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly status: PullStatus;
  readonly openedAt: Timestamp;
  readonly updatedAt: Timestamp;
  readonly pushed: boolean;
  readonly reviewRequested: boolean;
  readonly linkedBy: readonly LinkSource[];
  /** Of the head SHA only, as the verdicts, the refusal and the time limit below. */
  readonly checks: readonly OldCheck[];
  readonly reviews: readonly OldReview[];
  readonly checksGone?: true;
  readonly ciTimedOutAt?: Timestamp;
  readonly autoMerge?: { readonly on: boolean; readonly at: Timestamp };
  readonly mergeRefused?: MergeRefusal;
  readonly queue?: readonly QueueMove[];
  readonly verdicts?: readonly GateVerdict[];
}

/** Schema 1 wrote a key beside a check, which follows from its other fields. */
export type OldCheck = Check & { readonly key: string };

export interface OldReview extends Review {
  readonly reviewer: PersonId;
  readonly sha: string;
  readonly mayApprove: boolean;
}

/** The facts of a head at rest as schema 1 wrote it; null for a head that was written since. */
export function oldFactsIn(atRest: JsonObject): OldFacts | null {
  const { facts } = atRest;
  if (!isObject(facts) || atRest.since !== undefined) return null;
  const { issue, pulls } = inCamelCase(facts) as JsonObject;
  return {
    issue: isObject(issue) ? (issue as unknown as OldIssue) : null,
    pulls: Array.isArray(pulls) ? (pulls as unknown as readonly OldPull[]) : [],
  };
}

export function withoutKey({ key: _, ...check }: OldCheck): Check {
  return check;
}

/** Names of fields at rest are in snake_case, all the way down. */
function inCamelCase(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => inCamelCase(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [camelCase(name), inCamelCase(field)]));
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

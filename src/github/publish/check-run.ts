import { type Hash, sha256 } from "../../core/index.js";
import type { Annotation } from "../../hook.js";
import type { AnyCheckRunReport } from "../../report/check-run-report.js";
import type { Conclusion } from "../../report/conclusion.js";
import { cut, MAX_SUMMARY, MAX_TITLE, shortened } from "../../report/limits.js";
import { shownBy } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { OWN_MARK } from "../own-mark.js";
import { hidden } from "./hidden.js";

/** Where a check run belongs; the queue's trial merge need not say of which pull request it is. */
export interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly number: number | null;
}

/** A check run as it was last written. */
export interface PublishedCheckRun {
  readonly id: number;
  readonly sha: string;
  readonly digest: Hash;
  /** Null while it is under way; an earlier version of the App did not keep it. */
  readonly conclusion?: Conclusion;
  /** Of its annotations; absent where it has none. */
  readonly annotations?: Hash;
}

export type WantedCheckRun = AnyCheckRunReport & { readonly digest: Hash };

/** A check run within GitHub's limits. */
export function limited(report: AnyCheckRunReport): WantedCheckRun {
  const title = shortened(report.title, MAX_TITLE);
  const summary = cut(report.summary, MAX_SUMMARY);
  return {
    ...report,
    title,
    summary,
    digest: sha256(JSON.stringify([report.conclusion, title, summary, report.annotations ?? []])),
  };
}

export function isPublished(last: PublishedCheckRun | undefined, wanted: WantedCheckRun, sha: string): boolean {
  return last?.sha === sha && last.digest === wanted.digest;
}

/**
 * Changes the check run that stands on this head; makes one where there is none. One whose annotations are others now is made anew, for
 * GitHub takes none away.
 * @param last null where it is to run again: it is made anew, for GitHub leaves what becomes of the old one to the App
 * @see https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-checks
 */
export async function writeCheckRun(
  octokit: Octokit,
  place: Place,
  sha: string,
  wanted: WantedCheckRun,
  last: PublishedCheckRun | undefined | null,
): Promise<PublishedCheckRun> {
  const { digest, conclusion } = wanted;
  const annotations = annotationsDigest(wanted);
  const existing = last === null ? null : await locate(octokit, place, sha, wanted, last);
  const id = existing === null ? null : await update(octokit, place, wanted, existing);
  if (existing !== null && id === null && (await find(octokit, place, sha, wanted)) === existing)
    throw hidden("check run");
  const written = { id: id ?? (await create(octokit, place, sha, wanted)), sha, digest, conclusion };
  return annotations === undefined ? written : { ...written, annotations };
}

/**
 * The check run to change: the known one; else the one that stands there, for the answer to a write may be lost, and a process may die
 * before it learns the id of what it wrote.
 */
async function locate(
  octokit: Octokit,
  place: Place,
  sha: string,
  wanted: WantedCheckRun,
  last: PublishedCheckRun | undefined,
): Promise<number | null> {
  if (last?.sha === sha) return last.annotations === annotationsDigest(wanted) ? last.id : null;
  return find(octokit, place, sha, wanted);
}

/** The App's own check run on this head, as GitHub lists it; null where it lists none, or refuses to. */
async function find(octokit: Octokit, place: Place, sha: string, wanted: WantedCheckRun): Promise<number | null> {
  const { owner, repo } = place;
  const shown = await shownBy(() =>
    octokit.rest.checks.listForRef({ owner, repo, ref: sha, check_name: wanted.name, per_page: 100 }),
  );
  if (shown.status !== "there") return null;
  const mark = markOf(place);
  const own = shown.value.data.check_runs.find(
    ({ external_id: id, output }) =>
      id === mark && (output.annotations_count ?? 0) === (wanted.annotations ?? []).length,
  );
  return own?.id ?? null;
}

/** Two pull requests may have one head: each has its own check run there. */
function markOf({ owner, repo, number }: Place): string {
  return `${OWN_MARK}${owner}/${repo}${number === null ? "" : `#${number}`}`;
}

function annotationsDigest({ annotations = [] }: WantedCheckRun): Hash | undefined {
  return annotations.length === 0 ? undefined : sha256(JSON.stringify(annotations));
}

/**
 * Without its annotations, which GitHub would add to those that are there.
 * @returns null where it is gone
 */
async function update(
  octokit: Octokit,
  place: Place,
  { annotations: _, ...wanted }: WantedCheckRun,
  id: number,
): Promise<number | null> {
  try {
    await octokit.rest.checks.update({ ...contentOf(place, wanted), check_run_id: id });
    return id;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}

async function create(octokit: Octokit, place: Place, sha: string, wanted: WantedCheckRun): Promise<number> {
  const { data } = await octokit.rest.checks.create({
    ...contentOf(place, wanted),
    ...{ name: wanted.name, head_sha: sha, external_id: markOf(place) },
  });
  return data.id;
}

function contentOf({ owner, repo }: Place, { conclusion, title, summary, annotations, actions }: WantedCheckRun) {
  const output = { title, summary, ...(annotations ? { annotations: annotations.map(annotationOf) } : {}) };
  const standing = conclusion === null ? ({ status: "in_progress" } as const) : { conclusion };
  const buttons = actions ? { actions: actions.map((action) => ({ ...action })) } : {};
  return {
    owner,
    repo,
    output,
    ...standing,
    ...(conclusion === null ? {} : { status: "completed" as const }),
    ...buttons,
  };
}

function annotationOf({ path, line, message }: Annotation) {
  return { path, start_line: line, end_line: line, annotation_level: "failure", message } as const;
}

import { type Hash, sha256 } from "../../core/index.js";
import type { Annotation } from "../../hook.js";
import type { AnyCheckRunReport } from "../../report/check-run-report.js";
import type { Conclusion } from "../../report/conclusion.js";
import { cut, MAX_SUMMARY, MAX_TITLE, shortened } from "../../report/limits.js";
import type { Octokit } from "../client/octokit.js";
import type { Place } from "./comment.js";

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
 * Changes the check run that is known on this head; makes one where there is none. One that is to run again is made anew, for GitHub
 * leaves what becomes of the old one to the App; and so is one whose annotations are others now, for GitHub takes none away.
 * @see https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-checks
 */
export async function writeCheckRun(
  octokit: Octokit,
  place: Place,
  sha: string,
  wanted: WantedCheckRun,
  last: PublishedCheckRun | undefined,
): Promise<PublishedCheckRun> {
  const { digest, conclusion } = wanted;
  const annotations = annotationsDigest(wanted);
  const isKnown = last?.sha === sha && last.annotations === annotations;
  const id = isKnown ? await update(octokit, place, wanted, last.id) : null;
  const written = { id: id ?? (await create(octokit, place, sha, wanted)), sha, digest, conclusion };
  return annotations === undefined ? written : { ...written, annotations };
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
    ...{ name: wanted.name, head_sha: sha },
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

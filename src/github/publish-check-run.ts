import { type Hash, sha256 } from "../core/index.js";
import type { Annotation, CheckRunReport } from "../report/check-run.js";
import { cut, MAX_SUMMARY, MAX_TITLE, shortened } from "../report/limits.js";
import type { Octokit } from "./octokit.js";
import type { Place } from "./publish-comment.js";

/** A check run as it was last written. */
export interface PublishedCheckRun {
  readonly id: number;
  readonly sha: string;
  readonly digest: Hash;
}

export interface WantedCheckRun extends CheckRunReport {
  readonly digest: Hash;
}

export function limited(report: CheckRunReport): WantedCheckRun {
  const title = shortened(report.title, MAX_TITLE);
  const summary = cut(report.summary, MAX_SUMMARY);
  return { ...report, title, summary, digest: sha256(JSON.stringify([report.conclusion, title, summary])) };
}

export function isPublished(last: PublishedCheckRun | undefined, wanted: WantedCheckRun, sha: string): boolean {
  return last?.sha === sha && last.digest === wanted.digest;
}

export async function writeCheckRun(
  octokit: Octokit,
  { owner, repo }: Place,
  sha: string,
  { name, conclusion, title, summary, annotations, digest }: WantedCheckRun,
  last: PublishedCheckRun | undefined,
): Promise<PublishedCheckRun> {
  const output = { title, summary, ...(annotations ? { annotations: annotations.map(annotationOf) } : {}) };
  const content = { owner, repo, status: "completed", conclusion, output } as const;
  if (last?.sha === sha) {
    await octokit.rest.checks.update({ ...content, check_run_id: last.id });
    return { id: last.id, sha, digest };
  }
  const { data } = await octokit.rest.checks.create({ ...content, name, head_sha: sha });
  return { id: data.id, sha, digest };
}

function annotationOf({ path, line, message }: Annotation) {
  return { path, start_line: line, end_line: line, annotation_level: "failure", message } as const;
}

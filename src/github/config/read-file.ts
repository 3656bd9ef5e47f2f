import { z } from "zod";
import { shownBy } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { GithubUnavailableError } from "../client/unavailable.js";
import { MAX_SIZE } from "./yaml.js";

const [FOLDER, NAME] = [".github", "loopforge.yml"];
export const PATH = `${FOLDER}/${NAME}`;

export type FileReading =
  | { readonly status: "absent" }
  /** GitHub does not let this App see the file, or the repository: there may be one. */
  | { readonly status: "not_shown"; readonly error: unknown }
  | { readonly status: "file"; readonly sha: string; readonly text: string }
  /** Something is there, and it is no text that could be read. */
  | { readonly status: "unreadable"; readonly sha: string; readonly why: string };

export interface FileAddress {
  readonly owner: string;
  readonly repo: string;
  /** A commit; the newest of the default branch otherwise. */
  readonly ref?: string;
}

/** What is read of GitHub's answer. Of a file of more than 1 MB, GitHub leaves out the content: `encoding` is `none`. */
const ANSWER = z.object({
  type: z.string(),
  sha: z.string().max(64),
  size: z.number(),
  content: z.string().optional(),
  encoding: z.string().optional(),
});

/** A folder. */
const LISTING = z.object({ entries: z.array(z.object({ name: z.string() })) });

const OBJECT = { format: "object" };

/**
 * The file at its one place in a repository, in one request. As an object, not raw: so it comes with its blob's SHA, and GitHub sends 1 MB
 * at most, where the raw file can have 100.
 *
 * GitHub answers 404 for a file that is not there and for one that it does not show alike. Where a file is expected, it is gone once a
 * list of what is there lacks it.
 * @throws GitHub's own errors, where asking again may help; GithubUnavailableError for an answer that is not GitHub's
 * @see https://docs.github.com/rest/repos/contents#get-repository-content
 */
export async function readFile(
  octokit: Octokit,
  address: FileAddress,
  { isExpected = false }: { readonly isExpected?: boolean } = {},
): Promise<FileReading> {
  const shown = await shownBy(() => octokit.rest.repos.getContent({ ...address, path: PATH, mediaType: OBJECT }));
  switch (shown.status) {
    case "not_there": {
      // Of a file that is not there, GitHub says 404: any other refusal says nothing of it.
      const isAbsent = isNotFound(shown.error) && (!isExpected || (await isGone(octokit, address)));
      return isAbsent ? { status: "absent" } : { status: "not_shown", error: shown.error };
    }
    case "not_shown":
      return { status: "not_shown", error: shown.error };
    case "there": {
      const parsed = ANSWER.safeParse(shown.value.data);
      if (!parsed.success) throw new GithubUnavailableError(`GitHub's answer for ${PATH} cannot be read`);
      return contentOf(parsed.data);
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 404;
}

async function isGone(octokit: Octokit, address: FileAddress): Promise<boolean> {
  const folder = await namesIn(octokit, address, FOLDER);
  if (folder) return !folder.includes(NAME);
  const root = await namesIn(octokit, address, "");
  return root !== null && !root.includes(FOLDER);
}

/** Names in a folder, 1,000 at most, in the order of the alphabet: a dot comes before all that is usual. Null where it is not shown. */
async function namesIn(octokit: Octokit, address: FileAddress, path: string): Promise<readonly string[] | null> {
  const shown = await shownBy(() => octokit.rest.repos.getContent({ ...address, path, mediaType: OBJECT }));
  if (shown.status !== "there") return null;
  const { data } = LISTING.safeParse(shown.value.data);
  return data ? data.entries.map(({ name }) => name) : null;
}

function contentOf({ type, sha, size, content = "", encoding }: z.infer<typeof ANSWER>): FileReading {
  const unreadable = (why: string): FileReading => ({ status: "unreadable", sha, why });
  if (type !== "file") return unreadable("This is not a file");
  if (size > MAX_SIZE) return unreadable(`The file is larger than ${MAX_SIZE / 1024} KB`);
  if (encoding !== "base64") return unreadable("The file has no content that could be read");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(content, "base64"));
    return { status: "file", sha, text };
  } catch {
    return unreadable("The file is not text in UTF-8");
  }
}

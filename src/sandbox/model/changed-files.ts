import { blobSha, type Commit, type FileChange } from "./git.js";

/** A file that a pull request changes. */
export interface ChangedFile {
  readonly path: string;
  readonly status: "added" | "modified" | "removed";
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  readonly patch: string;
}

/** The files that a run of commits changes, against the commit below the first. */
export function changedFiles(commits: readonly Commit[]): ChangedFile[] {
  const changes = new Map<string, FileChange>();
  for (const commit of commits) {
    for (const [path, { before, after }] of commit.changes) {
      changes.set(path, { before: (changes.get(path) ?? { before }).before, after });
    }
  }
  return [...changes]
    .filter(([, { before, after }]) => before !== after)
    .map(([path, change]) => changedFile(path, change));
}

/** Compares line by line without order, which is enough for counts that add up. */
function changedFile(path: string, { before, after }: FileChange): ChangedFile {
  const [old, now] = [new Set(lines(before)), new Set(lines(after))];
  const removed = lines(before).filter((line) => !now.has(line));
  const added = lines(after).filter((line) => !old.has(line));
  const header = `@@ -1,${lines(before).length} +1,${lines(after).length} @@`;
  return {
    path,
    status: before === null ? "added" : after === null ? "removed" : "modified",
    sha: blobSha(after ?? before ?? ""),
    additions: added.length,
    deletions: removed.length,
    patch: [header, ...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)].join("\n"),
  };
}

function lines(text: string | null): string[] {
  return text === null || text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

import { type NewRecord, type OfIssue, type OfPull, type RecordId, recordId } from "../../core/index.js";
import type { Repo } from "../observe/index.js";

/** Ids are made of GitHub's, so that two deliveries that open the same record at once open one. */
export function issueRecordId({ repoId, number }: OfIssue, cycle: number): RecordId {
  return recordId(`gh-${repoId}-issue-${number}${suffix(cycle)}`);
}

/** The record of a pull request that belongs to no issue; a new one each time that it comes back from an issue. */
export function pullRecordId({ repoId, number }: OfPull, turn: number): RecordId {
  return recordId(`gh-${repoId}-pull-${number}${suffix(turn)}`);
}

function suffix(cycle: number): string {
  return cycle > 1 ? `-c${cycle}` : "";
}

export function opening(repo: Pick<Repo, "name">, number: number): NewRecord {
  return { ref: `${repo.name}#${number}`, refNumber: number, repo: repo.name };
}

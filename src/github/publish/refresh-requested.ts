import { z } from "zod";
import type { WorkItems } from "../../recorder/work-items.js";
import { REFRESH } from "../../report/text.js";
import type { PullSubject, Repo } from "../observe/index.js";
import { envelopePayload, parsePayload } from "../observe/payload.js";

const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
/** Null where GitHub does not say which App it was: then it was not this one. */
const app = z.object({ id: z.int() }).nullish().catch(null);

/** What is read of the three events; a check run has its App in its suite as well. */
const requestPayload = envelopePayload.extend({
  action: z.enum(["requested_action", "rerequested"]),
  // Another App's button may have any identifier, or none.
  requested_action: z.object({ identifier: z.string() }).nullish().catch(null),
  check_run: z.object({ head_sha: sha, app }).optional(),
  check_suite: z.object({ head_sha: sha, app }).optional(),
});

/** Which head of which repository somebody wants to be looked at again. */
export interface RefreshRequest {
  readonly repo: Repo;
  readonly sha: string;
}

/**
 * What `check_run.requested_action`, `check_run.rerequested` and `check_suite.rerequested` ask of this App. Null where they are about
 * another App's checks, or about a button that is not LoopForge's.
 * @throws LoopForgeError `invalid_payload`
 * @see https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-checks
 */
export function refreshRequest(payload: object, appId: number): RefreshRequest | null {
  const { action, check_run, check_suite, repository, requested_action } = parsePayload(requestPayload, payload);
  const about = check_run ?? check_suite;
  if (!about || about.app?.id !== appId) return null;
  if (action === "requested_action" && requested_action?.identifier !== REFRESH.identifier) return null;
  return { repo: repository, sha: about.head_sha };
}

/** The pull requests with that head, as far as they are known here: each is to be refreshed, and its report written again. */
export async function refreshRequested(
  payload: object,
  { workItems, appId }: { readonly workItems: WorkItems; readonly appId: number },
): Promise<readonly PullSubject[]> {
  const request = refreshRequest(payload, appId);
  if (!request) return [];
  const { repo, sha: head } = request;
  const subjects: PullSubject[] = [];
  for (const { repoId, number } of await workItems.pullsOfCommit(repo.id, head)) {
    const pull = await workItems.pull({ repoId, number });
    if (pull?.headSha === head) subjects.push({ kind: "pull", repo, number, linking: null });
  }
  return subjects;
}

import type { Check } from "../../core/index.js";
import { parsePayload, statusPayload } from "./payload.js";
import type { Observer } from "./sighting.js";

/** `status`: a commit status, which is known by its context. A newer one of the same context takes its place. */
export const observeStatus: Observer = (payload) => {
  const status = parsePayload(statusPayload, payload);
  const conclusion = status.state === "pending" ? null : status.state;
  const check: Check = {
    key: `status/${status.context}`,
    kind: "status",
    appId: 0,
    suiteId: 0,
    name: status.context,
    id: status.id,
    conclusion,
    asOf: status.updated_at,
    completedAt: conclusion === null ? null : status.updated_at,
    url: status.target_url ?? null,
  };
  const { repository: repo, sha } = status;
  return {
    subject: { kind: "commit", repo, sha },
    observation: {
      cause: "ci.reported",
      occurredAt: status.updated_at,
      people: [],
      news: { checks: { repoId: repo.id, sha, checks: [check] } },
      evidence: { check: status.context, conclusion, sha, ...(check.url ? { url: check.url } : {}) },
    },
  };
};

import type { z } from "zod";
import type { Check } from "../../core/index.js";
import type { statusPayload } from "./payload.js";
import type { Observer } from "./sighting.js";

/** `status`: a commit status, which is known by its context. A newer one of the same context takes its place. */
export const observeStatus: Observer<z.infer<typeof statusPayload>> = (status, { who }) => {
  const creator = who(status.creator ?? status.sender);
  const conclusion = status.state === "pending" ? null : status.state;
  const check: Check = {
    kind: "status",
    appId: 0,
    ...(creator ? { creator } : {}),
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

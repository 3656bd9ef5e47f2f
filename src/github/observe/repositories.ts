import type { z } from "zod";
import type { repositoryPayload } from "./payload.js";
import { type Observer, participants } from "./sighting.js";

/** `repository.renamed`, `repository.transferred`: the same repository under another name. */
export const observeRepository: Observer<z.infer<typeof repositoryPayload>> = (
  { repository: repo, sender },
  lookout,
) => {
  return {
    subject: { kind: "repository", repo },
    observation: {
      cause: "repo.renamed",
      occurredAt: null,
      people: participants(lookout, { actor: sender }),
      news: { renamed: { repoId: repo.id, repoName: repo.name } },
      evidence: { repo: repo.name },
    },
  };
};

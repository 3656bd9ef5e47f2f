import { parsePayload, repositoryPayload } from "./payload.js";
import { type Observer, participants } from "./sighting.js";

/** `repository.renamed`, `repository.transferred`: the same repository under another name. */
export const observeRepository: Observer = (payload, lookout) => {
  const { repository: repo, sender } = parsePayload(repositoryPayload, payload);
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

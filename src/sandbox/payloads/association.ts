import type { AuthorAssociation } from "@octokit/webhooks-types";
import type { User } from "../model/account.js";
import type { Repository } from "../model/repository.js";

/** How an author stands to the repository. */
export function authorAssociation(repository: Repository, user: User): AuthorAssociation {
  if (user === repository.owner) return "OWNER";
  if (repository.permissions.has(user)) return repository.owner.type === "Organization" ? "MEMBER" : "COLLABORATOR";
  return repository.contributors.has(user) ? "CONTRIBUTOR" : "NONE";
}

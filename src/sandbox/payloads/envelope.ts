import type {
  InstallationLite,
  Organization as OrganizationPayload,
  Repository as RepositoryPayload,
  User as UserPayload,
} from "@octokit/webhooks-types";
import type { User } from "../model/account.js";
import type { Repository } from "../model/repository.js";
import type { World } from "../model/world.js";
import { repositoryPayload } from "./repository.js";
import { userPayload } from "./user.js";

/** The part that every repository event has. */
export interface Envelope {
  repository: RepositoryPayload;
  sender: UserPayload;
  organization?: OrganizationPayload;
  installation?: InstallationLite;
}

/** The part that every event of a repository has. */
export function envelope(repository: Repository, sender: User): Envelope {
  const { world, owner, installation } = repository;
  return {
    repository: repositoryPayload(repository),
    ...(owner.type === "Organization" ? { organization: organizationPayload(world, owner) } : {}),
    sender: userPayload(world, sender),
    ...(installation === null ? {} : { installation: { id: installation.id, node_id: installation.nodeId } }),
  };
}

function organizationPayload(world: World, organization: User): OrganizationPayload {
  const url = `${world.apiUrl}/orgs/${organization.login}`;
  return {
    login: organization.login,
    id: organization.id,
    node_id: organization.nodeId,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${organization.id}?v=4`,
    description: null,
  };
}

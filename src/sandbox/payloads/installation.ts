import type { InstallationCreatedEvent, Installation as InstallationPayload } from "@octokit/webhooks-types";
import type { App, Installation } from "../model/account.js";
import type { Repository } from "../model/repository.js";
import type { World } from "../model/world.js";
import type { AppPermissions } from "../options.js";
import { chosenEvents } from "./app.js";
import { userPayload } from "./user.js";

/** An installation as its events show it. */
export function installationPayload(
  world: World,
  app: App,
  installation: Installation,
): Omit<InstallationPayload, "permissions"> & {
  permissions: AppPermissions;
  app_slug: string;
  created_at: string;
  updated_at: string;
} {
  const { account, id } = installation;
  const page = account.type === "Organization" ? `organizations/${account.login}/settings` : "settings";
  return {
    id,
    account: userPayload(world, account),
    repository_selection: "selected",
    access_tokens_url: `${world.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${world.apiUrl}/installation/repositories`,
    html_url: `${world.htmlUrl}/${page}/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type === "Organization" ? "Organization" : "User",
    permissions: app.permissions,
    events: chosenEvents(app),
    created_at: installation.createdAt,
    updated_at: installation.updatedAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}

/** A repository as installation events name it. */
export function installedRepository(
  repository: Repository,
): NonNullable<InstallationCreatedEvent["repositories"]>[number] {
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
  };
}

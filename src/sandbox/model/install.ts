import { nodeId } from "../format.js";
import { installationPayload, installedRepository } from "../payloads/installation.js";
import { userPayload } from "../payloads/user.js";
import type { App, Installation, User } from "./account.js";
import type { Repository } from "./repository.js";
import type { World } from "./world.js";

/** Installs the App on a repository: the account's first one makes the installation, later ones are added to it. */
export function install(world: World, app: App, repository: Repository): void {
  const account = repository.owner;
  const sender = account.type === "Organization" ? world.user(`${account.login}-admin`) : account;
  const known = world.installationsByAccount.get(account.id);
  const installation = known ?? newInstallation(world, account);
  installation.repositories.add(repository);
  installation.updatedAt = world.now();
  repository.installation = installation;
  if (known === undefined) {
    world.emit("installation", null, () => ({
      action: "created",
      installation: installationPayload(world, app, installation),
      repositories: [installedRepository(repository)],
      sender: userPayload(world, sender),
    }));
    return;
  }
  world.emit("installation_repositories", null, () => ({
    action: "added",
    installation: installationPayload(world, app, installation),
    repository_selection: "selected",
    repositories_added: [installedRepository(repository)],
    repositories_removed: [],
    requester: null,
    sender: userPayload(world, sender),
  }));
}

/** Takes the App off a repository; its events stop. */
export function uninstall(world: World, app: App, repository: Repository): void {
  const { installation, owner } = repository;
  if (installation === null) return;
  const sender = owner.type === "Organization" ? world.user(`${owner.login}-admin`) : owner;
  installation.repositories.delete(repository);
  installation.updatedAt = world.now();
  repository.installation = null;
  world.emit("installation_repositories", null, () => ({
    action: "removed",
    installation: installationPayload(world, app, installation),
    repository_selection: "selected",
    repositories_added: [],
    repositories_removed: [installedRepository(repository)],
    requester: null,
    sender: userPayload(world, sender),
  }));
}

function newInstallation(world: World, account: User): Installation {
  const id = world.ids.next("installation");
  const createdAt = world.now();
  const installation: Installation = {
    id,
    nodeId: nodeId("I", id),
    account,
    repositories: new Set(),
    createdAt,
    updatedAt: createdAt,
  };
  world.installations.set(id, installation);
  world.installationsByAccount.set(account.id, installation);
  return installation;
}

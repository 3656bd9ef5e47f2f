import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { Auth } from "./auth.js";
import { type Attempt, type Delivery, Outbox } from "./deliveries.js";
import { createHttpApp } from "./http.js";
import { type ListenOptions, listen, type RunningServer } from "./listen.js";
import type { App, User } from "./model/account.js";
import { install, uninstall } from "./model/install.js";
import { Repository } from "./model/repository.js";
import { World } from "./model/world.js";
import { type AppPermissions, SANDBOX_EVENTS, type SandboxOptions } from "./options.js";
import { postTo } from "./post.js";
import type { RecordedError } from "./recorded-error.js";

export type { Attempt, Delivery } from "./deliveries.js";
export type { RunningServer } from "./listen.js";
export type { App, User } from "./model/account.js";
export type { CheckRun } from "./model/check-run.js";
export type { CheckSuite } from "./model/check-suite.js";
export type { Comment } from "./model/comment.js";
export type { CommitStatus } from "./model/commit-status.js";
export type { Issue } from "./model/issue.js";
export type { MergeGroup } from "./model/merge-group.js";
export type { PullRequest } from "./model/pull-request.js";
export type { Repository } from "./model/repository.js";
export type { Review } from "./model/review.js";
export type { SandboxOptions } from "./options.js";
export type { RecordedError } from "./recorded-error.js";

/** The App under test, as the sandbox made it. */
export interface SandboxApp extends App {
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** A small GitHub in one process: state, REST and GraphQL, and signed webhooks made from the state. */
export interface Sandbox {
  readonly app: SandboxApp;
  /** Every delivery, oldest first; empty with `keepDeliveries: false`. */
  readonly deliveries: readonly Delivery[];
  /** Requests that no real client of GitHub should make: unknown routes, GraphQL errors, and failures of the sandbox. */
  readonly errors: RecordedError[];
  /** Runs before every request when set; the place for faults. */
  faults: MiddlewareHandler | null;
  /** The account of that login; made as a person when there is none. */
  user(login: string): User;
  /** The repository `owner/name`; made when there is none, its owner as an organisation unless it is a user already. */
  repository(fullName: string, options?: RepositoryOptions): Repository;
  /** A foreign App that gets a check suite for every head pushed from now on. */
  checksApp(slug: string): App;
  /** Deletes an account: GitHub names nobody where it is meant, and what it did stays. */
  deleteUser(user: User): void;
  /** Takes the App off a repository. */
  uninstall(repository: Repository): void;
  /** Says where deliveries go. */
  deliverTo(url: string, options?: { fetch?: typeof fetch }): void;
  /** Posts everything not yet sent, in order, one at a time, until nothing is left. */
  flush(): Promise<void>;
  /** Posts one delivery now, whether it was sent before or not. */
  deliver(delivery: Delivery): Promise<Attempt>;
  /** Takes everything not yet sent off the queue, for whoever sends it in an order of their own or not at all. */
  takePending(): Delivery[];
  /** Answers a request without a network. */
  fetch(request: Request): Promise<Response>;
  /** Serves the API at the root and below `/api/v3`. */
  listen(options?: ListenOptions): Promise<RunningServer>;
}

/** How a repository is made. */
export interface RepositoryOptions {
  private?: boolean;
  defaultBranch?: string;
  /** False leaves the App off it. */
  install?: boolean;
}

const DEFAULT_PERMISSIONS: AppPermissions = {
  checks: "write",
  contents: "write",
  issues: "write",
  merge_queues: "read",
  metadata: "read",
  pull_requests: "write",
  statuses: "read",
};

/** Makes an empty sandbox. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const guid = options.guid ?? randomUUID;
  const outbox = new Outbox({ keep: options.keepDeliveries ?? true, clock: options.clock });
  const events = options.app.events ?? SANDBOX_EVENTS;
  const world = new World({ ...options, guid }, outbox, events);
  const { id, slug, name, webhookSecret, privateKey } = options.app;
  const clientId = options.app.clientId ?? `Iv1.${String(id).padStart(16, "0")}`;
  const permissions = options.app.permissions ?? DEFAULT_PERMISSIONS;
  const app = world.addApp({ id, slug, name, clientId, permissions, events });
  const auth = new Auth({ app, privateKey, clock: options.authClock ?? options.clock, guid });
  const errors: RecordedError[] = [];
  const http = createHttpApp({ world, app, auth, errors, faults: () => sandbox.faults, options });

  const sandbox: Sandbox = {
    app: {
      ...app,
      webhookSecret,
      get privateKey() {
        return auth.privateKey;
      },
    },
    deliveries: outbox.kept,
    errors,
    faults: null,
    user: (login) => world.user(login),
    repository: (fullName, repositoryOptions = {}) => repositoryNamed(world, app, fullName, repositoryOptions),
    checksApp: (appSlug) => {
      const known = world.apps.get(appSlug);
      const fields = { id: world.ids.next("app"), slug: appSlug, name: appSlug, clientId: `Iv1.${appSlug}` };
      return known ?? world.addApp({ ...fields, permissions: { checks: "write", metadata: "read" }, events: [] });
    },
    deleteUser: (user) => world.deleteUser(user),
    uninstall: (repository) => uninstall(world, app, repository),
    deliverTo: (url, deliverOptions = {}) => {
      world.hook.url = url;
      outbox.post = postTo(url, deliverOptions.fetch);
    },
    flush: () => outbox.flush(),
    deliver: (delivery) => outbox.deliver(delivery),
    takePending: () => outbox.take(),
    fetch: http.fetch,
    listen: (listenOptions) => listen(http.fetch, listenOptions),
  };
  return sandbox;
}

function repositoryNamed(world: World, app: App, fullName: string, options: RepositoryOptions): Repository {
  const known = world.repositories.get(fullName.toLowerCase());
  if (known !== undefined) return known;
  const [login = "", name = "", ...rest] = fullName.split("/");
  if (login === "" || name === "" || rest.length > 0) throw new Error(`Not a repository name: ${fullName}`);
  const owner = world.users.get(login.toLowerCase()) ?? world.addUser(login, "Organization", null);
  const repository = new Repository(world, {
    owner,
    name,
    private: options.private ?? false,
    defaultBranch: options.defaultBranch ?? "main",
    parent: null,
  });
  world.repositories.set(fullName.toLowerCase(), repository);
  world.repositoriesById.set(repository.id, repository);
  // Installed after the first commit: GitHub tells nobody of a repository's past.
  const by = owner.type === "Organization" ? world.user(`${login}-admin`) : owner;
  repository.grant(by, "admin");
  repository.git.commit(repository.defaultBranch, {
    by,
    message: "Initial commit",
    files: { "README.md": `# ${name}\n` },
  });
  if (options.install ?? true) install(world, app, repository);
  return repository;
}

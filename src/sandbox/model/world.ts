import type { EventPayloadMap } from "@octokit/webhooks-types";
import { Delivery, type Hook, type Outbox } from "../deliveries.js";
import { iso, nodeId } from "../format.js";
import type { AppPermissions, SandboxEvent, SandboxOptions } from "../options.js";
import { timeUuid } from "../time-uuid.js";
import type { App, Installation, User } from "./account.js";
import { Ids } from "./ids.js";
import type { Repository } from "./repository.js";

/** Everything that exists in a sandbox, by the keys it is looked up with. */
export class World {
  readonly ids = new Ids();
  readonly users = new Map<string, User>();
  readonly repositories = new Map<string, Repository>();
  readonly repositoriesById = new Map<number, Repository>();
  readonly installations = new Map<number, Installation>();
  readonly installationsByAccount = new Map<number, Installation>();
  readonly apps = new Map<string, App>();
  /** Accounts that were deleted: GitHub names nobody where one of them is meant. */
  readonly ghosts = new Set<User>();
  /** Apps that get a check suite for each pushed head: the App under test and the foreign ones. */
  readonly checksApps: App[] = [];
  readonly outbox: Outbox;
  readonly apiUrl: string;
  readonly htmlUrl: string;
  readonly checkPullRequests: "listed" | "empty";
  readonly guid: () => string;
  readonly clock: () => Date;
  readonly hook: Hook;
  readonly appOmitted: boolean;
  readonly #checksKeptMs: number;
  readonly #subscribed: ReadonlySet<string>;
  readonly #isTimed: boolean;

  constructor(options: SandboxOptions & { guid: () => string }, outbox: Outbox, events: readonly SandboxEvent[]) {
    this.clock = options.clock;
    this.guid = options.guid;
    this.outbox = outbox;
    this.apiUrl = options.apiUrl ?? "https://api.github.com";
    this.htmlUrl = options.htmlUrl ?? "https://github.com";
    this.checkPullRequests = options.checkPullRequests ?? "listed";
    this.appOmitted = options.appOmitted ?? false;
    this.#checksKeptMs = (options.checksKeptDays ?? Number.POSITIVE_INFINITY) * 86_400_000;
    this.#subscribed = new Set(events);
    this.#isTimed = options.deliveryGuids === "timed";
    this.hook = {
      ...{ appId: options.app.id, hookId: 1, secret: options.app.webhookSecret },
      ...{ url: "", contentType: "json", insecureSsl: "0" },
    };
  }

  /** The sandbox's time in GitHub's form. */
  now(): string {
    return iso(this.clock());
  }

  /** Whether what CI said at a moment is still there. */
  keepsChecksOf(moment: string): boolean {
    return this.clock().getTime() - Date.parse(moment) < this.#checksKeptMs;
  }

  /** The account of that login; made as a person when there is none. */
  user(login: string): User {
    return this.users.get(login.toLowerCase()) ?? this.addUser(login, "User", null);
  }

  /** The account that GitHub's merge queue acts as. */
  get mergeQueueBot(): User {
    const slug = "github-merge-queue";
    return this.users.get(`${slug}[bot]`) ?? this.addUser(`${slug}[bot]`, "Bot", slug);
  }

  /** Makes an account. */
  addUser(login: string, type: User["type"], appSlug: string | null): User {
    const id = this.ids.next("user");
    const prefix = { User: "U", Bot: "BOT", Organization: "O" }[type];
    const user: User = { id, nodeId: nodeId(prefix, id), login, type, appSlug };
    this.users.set(login.toLowerCase(), user);
    return user;
  }

  /** Deletes an account, with all that it may do. What it has done stays. */
  deleteUser(user: User): void {
    this.ghosts.add(user);
    this.users.delete(user.login.toLowerCase());
    for (const repository of this.repositories.values()) repository.permissions.delete(user);
  }

  /** Makes an App and its bot, and gives it a check suite for each head from now on. */
  addApp(fields: {
    id: number;
    slug: string;
    name: string;
    clientId: string;
    permissions: AppPermissions;
    events: readonly SandboxEvent[];
  }): App {
    const app: App = {
      ...fields,
      nodeId: nodeId("A", fields.id),
      owner: this.user(`${fields.slug}-maker`),
      bot: this.addUser(`${fields.slug}[bot]`, "Bot", fields.slug),
      createdAt: this.now(),
    };
    this.apps.set(app.slug, app);
    if (app.permissions.checks === "write") this.checksApps.push(app);
    return app;
  }

  /** The App that a bot acts for, or null for people. */
  appOf(user: User): App | null {
    return user.appSlug === null ? null : (this.apps.get(user.appSlug) ?? null);
  }

  /** Enqueues a delivery if the App subscribes to the event; the payload is only built then. */
  emit<E extends SandboxEvent>(event: E, repository: Repository | null, payload: () => EventPayloadMap[E]): void {
    if (!this.#subscribed.has(event)) return;
    if (repository !== null && repository.installation === null) return;
    const id = this.ids.next("delivery");
    this.outbox.add(
      new Delivery({
        id,
        guid: this.#isTimed ? timeUuid(this.clock(), id) : this.guid(),
        event,
        payload: payload(),
        at: this.now(),
        repositoryId: repository?.id ?? null,
        hook: this.hook,
      }),
    );
  }
}

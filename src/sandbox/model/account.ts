import type { AppPermissions, SandboxEvent } from "../options.js";
import type { Repository } from "./repository.js";

/** A person, a bot or an organisation. */
export interface User {
  readonly id: number;
  readonly nodeId: string;
  readonly login: string;
  readonly type: "User" | "Bot" | "Organization";
  /** Set on bots: the slug of their App. */
  readonly appSlug: string | null;
}

/** A GitHub App: the one under test or a foreign one. */
export interface App {
  readonly id: number;
  readonly nodeId: string;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly owner: User;
  readonly bot: User;
  readonly permissions: AppPermissions;
  readonly events: readonly SandboxEvent[];
  readonly createdAt: string;
}

/** The App under test, installed on an account. */
export interface Installation {
  readonly id: number;
  readonly nodeId: string;
  readonly account: User;
  readonly repositories: Set<Repository>;
  readonly createdAt: string;
  updatedAt: string;
}

/** What a user may do in a repository. */
export type Permission = "admin" | "maintain" | "write" | "triage" | "read";

/** Who does something. */
export interface By {
  by: User;
}

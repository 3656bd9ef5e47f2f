import type { App, PullRequest, Repository, User } from "../index.js";

/** Who and what a scenario is played with. */
export interface Stage {
  readonly repository: Repository;
  readonly ci: App;
  readonly alice: User;
  readonly bob: User;
  /** May do at GitHub what the rules of a team forbid. */
  readonly admin: User;
}

/** A work item's life at GitHub, and where its record must end. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly ends: { readonly state: string; readonly rules: readonly string[] };
  /** Does one thing after the other at GitHub, saying each time what was done; between two of them deliveries may be sent. */
  play(stage: Stage): Generator<string, PullRequest>;
}

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

/** Where the records of a scenario must end. */
export interface Ending {
  /** Of every work item of the pull request. */
  readonly state: string;
  /** The rules that were broken, each as often as it was. */
  readonly rules: readonly string[];
  /** Work items that the pull request has nothing to do with in the end: `acme/shop#1` and its state. */
  readonly others?: readonly { readonly ref: string; readonly state: string }[];
  /** Work items that end so too, whether they are linked to the pull request or not. */
  readonly also?: readonly { readonly ref: string; readonly state: string }[];
  /**
   * What the work was before it became what it is in the end: a pull request by itself, an earlier cycle of the same issue. Whether that
   * has a record depends on what was heard first, so nothing is asked of it but that it breaks no rule.
   */
  readonly formerly?: readonly string[];
}

/** A work item's life at GitHub, and where its record must end. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The text of `.github/loopforge.yml`, which is on the default branch before the play begins. */
  readonly configuration?: string;
  readonly ends: Ending;
  /** Does one thing after the other at GitHub, saying each time what was done; between two of them deliveries may be sent. */
  play(stage: Stage): Generator<string, PullRequest>;
}

import type { ProbotOctokit } from "probot";

/** The client that Probot gives its handlers, authenticated as the installation that the delivery came for. */
export type Octokit = InstanceType<typeof ProbotOctokit>;

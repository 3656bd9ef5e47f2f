import type { ProbotOctokit } from "probot";

/** GitHub's client as it is used here: the one that Probot gives its handlers, and the one that works outside of a delivery. */
export type Octokit = Pick<InstanceType<typeof ProbotOctokit>, "rest" | "graphql" | "paginate">;

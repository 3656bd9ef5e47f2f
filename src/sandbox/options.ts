import type { App as AppPayload } from "@octokit/webhooks-types";

/** The webhook events the sandbox can make. */
export const SANDBOX_EVENTS = [
  "issues",
  "issue_comment",
  "pull_request",
  "pull_request_review",
  "check_suite",
  "check_run",
  "status",
  "push",
  "merge_group",
  "installation",
  "installation_repositories",
] as const;

/** One of the webhook events the sandbox can make. */
export type SandboxEvent = (typeof SANDBOX_EVENTS)[number];

/** The permissions of a GitHub App that matter here, as GitHub spells them. */
export type AppPermissions = Pick<
  NonNullable<AppPayload["permissions"]>,
  "checks" | "contents" | "issues" | "members" | "merge_queues" | "metadata" | "pull_requests" | "statuses"
>;

/** The GitHub App under test. */
export interface AppOptions {
  id: number;
  slug: string;
  name: string;
  webhookSecret: string;
  /** PEM; an RSA key pair is made when none is given. */
  privateKey?: string;
  /** The App's client id, which is as good an issuer of its JWT as its id. */
  clientId?: string;
  /** The events the App subscribes to; all that the sandbox makes when not given. */
  events?: readonly SandboxEvent[];
  permissions?: AppPermissions;
}

/** What a sandbox is made from. */
export interface SandboxOptions {
  /** The sandbox's only source of time. */
  clock: () => Date;
  /**
   * The time that JSON web tokens and installation tokens are judged by; `clock` when not given. Octokit keeps its tokens by the
   * machine's own time, so whoever lets `clock` jump passes the machine's time here.
   */
  authClock?: () => Date;
  /** Makes delivery GUIDs and the random part of tokens; `crypto.randomUUID` when not given. */
  guid?: () => string;
  /** `timed` makes delivery GUIDs as GitHub does, as UUIDs of version 1 that hold the time of `clock`; `guid` makes them otherwise. */
  deliveryGuids?: "random" | "timed";
  app: AppOptions;
  /** Base of the API addresses in payloads; `https://api.github.com` when not given. */
  apiUrl?: string;
  /** Base of the addresses for people in payloads; `https://github.com` when not given. */
  htmlUrl?: string;
  /** Whether check events name the same-repository pull requests of their head; GitHub's deliveries to Apps mostly do not. */
  checkPullRequests?: "listed" | "empty";
  /** False drops each delivery once it is sent, for long runs. */
  keepDeliveries?: boolean;
  /** Leaves out whose a check run or a check suite is, as GitHub's schema allows: in answers and in events. */
  appOmitted?: boolean;
  /** GraphQL answers 502. */
  graphqlDown?: boolean;
  /** GraphQL answers 200, leaves out what was asked for, and says so: as GitHub does where a query takes too much. */
  graphqlPartial?: boolean;
  /** Reactions are refused. */
  noReactions?: boolean;
  /** Check runs and suites are there for so many days, as a repository's retention says; for ever when not given. */
  checksKeptDays?: number;
  /** The share of answers, from 0 to 1, that end in the middle of their body. What was asked for is done. */
  answersCut?: number;
  /** The share of answers that are a page of somebody else's, who passes nothing on. */
  answersForeign?: number;
  /** The share of answers that drip, byte by byte, and never end. What was asked for is done. */
  answersDrip?: number;
  /** Decides which answers these are, with numbers from 0 up to 1; `Math.random` when not given. */
  chance?: () => number;
}

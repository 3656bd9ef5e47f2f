import type { ForcePush, Retarget, Review, Timestamp } from "../../core/index.js";
import { timestamp } from "../../core/index.js";
import { askGraphql } from "../client/graphql.js";
import type { Octokit } from "../client/octokit.js";
import { GithubUnavailableError } from "../client/unavailable.js";
import { ownerAndName } from "../links/closing-references.js";
import type { RawAccount, Repo } from "../observe/index.js";

/** What neither the list of reviews nor the pull request says: when a review was dismissed, and how base and head were changed. */
const EVENTS = `
query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      timelineItems(
        itemTypes: [
          REVIEW_DISMISSED_EVENT
          BASE_REF_CHANGED_EVENT
          AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT
          HEAD_REF_FORCE_PUSHED_EVENT
          LABELED_EVENT
        ]
        first: 100
        after: $after
      ) {
        pageInfo { hasNextPage endCursor }
        nodes {
          ... on ReviewDismissedEvent { createdAt previousReviewState review { fullDatabaseId } }
          ... on BaseRefChangedEvent { createdAt previousRefName currentRefName }
          ... on AutomaticBaseChangeSucceededEvent { createdAt oldBase newBase }
          ... on LabeledEvent { createdAt label { name } actor { login ... on User { databaseId } } }
          ... on HeadRefForcePushedEvent { createdAt beforeCommit { oid } afterCommit { oid } }
        }
      }
    }
  }
}`;

/** An event of any of these kinds: the fields say which. */
interface Node {
  readonly createdAt: string;
  readonly previousReviewState?: string;
  readonly review?: { readonly fullDatabaseId: string | null } | null;
  readonly previousRefName?: string;
  readonly currentRefName?: string;
  readonly oldBase?: string;
  readonly newBase?: string;
  readonly beforeCommit?: { readonly oid: string } | null;
  readonly afterCommit?: { readonly oid: string } | null;
  readonly label?: { readonly name: string };
  readonly actor?: { readonly login: string; readonly databaseId?: number | null } | null;
}

interface Answer {
  readonly repository: {
    readonly pullRequest: { readonly timelineItems: Page | null } | null;
  } | null;
}

interface Page {
  readonly pageInfo?: { readonly hasNextPage: boolean; readonly endCursor: string | null } | null;
  readonly nodes: readonly (Node | null)[] | null;
}

/** Whoever pushes, or labels, makes as many events as they like: a timeline that is longer is not known, and never cut. */
const MAX_PAGES = 20;

export interface PullEvents {
  /** By the id of the review. */
  readonly dismissals: ReadonlyMap<number, Dismissal>;
  readonly retargets: readonly Retarget[];
  readonly forcePushes: readonly ForcePush[];
  /** Who set which label, in order; `by` is null for an App, and where the account is gone. */
  readonly labels: readonly { readonly label: string; readonly by: RawAccount | null; readonly at: Timestamp }[];
}

export interface Dismissal {
  readonly at: Timestamp;
  /** What the review had said. */
  readonly was: "approved" | "changes_requested";
}

/**
 * @returns null where GitHub does not say
 * @see https://docs.github.com/graphql/reference/unions#pullrequesttimelineitems
 */
export async function readPullEvents(octokit: Octokit, repo: Repo, number: number): Promise<PullEvents | null> {
  const nodes = await readNodes(octokit, repo, number);
  if (!nodes) return null;
  const events = nodes.flatMap((node) => {
    const time = Date.parse(node?.createdAt ?? "");
    return node && !Number.isNaN(time) ? [{ ...node, at: timestamp(time) }] : [];
  });
  return {
    dismissals: new Map(
      events.flatMap(({ review, previousReviewState: was, at }): [number, Dismissal][] => {
        return review?.fullDatabaseId && isOpinion(was)
          ? [[Number(review.fullDatabaseId), { at, was: OPINIONS[was] }]]
          : [];
      }),
    ),
    retargets: events.flatMap(({ at, previousRefName, currentRefName, oldBase, newBase }): Retarget[] => {
      if (previousRefName && currentRefName) return [{ from: previousRefName, to: currentRefName, at, by: "person" }];
      return oldBase && newBase ? [{ from: oldBase, to: newBase, at, by: "github" }] : [];
    }),
    labels: events.flatMap(({ at, label, actor }) => {
      const by = actor && typeof actor.databaseId === "number" ? { id: actor.databaseId, login: actor.login } : null;
      return label ? [{ label: label.name, by, at }] : [];
    }),
    forcePushes: events.flatMap(({ at, beforeCommit, afterCommit }): ForcePush[] =>
      beforeCommit && afterCommit ? [{ from: beforeCommit.oid, to: afterCommit.oid, at }] : [],
    ),
  };
}

/** All of them, the oldest first; null where GitHub does not say, or they are too many. */
async function readNodes(octokit: Octokit, repo: Repo, number: number): Promise<readonly (Node | null)[] | null> {
  const { owner, name } = ownerAndName(repo);
  const nodes: (Node | null)[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const listed = await readPage(octokit, { owner, name, number, ...(after === null ? {} : { after }) });
    if (!listed?.nodes) return null;
    nodes.push(...listed.nodes);
    if (!listed.pageInfo?.hasNextPage) return nodes;
    after = listed.pageInfo.endCursor;
    if (after === null) return null;
  }
  return null;
}

async function readPage(
  octokit: Octokit,
  variables: { readonly [name: string]: string | number },
): Promise<Page | null> {
  try {
    const answer = await askGraphql<Answer>(octokit, EVENTS, variables);
    return answer?.data.repository?.pullRequest?.timelineItems ?? null;
  } catch (error) {
    if (error instanceof GithubUnavailableError) return null;
    throw error;
  }
}

const OPINIONS = { APPROVED: "approved", CHANGES_REQUESTED: "changes_requested" } as const satisfies {
  readonly [state: string]: Review["state"];
};

function isOpinion(state: string | undefined): state is keyof typeof OPINIONS {
  return state !== undefined && Object.hasOwn(OPINIONS, state);
}

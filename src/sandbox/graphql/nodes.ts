import { GraphQLError } from "graphql";
import { nodeId } from "../format.js";
import type { User } from "../model/account.js";
import type { Commit } from "../model/git.js";
import type { Issue } from "../model/issue.js";
import type { PullRequest } from "../model/pull-request.js";
import type { Label, Repository } from "../model/repository.js";
import type { Review } from "../model/review.js";
import type { Thread, TimelineEvent } from "../model/thread.js";
import type { World } from "../model/world.js";
import { repositoryHtmlUrl } from "../payloads/repository.js";
import { userPayload } from "../payloads/user.js";
import { connection, type PageArguments } from "./connection.js";
import { reviewDecision } from "./review-decision.js";

/** GitHub's answer where something is not there. */
export function unresolved(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type: "NOT_FOUND" } });
}

/** An account. */
export function actorNode(world: World, user: User) {
  const payload = userPayload(world, user);
  return {
    __typename: user.type,
    id: user.nodeId,
    databaseId: user.id,
    // GraphQL shows bots without the suffix that REST gives them.
    login: user.login.replace(/\[bot\]$/, ""),
    url: payload.html_url,
    avatarUrl: payload.avatar_url,
  };
}

/** A repository; everything in it is looked up when a query asks. */
export function repositoryNode(repository: Repository): object {
  const { git, defaultBranch } = repository;
  const numbered = (kind: string, number: number, thread: object | undefined): object => {
    if (thread === undefined) throw unresolved(`Could not resolve to ${kind} with the number of ${number}.`);
    return thread;
  };
  return {
    id: repository.nodeId,
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    url: repositoryHtmlUrl(repository),
    isPrivate: repository.private,
    isFork: repository.parent !== null,
    owner: () => actorNode(repository.world, repository.owner),
    defaultBranchRef: () => ({
      name: defaultBranch,
      target: commitNode(git.commits.get(git.branches.get(defaultBranch)?.sha ?? "")),
    }),
    issue: ({ number }: { number: number }) => {
      const issue = repository.issues.get(number);
      return numbered("an Issue", number, issue && issueNode(issue));
    },
    pullRequest: ({ number }: { number: number }) => {
      const pull = repository.pulls.get(number);
      return numbered("a PullRequest", number, pull && pullRequestNode(pull));
    },
    issueOrPullRequest: ({ number }: { number: number }) => {
      const issue = repository.issues.get(number);
      const pull = repository.pulls.get(number);
      const node = issue === undefined ? pull && pullRequestNode(pull) : issueNode(issue);
      return numbered("an issue or pull request", number, node);
    },
  };
}

function threadFields(thread: Thread) {
  const { world, repository } = thread;
  return {
    number: thread.number,
    title: thread.title,
    body: thread.body ?? "",
    closed: thread.state === "closed",
    closedAt: thread.closedAt,
    createdAt: thread.createdAt,
    updatedAt: thread.updatedAt,
    author: () => actorNode(world, thread.author),
    repository: () => repositoryNode(repository),
    labels: (page: PageArguments) => connection(thread.labels, page, labelNode),
    assignees: (page: PageArguments) => connection(thread.assignees, page, (user) => actorNode(world, user)),
  };
}

function issueNode(issue: Issue): object {
  return {
    ...threadFields(issue),
    __typename: "Issue",
    id: issue.issueNodeId,
    databaseId: issue.issueId,
    fullDatabaseId: String(issue.issueId),
    url: `${repositoryHtmlUrl(issue.repository)}/issues/${issue.number}`,
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
    timelineItems: (listed: ListedEvents) => timelineItems(issue, listed, ISSUE_EVENTS),
    closedByPullRequestsReferences: (page: PageArguments & { includeClosedPrs?: boolean }) => {
      const closing = [...issue.repository.pulls.values()].filter((pull) => {
        return (pull.state === "open" || pull.merged || page.includeClosedPrs) && pull.closingIssues.includes(issue);
      });
      return connection(closing, page, pullRequestNode);
    },
  };
}

type ListedEvents = PageArguments & { readonly itemTypes?: readonly string[] };

/** Only the nodes need bounds: a count can be asked for by itself. */
function timelineItems(thread: Thread, { itemTypes, ...page }: ListedEvents, nodes: TimelineNodes): object {
  const shown = thread.timeline.filter(({ event }) => {
    const type = nodes[event]?.type;
    return type !== undefined && (itemTypes?.includes(type) ?? true);
  });
  const node = (event: TimelineEvent) => ({
    id: nodeId("TE", event.id),
    createdAt: event.createdAt,
    actor: () => actorNode(thread.world, event.actor),
    ...nodes[event.event]?.show(event),
  });
  const listed = () => connection(shown, page, node);
  return { totalCount: shown.length, nodes: () => listed().nodes, pageInfo: () => listed().pageInfo };
}

/** How GraphQL shows the events of a timeline that it lists, by the name that REST gives them. */
type TimelineNodes = {
  readonly [Name in TimelineEvent["event"]]?: {
    readonly type: string;
    readonly show: (event: TimelineEvent) => { readonly __typename: string; readonly [field: string]: unknown };
  };
};

const ISSUE_EVENTS: TimelineNodes = {
  closed: {
    type: "CLOSED_EVENT",
    show: ({ closer, stateReason }) => ({
      __typename: "ClosedEvent",
      stateReason: stateReason?.toUpperCase() ?? null,
      closer: () => {
        if (closer === undefined) return null;
        return "sha" in closer ? commitNode(closer) : pullRequestNode(closer);
      },
    }),
  },
  reopened: {
    type: "REOPENED_EVENT",
    show: ({ stateReason }) => ({ __typename: "ReopenedEvent", stateReason: stateReason?.toUpperCase() ?? null }),
  },
};

const PULL_EVENTS: TimelineNodes = {
  review_dismissed: {
    type: "REVIEW_DISMISSED_EVENT",
    show: ({ dismissed }) => ({
      __typename: "ReviewDismissedEvent",
      dismissalMessage: dismissed?.message ?? null,
      previousReviewState: dismissed?.state.toUpperCase(),
      review: () => dismissed && reviewNode(dismissed.review),
    }),
  },
  base_ref_changed: {
    type: "BASE_REF_CHANGED_EVENT",
    show: ({ rebased }) => ({
      __typename: "BaseRefChangedEvent",
      previousRefName: rebased?.from,
      currentRefName: rebased?.to,
    }),
  },
  labeled: {
    type: "LABELED_EVENT",
    show: ({ label }) => ({ __typename: "LabeledEvent", label: () => label && labelNode(label) }),
  },
  head_ref_force_pushed: {
    type: "HEAD_REF_FORCE_PUSHED_EVENT",
    show: ({ forced }) => ({
      __typename: "HeadRefForcePushedEvent",
      beforeCommit: () => commitNode(forced?.before),
      afterCommit: () => commitNode(forced?.after),
    }),
  },
  automatic_base_change_succeeded: {
    type: "AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT",
    show: ({ rebased }) => ({
      __typename: "AutomaticBaseChangeSucceededEvent",
      oldBase: rebased?.from,
      newBase: rebased?.to,
    }),
  },
};

function pullRequestNode(pull: PullRequest): object {
  const { world } = pull;
  const mergeCommit = pull.repository.git.commits.get(pull.mergeCommitSha ?? "");
  return {
    ...threadFields(pull),
    __typename: "PullRequest",
    id: pull.nodeId,
    fullDatabaseId: String(pull.id),
    url: `${repositoryHtmlUrl(pull.repository)}/pull/${pull.number}`,
    state: pull.merged ? "MERGED" : pull.state.toUpperCase(),
    lastEditedAt: pull.lastEditedAt,
    isDraft: pull.draft,
    isCrossRepository: pull.headRepository !== pull.repository,
    merged: pull.merged,
    mergedAt: pull.mergedAt,
    mergedBy: () => (pull.mergedBy === null ? null : actorNode(world, pull.mergedBy)),
    mergeCommit: commitNode(mergeCommit),
    mergeable: pull.state === "closed" ? "UNKNOWN" : pull.mergeable ? "MERGEABLE" : "CONFLICTING",
    headRepository: () => repositoryNode(pull.headRepository),
    headRefName: pull.headBranch,
    headRefOid: pull.headSha,
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    reviewDecision: () => reviewDecision(pull),
    reviews: (page: PageArguments) => connection(pull.reviews, page, reviewNode),
    timelineItems: (listed: ListedEvents) => timelineItems(pull, listed, PULL_EVENTS),
    commits: (page: PageArguments) =>
      connection(pull.commits, page, (commit) => ({ id: commit.nodeId, commit: commitNode(commit) })),
    closingIssuesReferences: (page: PageArguments) => connection(pull.closingIssues, page, issueNode),
  };
}

function reviewNode(review: Review): object {
  const { repository, world, number } = review.pull;
  return {
    id: review.nodeId,
    fullDatabaseId: String(review.id),
    state: review.state.toUpperCase(),
    body: review.body ?? "",
    submittedAt: review.submittedAt,
    author: () => (world.ghosts.has(review.author) ? null : actorNode(world, review.author)),
    authorCanPushToRepository: repository.mayWrite(review.author),
    commit: commitNode(repository.git.commits.get(review.commitId)),
    url: `${repositoryHtmlUrl(repository)}/pull/${number}#pullrequestreview-${review.id}`,
  };
}

function labelNode(label: Label): object {
  return { id: label.nodeId, name: label.name, color: label.color };
}

function commitNode(commit: Commit | undefined): object | null {
  if (commit === undefined) return null;
  const { nodeId: id, sha: oid, message, date: committedDate } = commit;
  return { __typename: "Commit", id, oid, message, committedDate };
}

import { buildSchema } from "graphql";

/** The part of GitHub's GraphQL schema that the sandbox knows. */
export const schema = buildSchema(/* GraphQL */ `
  scalar DateTime
  scalar URI
  scalar GitObjectID
  scalar BigInt

  enum IssueState { OPEN CLOSED }
  enum IssueStateReason { COMPLETED NOT_PLANNED REOPENED DUPLICATE }
  enum PullRequestState { OPEN CLOSED MERGED }
  enum PullRequestReviewDecision { APPROVED CHANGES_REQUESTED REVIEW_REQUIRED }
  enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
  enum MergeableState { MERGEABLE CONFLICTING UNKNOWN }

  type Query {
    repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
    rateLimit(dryRun: Boolean = false): RateLimit
    viewer: User!
  }

  type RateLimit { limit: Int! cost: Int! remaining: Int! used: Int! resetAt: DateTime! nodeCount: Int! }

  interface Actor { login: String! url: URI! avatarUrl(size: Int): URI! }
  interface RepositoryOwner { id: ID! login: String! url: URI! avatarUrl(size: Int): URI! }
  type User implements Actor & RepositoryOwner {
    id: ID!
    databaseId: Int
    login: String!
    url: URI!
    avatarUrl(size: Int): URI!
  }
  type Bot implements Actor { id: ID! databaseId: Int login: String! url: URI! avatarUrl(size: Int): URI! }
  type Organization implements Actor & RepositoryOwner {
    id: ID!
    databaseId: Int
    login: String!
    url: URI!
    avatarUrl(size: Int): URI!
  }

  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

  type Repository {
    id: ID!
    databaseId: Int
    name: String!
    nameWithOwner: String!
    url: URI!
    isPrivate: Boolean!
    isFork: Boolean!
    owner: RepositoryOwner!
    defaultBranchRef: Ref
    issue(number: Int!): Issue
    pullRequest(number: Int!): PullRequest
    issueOrPullRequest(number: Int!): IssueOrPullRequest
  }
  interface GitObject { id: ID! oid: GitObjectID! }
  type Ref { name: String! target: GitObject }
  type Commit implements GitObject { id: ID! oid: GitObjectID! message: String! committedDate: DateTime! }
  union IssueOrPullRequest = Issue | PullRequest

  type Label { id: ID! name: String! color: String! }
  type LabelConnection { nodes: [Label] totalCount: Int! pageInfo: PageInfo! }
  type UserConnection { nodes: [User] totalCount: Int! pageInfo: PageInfo! }
  type IssueConnection { nodes: [Issue] totalCount: Int! pageInfo: PageInfo! }
  type PullRequestConnection { nodes: [PullRequest] totalCount: Int! pageInfo: PageInfo! }
  type PullRequestReviewConnection { nodes: [PullRequestReview] totalCount: Int! pageInfo: PageInfo! }
  type PullRequestCommitConnection { nodes: [PullRequestCommit] totalCount: Int! pageInfo: PageInfo! }
  type PullRequestCommit { id: ID! commit: Commit! }

  enum IssueTimelineItemsItemType { CLOSED_EVENT REOPENED_EVENT }
  union Closer = Commit | PullRequest
  type ClosedEvent {
    id: ID!
    createdAt: DateTime!
    actor: Actor
    closer: Closer
    stateReason: IssueStateReason
  }
  type ReopenedEvent { id: ID! createdAt: DateTime! actor: Actor stateReason: IssueStateReason }
  union IssueTimelineItems = ClosedEvent | ReopenedEvent
  type IssueTimelineItemsConnection { nodes: [IssueTimelineItems] totalCount: Int! pageInfo: PageInfo! }

  enum PullRequestTimelineItemsItemType { REVIEW_DISMISSED_EVENT BASE_REF_CHANGED_EVENT AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT HEAD_REF_FORCE_PUSHED_EVENT LABELED_EVENT }
  type ReviewDismissedEvent {
    id: ID!
    createdAt: DateTime!
    actor: Actor
    dismissalMessage: String
    previousReviewState: PullRequestReviewState!
    review: PullRequestReview
  }
  type BaseRefChangedEvent {
    id: ID!
    createdAt: DateTime!
    actor: Actor
    currentRefName: String!
    previousRefName: String!
  }
  type AutomaticBaseChangeSucceededEvent {
    id: ID!
    createdAt: DateTime!
    actor: Actor
    newBase: String!
    oldBase: String!
  }
  type HeadRefForcePushedEvent { id: ID! createdAt: DateTime! actor: Actor beforeCommit: Commit afterCommit: Commit }
  type LabeledEvent { id: ID! createdAt: DateTime! actor: Actor label: Label! }
  union PullRequestTimelineItems =
    | LabeledEvent
    | ReviewDismissedEvent
    | BaseRefChangedEvent
    | AutomaticBaseChangeSucceededEvent
    | HeadRefForcePushedEvent
  type PullRequestTimelineItemsConnection { nodes: [PullRequestTimelineItems] totalCount: Int! pageInfo: PageInfo! }

  type Issue {
    id: ID!
    databaseId: Int
    fullDatabaseId: BigInt
    number: Int!
    title: String!
    body: String!
    url: URI!
    state: IssueState!
    stateReason: IssueStateReason
    closed: Boolean!
    closedAt: DateTime
    createdAt: DateTime!
    updatedAt: DateTime!
    author: Actor
    repository: Repository!
    labels(first: Int, after: String): LabelConnection
    assignees(first: Int, after: String): UserConnection!
    timelineItems(
      itemTypes: [IssueTimelineItemsItemType!]
      first: Int
      last: Int
      after: String
    ): IssueTimelineItemsConnection!
    closedByPullRequestsReferences(
      first: Int
      after: String
      includeClosedPrs: Boolean = false
    ): PullRequestConnection
  }

  type PullRequestReview {
    id: ID!
    fullDatabaseId: BigInt
    state: PullRequestReviewState!
    body: String!
    submittedAt: DateTime
    author: Actor
    authorCanPushToRepository: Boolean!
    commit: Commit
    url: URI!
  }

  type PullRequest {
    id: ID!
    fullDatabaseId: BigInt
    number: Int!
    title: String!
    body: String!
    url: URI!
    state: PullRequestState!
    lastEditedAt: DateTime
    isDraft: Boolean!
    isCrossRepository: Boolean!
    closed: Boolean!
    closedAt: DateTime
    createdAt: DateTime!
    updatedAt: DateTime!
    merged: Boolean!
    mergedAt: DateTime
    mergedBy: Actor
    mergeCommit: Commit
    mergeable: MergeableState!
    author: Actor
    repository: Repository!
    headRepository: Repository
    headRefName: String!
    headRefOid: GitObjectID!
    baseRefName: String!
    baseRefOid: GitObjectID!
    reviewDecision: PullRequestReviewDecision
    labels(first: Int, after: String): LabelConnection
    assignees(first: Int, after: String): UserConnection!
    reviews(first: Int, after: String): PullRequestReviewConnection
    timelineItems(
      itemTypes: [PullRequestTimelineItemsItemType!]
      first: Int
      last: Int
      after: String
    ): PullRequestTimelineItemsConnection!
    commits(first: Int, after: String): PullRequestCommitConnection!
    closingIssuesReferences(first: Int, after: String): IssueConnection
  }
`);

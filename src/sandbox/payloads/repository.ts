import type { Label as LabelPayload, RepoRef, Repository as RepositoryPayload } from "@octokit/webhooks-types";
import type { Label, Repository } from "../model/repository.js";
import { userPayload } from "./user.js";

// Most of a repository's payload never changes, and a pull request event holds it three times.
const fixedParts = new WeakMap<Repository, ReturnType<typeof fixedPart>>();

/** The API address of a repository. */
export function repositoryUrl(repository: Repository): string {
  return `${repository.world.apiUrl}/repos/${repository.fullName}`;
}

/** The address of a repository for people. */
export function repositoryHtmlUrl(repository: Repository): string {
  return `${repository.world.htmlUrl}/${repository.fullName}`;
}

/** A repository as events show it; push events differ in some fields. */
export function repositoryPayload(repository: Repository) {
  let fixed = fixedParts.get(repository);
  if (fixed === undefined) {
    fixed = fixedPart(repository);
    fixedParts.set(repository, fixed);
  }
  return {
    ...fixed,
    updated_at: repository.pushedAt,
    pushed_at: repository.pushedAt,
    open_issues_count: repository.openThreads,
    open_issues: repository.openThreads,
    forks: 0,
    forks_count: 0,
  } satisfies RepositoryPayload;
}

function fixedPart(repository: Repository) {
  const url = repositoryUrl(repository);
  const html = repositoryHtmlUrl(repository);
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: userPayload(repository.world, repository.owner),
    html_url: html,
    description: null,
    fork: repository.parent !== null,
    url,
    forks_url: `${url}/forks`,
    keys_url: `${url}/keys{/key_id}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    teams_url: `${url}/teams`,
    hooks_url: `${url}/hooks`,
    issue_events_url: `${url}/issues/events{/number}`,
    events_url: `${url}/events`,
    assignees_url: `${url}/assignees{/user}`,
    branches_url: `${url}/branches{/branch}`,
    tags_url: `${url}/tags`,
    blobs_url: `${url}/git/blobs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    trees_url: `${url}/git/trees{/sha}`,
    statuses_url: `${url}/statuses/{sha}`,
    languages_url: `${url}/languages`,
    stargazers_url: `${url}/stargazers`,
    contributors_url: `${url}/contributors`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    commits_url: `${url}/commits{/sha}`,
    git_commits_url: `${url}/git/commits{/sha}`,
    comments_url: `${url}/comments{/number}`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    merges_url: `${url}/merges`,
    archive_url: `${url}/{archive_format}{/ref}`,
    downloads_url: `${url}/downloads`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    labels_url: `${url}/labels{/name}`,
    releases_url: `${url}/releases{/id}`,
    deployments_url: `${url}/deployments`,
    created_at: repository.createdAt,
    git_url: `git://github.com/${repository.fullName}.git`,
    ssh_url: `git@github.com:${repository.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    mirror_url: null,
    archived: false,
    disabled: false,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? "private" : "public",
    watchers: 0,
    default_branch: repository.defaultBranch,
    custom_properties: {},
  } satisfies Partial<RepositoryPayload>;
}

/** A repository as check events name it. */
export function repositoryRef(repository: Repository): RepoRef {
  return { id: repository.id, url: repositoryUrl(repository), name: repository.name };
}

/** A label. */
export function labelPayload(label: Label) {
  return {
    id: label.id,
    node_id: label.nodeId,
    url: `${repositoryUrl(label.repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: "",
  } satisfies LabelPayload;
}

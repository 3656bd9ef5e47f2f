import { z } from "zod";
import { LoopForgeError, sha256, type Timestamp, timestamp } from "../../core/index.js";

/**
 * What is read of GitHub's payloads, and nothing more: a field that is not used may be missing, null or of any type.
 * Text is cut to a bound here, so that nothing larger gets further in.
 */

/** Label and check names are kept in the record: GitHub's own are shorter than this. */
const shortText = z.string().transform((text) => text.slice(0, 200).toWellFormed());
/** What makes a check the same check, and so is never cut: two that begin alike are two. Text that nobody would read is known by its hash. */
const MAX_NAME = 1000;
const wholeName = z.string().transform((text) => {
  const whole = text.toWellFormed();
  return whole.length <= MAX_NAME ? whole : `${whole.slice(0, 200).toWellFormed()}… ${sha256(whole)}`;
});
const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const webUrl = z
  .string()
  .max(2000)
  .regex(/^https?:\/\/[^\s<>"\ud800-\udfff]+$/)
  .refine((url) => URL.canParse(url));

/** GitHub's GraphQL knows numbers up to 32 bits, and its repositories none that is greater. */
const number = z
  .int()
  .positive()
  .max(2 ** 31 - 1);

const EARLIEST = Date.UTC(1970);
const LATEST = Date.UTC(9999);

const moment = z.string().transform((text, context): Timestamp => {
  const time = Date.parse(text);
  // Within these years, times are in the order of their texts.
  if (time >= EARLIEST && time <= LATEST) return timestamp(time);
  context.addIssue({ code: "custom", message: "is not a time" });
  return z.NEVER;
});

/** An app's own clock may say anything: a time that makes no sense is no time, and takes nothing else with it. */
const claimedMoment = moment.nullish().catch(null);

export const account = z.object({ id: z.int(), login: shortText, type: z.string().optional() });

const repositoryName = z
  .string()
  .regex(/^[\w.-]+\/[\w.-]+$/)
  .refine((name) => !name.split("/").some((part) => /^\.{1,2}$/.test(part)))
  .max(200);

const repository = z
  .object({ id: z.int(), default_branch: z.string().nullish().catch(null), full_name: repositoryName })
  .transform(({ id, full_name, default_branch: defaultBranch }) => ({
    id,
    name: full_name,
    ...(defaultBranch ? { defaultBranch } : {}),
  }));

/** GitHub's API may give a label by its name alone. */
const label = z.union([
  z.object({ name: shortText }),
  shortText.transform((name) => ({ name })),
  z.unknown().transform(() => null),
]);

const issue = z.object({
  number,
  state: z.enum(["open", "closed"]).optional(),
  html_url: webUrl,
  user: account.nullish(),
  labels: z.array(label).nullish(),
  assignees: z.array(z.unknown()).nullish(),
  assignee: z.unknown().optional(),
  updated_at: moment,
  closed_at: moment.nullish(),
  created_at: moment,
  // GitHub's payloads do not say what closed it: what is read of its timeline does.
  closed_by_merge: z.boolean().nullish().catch(null),
});

const pullRequest = z.object({
  number,
  state: z.enum(["open", "closed"]),
  html_url: webUrl,
  user: account.nullish(),
  body: z.string().nullish(),
  draft: z.boolean().nullish(),
  created_at: moment,
  updated_at: moment,
  closed_at: moment.nullish(),
  merged: z.boolean().nullish(),
  merged_at: moment.nullish(),
  merged_by: account.nullish(),
  merge_commit_sha: sha.nullish(),
  labels: z.array(label).nullish(),
  // GitHub's payloads do not say since when the head and the base are so: what is read from its API says it where it can.
  head: z.object({
    ...{ sha, ref: shortText.nullish(), since: moment.nullish() },
    repo: z.object({ id: z.int() }).nullish(),
  }),
  base: z.object({
    ...{ ref: shortText, sha: sha.nullish().catch(null), since: moment.nullish() },
    repo: z.object({ default_branch: shortText.nullish() }).nullish().catch(null),
  }),
  requested_reviewers: z.array(z.unknown()).nullish(),
  requested_teams: z.array(z.unknown()).nullish(),
  // Nor which checks there are: what is read says whether there were any.
  has_checks: z.boolean().nullish(),
});

const app = z.object({ id: z.int(), name: shortText, slug: shortText.nullish() }).nullish().catch(null);

const checkRun = z.object({
  id: z.int(),
  name: wholeName,
  head_sha: sha,
  status: z.string(),
  conclusion: shortText.nullish(),
  started_at: claimedMoment,
  completed_at: claimedMoment,
  html_url: webUrl.nullish().catch(null),
  external_id: z.string().nullish().catch(null),
  check_suite: z
    .object({
      id: z.int().nullish().catch(null),
      status: z.string().nullish().catch(null),
      conclusion: shortText.nullish().catch(null),
      updated_at: claimedMoment,
    })
    .nullish()
    .catch(null),
  app,
});

const checkSuite = z.object({
  id: z.int(),
  head_sha: sha,
  status: z.string().nullish(),
  conclusion: shortText.nullish(),
  latest_check_runs_count: z.int().nullish(),
  updated_at: claimedMoment,
  app,
});

const review = z.object({
  id: z.int(),
  user: account.nullish(),
  state: z.string().toLowerCase(),
  commit_id: sha.nullish().catch(null),
  submitted_at: moment.nullish(),
  // GitHub's payloads and lists do not say when it was dismissed: what is read of its timeline does.
  dismissed_at: moment.nullish(),
  // Nor for which commit and base a review was given that nobody heard of.
  untold: z.boolean().nullish(),
  author_association: z.string().nullish(),
  html_url: webUrl,
});

const envelope = { repository, sender: account.nullish() };

const status = z.object({
  id: z.int(),
  sha,
  context: wholeName,
  creator: account.nullish().catch(null),
  state: z.enum(["pending", "success", "failure", "error"]),
  target_url: webUrl.nullish().catch(null),
  updated_at: moment,
});

const mergeGroup = z.object({
  head_sha: sha,
  head_ref: z.string().max(500),
  head_commit: z.object({ timestamp: moment.nullish() }).nullish(),
});

const comment = z.object({
  id: z.int(),
  html_url: webUrl,
  body: z.string().transform((text) => text.slice(0, 65_536).toWellFormed()),
  user: account.nullish(),
  created_at: moment,
  performed_via_github_app: z.object({ id: z.int() }).nullish().catch(null),
});

/** Where an issue was moved to. */
const moved = z.object({ new_issue: z.object({ html_url: webUrl }).nullish() }).nullish();

/** GitHub's words for why something happened, such as `MANUAL`. */
const reason = shortText.nullish();

/** What every event of a repository has. */
export const envelopePayload = z.object(envelope);
export const issuesPayload = z.object({
  ...envelope,
  action: z.string(),
  issue,
  assignee: account.nullish().catch(null),
  changes: moved.catch(null),
});
export const pullRequestPayload = z.object({
  ...envelope,
  action: z.string(),
  pull_request: pullRequest,
  before: sha.nullish().catch(null),
  assignee: account.nullish().catch(null),
  label: z.object({ name: shortText }).nullish().catch(null),
  changes: z
    .object({
      body: z.object({ from: z.string() }).nullish(),
      base: z
        .object({ ref: z.object({ from: z.string() }) })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
  reason: reason.catch(null),
});
export const statusPayload = status.extend({ ...envelope });
export const mergeGroupPayload = z.object({ ...envelope, action: z.string(), merge_group: mergeGroup, reason });
export const commentPayload = z.object({
  ...envelope,
  action: z.string(),
  comment,
  issue: issue.extend({ pull_request: z.object({}).nullish() }),
});
export const repositoryPayload = z.object({ ...envelope, action: z.string() });
export const checkRunPayload = z.object({ ...envelope, action: z.string(), check_run: checkRun });
export const checkSuitePayload = z.object({ ...envelope, action: z.string(), check_suite: checkSuite });
export const reviewPayload = z.object({ ...envelope, action: z.string(), review, pull_request: pullRequest });

/** A push's repository has its times in seconds since 1970. */
const secondsOrMoment = z.union([
  moment,
  z.int().transform((seconds, context): Timestamp => {
    const time = seconds * 1000;
    if (time >= EARLIEST && time <= LATEST) return timestamp(time);
    context.addIssue({ code: "custom", message: "is not a time" });
    return z.NEVER;
  }),
]);
const pushedRepository = z
  .object({
    id: z.int(),
    full_name: repositoryName,
    default_branch: z.string().nullish().catch(null),
    pushed_at: secondsOrMoment.nullish().catch(null),
  })
  .transform(({ id, full_name: name, default_branch: defaultBranch, pushed_at: pushedAt = null }) => ({
    id,
    name,
    pushedAt,
    ...(defaultBranch ? { defaultBranch } : {}),
  }));
const fileNames = z.array(z.string()).nullish();
const pushedCommit = z
  .object({ added: fileNames, modified: fileNames, removed: fileNames })
  .transform(({ added, modified, removed }) => ({ files: [added, modified, removed].flatMap((names) => names ?? []) }));
export const pushPayload = z.object({
  ref: z.string(),
  after: sha,
  deleted: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  commits: z.array(pushedCommit),
  repository: pushedRepository,
  sender: account.nullish(),
});

export type MergeGroupPayload = z.infer<typeof mergeGroupPayload>;
export type CommentPayload = z.infer<typeof commentPayload>;
export type IssuePayload = z.infer<typeof issuesPayload>["issue"];
export type PullRequestPayload = z.infer<typeof pullRequestPayload>["pull_request"];

/** @throws LoopForgeError `invalid_payload`, naming the first field that is missing or not as GitHub documents it. */
export function parsePayload<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [problem] = parsed.error.issues;
  const where = problem?.path.join(".") || "payload";
  throw new LoopForgeError(
    "invalid_payload",
    `The payload cannot be read: ${where}: ${problem?.message ?? "not valid"}`,
  );
}

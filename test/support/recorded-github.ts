import { Hono } from "hono";
import type { RecordedSuite } from "./recorded.js";
import { newestSuite } from "./recorded-judge.js";
import { lastWords, type RecordedWorld, type WorldPull } from "./recorded-world.js";

/** A comment that the App wrote. */
export interface WrittenComment {
  readonly id: number;
  /** Of the pull request: `owner/name#number`. */
  readonly on: string;
  readonly body: string;
  readonly user: { readonly type: "Bot" };
}

/** A check run that the App wrote. */
export interface WrittenRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
}

export interface RecordedGithub {
  /** Answers as GitHub would at the end of the recording. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly comments: ReadonlyMap<number, WrittenComment>;
  readonly checkRuns: ReadonlyMap<number, WrittenRun>;
  /** What it was asked that nothing in the recording answers: none of it should have been. */
  readonly unknown: readonly string[];
}

export interface RecordedGithubOptions {
  readonly appId: number;
  /** Tells until when a token is good. */
  readonly authClock: () => Date;
}

const NOT_FOUND = { message: "Not Found" };

const REPO = "/repos/:owner/:name";

/** What is asked for, and what no repository of the recording has. */
const ABSENT = ["contents/:path", "collaborators/:user/permission", "issues/:number"];

/**
 * A GitHub whose answers are the recording's own payloads: a pull request with its reviews, the checks of a commit, each as the last
 * delivery about it shows it. It keeps what the App writes, and shows that too.
 */
export function recordedGithub(world: RecordedWorld, { appId, authClock }: RecordedGithubOptions): RecordedGithub {
  const comments = new Map<number, WrittenComment>();
  const checkRuns = new Map<number, WrittenRun>();
  const unknown: string[] = [];
  const github = new Hono();

  github.get("/repos/:owner/:repo/installation", (c) => c.json({ id: 1 }));
  github.post("/app/installations/:id/access_tokens", (c) => {
    const expires = new Date(authClock().getTime() + 60 * 60 * 1000).toISOString();
    return c.json({ token: `ghs_${c.req.param("id")}`, expires_at: expires, permissions: {} }, 201);
  });
  github.post("/graphql", async (c) => {
    const { variables } = await c.req.json<{ variables: { owner: string; name: string; number: number } }>();
    if (!pullAt(world, variables)) return c.json({ data: null, errors: [{ type: "NOT_FOUND", message: "Not found" }] });
    return c.json({ data: { repository: { pullRequest: { closingIssuesReferences: { nodes: [] } } } } });
  });

  github.get(`${REPO}/pulls/:number`, (c) => {
    const found = pullAt(world, c.req.param());
    return found ? c.json(found.pull) : c.json(NOT_FOUND, 404);
  });
  github.get(`${REPO}/pulls/:number/reviews`, (c) => {
    const reviews = lastWords(pullAt(world, c.req.param())?.reviews ?? []);
    // The API shouts what deliveries say.
    return c.json(reviews.map((review) => ({ ...review, state: review.state.toUpperCase() })));
  });
  // The recording does not say who made them.
  github.get(`${REPO}/pulls/:number/commits`, (c) => c.json([]));
  github.get(`${REPO}/commits/:sha/check-runs`, (c) => {
    const sha = c.req.param("sha");
    const own = [...checkRuns.values()].filter((run) => run.head_sha === sha);
    // Of a run's suite, the API tells no more than which it is.
    const seen = lastWords(world.runsOf(sha)).map((run) => ({ ...run, check_suite: { id: run.check_suite.id } }));
    const check_runs = [...seen, ...own];
    return c.json({ total_count: check_runs.length, check_runs });
  });
  github.get(`${REPO}/commits/:sha/check-suites`, (c) => {
    const check_suites = suitesOf(world, c.req.param("sha"));
    return c.json({ total_count: check_suites.length, check_suites });
  });
  github.get(`${REPO}/commits/:sha/statuses`, (c) => {
    return c.json(
      world
        .statusesOf(c.req.param("sha"))
        .map(({ said }) => said)
        .reverse(),
    );
  });
  for (const path of ABSENT) github.get(`${REPO}/${path}`, (c) => c.json(NOT_FOUND, 404));

  github.get(`${REPO}/issues/:number/comments`, (c) => {
    return c.json([...comments.values()].filter(({ on }) => on === placeOf(c.req.param())));
  });
  github.post(`${REPO}/issues/:number/comments`, async (c) => {
    const { body } = await c.req.json<{ body: string }>();
    const by = { user: { type: "Bot" }, performed_via_github_app: { id: appId } } as const;
    const comment = { id: comments.size + 1, on: placeOf(c.req.param()), body, ...by };
    comments.set(comment.id, comment);
    return c.json(comment, 201);
  });
  github.patch(`${REPO}/issues/comments/:id`, async (c) => {
    const known = comments.get(Number(c.req.param("id")));
    if (!known) return c.notFound();
    const edited = { ...known, ...(await c.req.json<{ body: string }>()) };
    comments.set(known.id, edited);
    return c.json(edited);
  });
  github.post(`${REPO}/check-runs`, async (c) => {
    const at = authClock().toISOString();
    const id = checkRuns.size + 1;
    const made = { id, app: { id: appId, name: "LoopForge" }, check_suite: { id }, started_at: at, completed_at: at };
    const run = { ...made, ...(await c.req.json<{ name: string; head_sha: string }>()) };
    checkRuns.set(id, run);
    return c.json(run, 201);
  });
  github.patch(`${REPO}/check-runs/:id`, async (c) => {
    const known = checkRuns.get(Number(c.req.param("id")));
    if (!known) return c.notFound();
    const edited = { ...known, ...(await c.req.json<object>()) };
    checkRuns.set(known.id, edited);
    return c.json(edited);
  });

  github.notFound((c) => {
    unknown.push(`${c.req.method} ${c.req.path}`);
    return c.json(NOT_FOUND, 404);
  });
  return { fetch: async (request) => github.fetch(request), comments, checkRuns, unknown };
}

/** The suites of a commit as they are in the end. GitHub counts late: one that has just completed says of itself that it is empty. */
function suitesOf(world: RecordedWorld, sha: string): readonly RecordedSuite[] {
  const runs = lastWords(world.runsOf(sha));
  return world.suitesOf(sha).flatMap((words) => {
    const suite = newestSuite(words);
    if (!suite) return [];
    const names = new Set(runs.filter(({ check_suite }) => check_suite.id === suite.id).map(({ name }) => name));
    const said = words.map(({ said: { latest_check_runs_count } }) => latest_check_runs_count ?? 0);
    return [{ ...suite, latest_check_runs_count: Math.max(names.size, ...said) }];
  });
}

interface PullPlace {
  readonly owner: string;
  readonly name: string;
  readonly number: string | number;
}

function pullAt({ pulls }: RecordedWorld, { owner, name, number }: PullPlace): WorldPull | undefined {
  return pulls.find(({ repoName, pull }) => repoName === `${owner}/${name}` && pull.number === Number(number));
}

function placeOf({ owner, name, number }: PullPlace): string {
  return `${owner}/${name}#${number}`;
}

import { z } from "zod";
import { GitHubError, notFound, unprocessable } from "../errors.js";
import type { CheckConclusion, CheckRun, CheckRunUpdate } from "../model/check-run.js";
import type { CheckSuite } from "../model/check-suite.js";
import type { Repository } from "../model/repository.js";
import { checkRunPayload } from "../payloads/check-run.js";
import { checkSuitePayload } from "../payloads/check-suite.js";
import { type Api, type ApiRequest, created, type Data, ok } from "./api.js";
import { appData } from "./app-data.js";
import { page } from "./pages.js";
import { repositoryData } from "./repositories.js";

const CONCLUSIONS = [
  "success",
  "failure",
  "neutral",
  "cancelled",
  "timed_out",
  "action_required",
  "stale",
  "skipped",
] as const;

const CHANGES = {
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  started_at: z.string().optional(),
  conclusion: z.enum(CONCLUSIONS).optional(),
  completed_at: z.string().optional(),
  output: z
    .object({
      title: z.string().optional(),
      summary: z.string(),
      text: z.string().optional(),
      annotations: z.array(z.unknown()).optional(),
    })
    .optional(),
};
const CREATE = z.object({ name: z.string(), head_sha: z.string(), ...CHANGES });
const UPDATE = z.object({ name: z.string().optional(), ...CHANGES });

/** Check runs, which only the App that made them may change, and check suites. */
export function checkRoutes(api: Api): void {
  api.repositoryRoute("POST", "/check-runs", async (request) => {
    const { repository } = request;
    const asked = await request.body(CREATE);
    if (!repository.git.commits.has(asked.head_sha)) throw unprocessable(`No commit found for SHA: ${asked.head_sha}`);
    const suite = repository.checkSuite(api.app, asked.head_sha, api.app.bot);
    return created(checkRunData(suite.createRun({ ...changes(asked), name: asked.name, by: request.by })));
  });
  api.repositoryRoute("PATCH", "/check-runs/:id", async (request) => {
    const run = runOf(request.repository, request.id("id"));
    if (run.suite.app.id !== api.app.id) {
      const reason = "check run can only be modified by the GitHub App that created it.";
      throw new GitHubError(403, `Invalid app_id \`${api.app.id}\` - ${reason}`);
    }
    const asked = await request.body(UPDATE);
    return ok(
      checkRunData(run.update({ ...changes(asked), ...(asked.name === undefined ? {} : { name: asked.name }) })),
    );
  });
  api.repositoryRoute("GET", "/check-runs/:id", ({ repository, id }) => ok(checkRunData(runOf(repository, id("id")))));
  api.repositoryRoute("GET", "/check-suites/:id", ({ repository, id }) => {
    return ok(checkSuiteData(suiteOf(repository, id("id"))));
  });
  api.repositoryRoute("GET", "/check-suites/:id/check-runs", (request) => {
    const suite = suiteOf(request.repository, request.id("id"));
    return page(request, wantedRuns([suite], request), checkRunData, (check_runs, total_count) => ({
      total_count,
      check_runs,
    }));
  });
}

/** The runs of some suites that a request asks for: the latest of each name unless it says all. */
export function wantedRuns(suites: readonly CheckSuite[], request: ApiRequest): CheckRun[] {
  const name = request.query("check_name");
  const status = request.query("status");
  return suites
    .flatMap((suite) => (request.query("filter") === "all" ? suite.runs : suite.latestRuns))
    .filter((run) => (name === undefined || run.name === name) && (status === undefined || run.status === status))
    .toSorted((a, b) => b.id - a.id);
}

/** The published type has forgotten that a run can be stale. */
type CheckRunData = Omit<Data<"checks", "get">, "conclusion"> & { conclusion: CheckConclusion | null };

/** A check run as the API shows it. */
export function checkRunData(run: CheckRun): CheckRunData {
  const payload = checkRunPayload(run);
  const { suite } = run;
  return {
    id: run.id,
    node_id: run.nodeId,
    head_sha: suite.headSha,
    external_id: run.externalId,
    url: payload.url,
    html_url: payload.html_url,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...payload.output, title: run.output.title },
    name: run.name,
    check_suite: { id: suite.id },
    app: suiteApp(suite),
    pull_requests: payload.pull_requests,
  };
}

/** A check suite as the API shows it. */
export function checkSuiteData(suite: CheckSuite): Data<"checks", "getSuite"> {
  const { head_commit, ...payload } = checkSuitePayload(suite);
  return {
    ...payload,
    status: suite.status,
    app: suiteApp(suite),
    repository: repositoryData(suite.repository),
    head_commit: {
      ...head_commit,
      author: { name: head_commit.author.name, email: head_commit.author.email ?? "" },
      committer: { name: head_commit.committer.name, email: head_commit.committer.email ?? "" },
    },
  };
}

function suiteApp({ app, repository: { world } }: CheckSuite) {
  return world.appOmitted ? null : appData(world, app);
}

function changes(asked: z.infer<typeof UPDATE>): CheckRunUpdate {
  const { output } = asked;
  return {
    ...(asked.status === undefined ? {} : { status: asked.status }),
    ...(asked.conclusion === undefined ? {} : { conclusion: asked.conclusion }),
    ...(asked.details_url === undefined ? {} : { detailsUrl: asked.details_url }),
    ...(asked.external_id === undefined ? {} : { externalId: asked.external_id }),
    ...(asked.started_at === undefined ? {} : { startedAt: asked.started_at }),
    ...(asked.completed_at === undefined ? {} : { completedAt: asked.completed_at }),
    ...(output === undefined
      ? {}
      : {
          output: {
            summary: output.summary,
            ...(output.title === undefined ? {} : { title: output.title }),
            ...(output.text === undefined ? {} : { text: output.text }),
            ...(output.annotations === undefined ? {} : { annotations: output.annotations }),
          },
        }),
  };
}

function runOf(repository: Repository, id: number): CheckRun {
  const run = repository.checkRuns.get(id);
  if (run === undefined) throw notFound();
  return run;
}

function suiteOf(repository: Repository, id: number): CheckSuite {
  const suite = repository.checkSuites.get(id);
  if (suite === undefined) throw notFound();
  return suite;
}

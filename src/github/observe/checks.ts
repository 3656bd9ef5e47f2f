import type { z } from "zod";
import type { Check, Timestamp } from "../../core/index.js";
import { OWN_MARK } from "../own-mark.js";
import type { checkRunPayload, checkSuitePayload } from "./payload.js";
import type { Lookout, Observer, Repo, Sighting } from "./sighting.js";

interface App {
  readonly id: number;
  readonly name: string;
  readonly slug?: string | null | undefined;
}

/** Some old check suites name no app. */
const UNKNOWN_APP: App = { id: 0, name: "unknown" };

/**
 * `check_run.*`: one check of a commit. The status in the payload counts, not the action and not the order of arrival: `completed`
 * overtakes `created` in half of all runs.
 */
export const observeCheckRun: Observer<z.infer<typeof checkRunPayload>> = (
  { action, check_run: run, repository: repo },
  lookout,
) => {
  const app = run.app ?? UNKNOWN_APP;
  // GitHub may leave the app out: this App's runs carry a mark.
  if (isOwn(app, lookout) || run.external_id?.startsWith(OWN_MARK)) return null;
  const completed = run.status === "completed";
  const check: Check = {
    kind: "run",
    appId: app.id,
    ...(app.slug ? { app: app.slug } : {}),
    suiteId: run.check_suite?.id ?? 0,
    name: run.name,
    id: run.id,
    conclusion: completed ? (run.conclusion ?? "neutral") : null,
    asOf: run.started_at ?? null,
    completedAt: completed ? (run.completed_at ?? null) : null,
    url: run.html_url ?? null,
    ...(action === "created" && !lookout.isRead ? { made: true } : {}),
  };
  const { id, updated_at: updatedAt, ...suite } = run.check_suite ?? {};
  const checks = id && updatedAt ? [check, suiteCheck(app, { id, ...suite }, updatedAt)] : [check];
  // Somebody wants it to run again: what it says is what it had said before.
  return sighting(check, checks, app, run.head_sha, repo, action === "rerequested");
};

/** `check_suite.completed`: says something only where the suite is not empty. */
export const observeCheckSuite: Observer<z.infer<typeof checkSuitePayload>> = (
  { check_suite: suite, repository: repo },
  lookout,
) => {
  const app = suite.app ?? UNKNOWN_APP;
  const check = suiteCheck(app, suite, suite.updated_at ?? null);
  const isEmpty = suite.latest_check_runs_count === 0;
  // A suite at work says something in a read of the API only: how far its runs have come.
  const saysNothing = check.conclusion === null && !lookout.isRead;
  if (isOwn(app, lookout) || isEmpty || saysNothing) return null;
  return sighting(check, [check], app, suite.head_sha, repo);
};

function suiteCheck(
  app: App,
  suite: {
    readonly id: number;
    readonly status?: string | null | undefined;
    readonly conclusion?: string | null | undefined;
  },
  updatedAt: Timestamp | null,
): Check {
  const conclusion = suite.status === "completed" ? (suite.conclusion ?? null) : null;
  return {
    kind: "suite",
    appId: app.id,
    ...(app.slug ? { app: app.slug } : {}),
    suiteId: suite.id,
    name: app.name,
    id: suite.id,
    conclusion,
    asOf: updatedAt,
    completedAt: conclusion === null ? null : updatedAt,
    url: null,
  };
}

/** A check of this App is what it says about CI, not CI. */
function isOwn(app: App, { appId }: Lookout): boolean {
  return app.id === appId;
}

/** Whoever pushed is the sender of all that CI does: what is recorded as its cause is the app that reported. */
function sighting(
  check: Check,
  checks: readonly Check[],
  app: App,
  sha: string,
  repo: Repo,
  isRepeated = false,
): Sighting {
  return {
    subject: { kind: "commit", repo, sha },
    observation: {
      cause: "ci.reported",
      occurredAt: check.completedAt ?? check.asOf,
      people: [],
      news: { checks: { repoId: repo.id, sha, checks, ...(isRepeated ? { isRepeated: true } : {}) } },
      evidence: {
        app: app.slug ?? app.name,
        check: check.name,
        conclusion: check.conclusion,
        sha,
        ...(check.url ? { url: check.url } : {}),
      },
    },
  };
}

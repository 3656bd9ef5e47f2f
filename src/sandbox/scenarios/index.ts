import { adopted } from "./adopted.js";
import { approvedEarly } from "./approved-early.js";
import { changesRequested } from "./changes-requested.js";
import { closedByCommit } from "./closed-by-commit.js";
import { crowded } from "./crowded.js";
import { dequeued } from "./dequeued.js";
import { dismissed } from "./dismissed.js";
import { forced } from "./forced.js";
import { forked } from "./forked.js";
import { ghost } from "./ghost.js";
import { greenInPlace } from "./green-in-place.js";
import { hasty } from "./hasty.js";
import { ignoredCheck } from "./ignored-check.js";
import { issueReopened } from "./issue-reopened.js";
import { issueRestarted } from "./issue-restarted.js";
import { issueless } from "./issueless.js";
import { landed } from "./landed.js";
import { lateFailure } from "./late-failure.js";
import { noCi } from "./no-ci.js";
import { pullReopened } from "./pull-reopened.js";
import { pushedAfterApproval } from "./pushed-after-approval.js";
import { queueCi } from "./queue-ci.js";
import { queued } from "./queued.js";
import { reapproved } from "./reapproved.js";
import { redInPlace } from "./red-in-place.js";
import { release } from "./release.js";
import { relinked } from "./relinked.js";
import { replaced } from "./replaced.js";
import { requiredCheck } from "./required-check.js";
import { rerun } from "./rerun.js";
import { rerunInPlace } from "./rerun-in-place.js";
import { restarted } from "./restarted.js";
import { reusedRun } from "./reused-run.js";
import { reviewed } from "./reviewed.js";
import { reworked } from "./reworked.js";
import type { Scenario } from "./scenario.js";
import { stacked } from "./stacked.js";
import { statuses } from "./statuses.js";
import { strict } from "./strict.js";
import { twoIssues } from "./two-issues.js";
import { unapproved } from "./unapproved.js";

/** The lives of a change that the demo plays, in its order. */
export const SCENARIOS: readonly Scenario[] = [reviewed, reworked, forced];

/** Every life of a change that is known here, the demo's first. */
export const ALL_SCENARIOS: readonly Scenario[] = [
  ...SCENARIOS,
  ...[pushedAfterApproval, reapproved, approvedEarly, dismissed, changesRequested],
  ...[statuses, rerun, hasty, lateFailure],
  ...[pullReopened, replaced, twoIssues, issueless, relinked, adopted, issueReopened],
  ...[queued, dequeued, landed, forked],
  ...[rerunInPlace, redInPlace, greenInPlace, reusedRun],
  ...[queueCi, restarted, issueRestarted, stacked, release, crowded(4), ghost, closedByCommit],
  ...[unapproved, noCi, requiredCheck, ignoredCheck, strict],
];

export type { Scenario, Stage } from "./scenario.js";
export { setStage } from "./stage.js";
export { crowded, forced, reviewed, reworked };

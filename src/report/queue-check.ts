import type { RecordHead } from "../core/index.js";
import type { CheckRunReport } from "./check-run-report.js";
import { asCode } from "./markdown.js";
import { CHECK_NAME, stateName } from "./text.js";

/** What is known of the pull request whose trial merge a merge queue asks about. */
export interface QueueCheckView {
  /** Null where the group does not say which pull request it is for. */
  readonly number: number | null;
  readonly heads: readonly RecordHead[];
  readonly isReady: boolean;
  /** The gates that object to a merge of its head. */
  readonly objecting: readonly string[];
  readonly mode: "observe" | "enforce";
}

/** The check run on a merge queue's trial merge: it says what is so, and blocks only where the team wants it to. */
export function renderQueueCheck({ number, heads, isReady, objecting, mode }: QueueCheckView): CheckRunReport {
  const pull = number === null ? "A pull request" : `#${number}`;
  const isBlocked = objecting.length > 0;
  const title = isBlocked
    ? `${pull} is blocked by a gate`
    : isReady
      ? `${pull} was ready when it entered the queue`
      : `${pull} was not known to be ready`;
  const stands = heads.map((head) => `- ${asCode(head.ref)}: **${stateName(head.state)}**`);
  const summary = [
    "This is the merge queue's trial merge. Its own checks decide whether it is merged; this one says how the pull request stands.",
    ...(isBlocked ? [`It is blocked by ${objecting.map((gate) => asCode(gate, 60)).join(", ")}.`] : []),
    stands.length > 0 ? stands.join("\n") : "LoopForge has no record of it.",
    mode === "observe" ? "LoopForge observes here: it never blocks the queue." : "LoopForge enforces here.",
  ].join("\n\n");
  const blocked = mode === "enforce" ? "failure" : "neutral";
  return { name: CHECK_NAME, conclusion: isReady && !isBlocked ? "success" : blocked, title, summary };
}

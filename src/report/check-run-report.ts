import type { Annotation } from "../hook.js";
import type { Conclusion } from "./conclusion.js";

/** GitHub takes fifty annotations at a time, and nobody reads more. */
export const MAX_ANNOTATIONS = 50;

/** A check run that has ended. */
export interface CheckRunReport {
  readonly name: string;
  readonly conclusion: NonNullable<Conclusion>;
  readonly title: string;
  /** GitHub-flavoured Markdown. */
  readonly summary: string;
  readonly annotations?: readonly Annotation[];
  /** Buttons on it. */
  readonly actions?: readonly Action[];
}

/** One that is still under way. */
export interface RunningCheckRunReport extends Omit<CheckRunReport, "conclusion"> {
  readonly conclusion: null;
}

export type AnyCheckRunReport = CheckRunReport | RunningCheckRunReport;

/**
 * A button on a check run: its words have at most 20 characters, what it does 40, and the name by which it comes back 20.
 * @see https://docs.github.com/rest/checks/runs
 */
export interface Action {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

import type { Entry, LoopRecord, RecordHead } from "./core/index.js";

/**
 * Code of yours that runs after a transition was committed. It may return a result to publish. It cannot break, delay past its
 * timeout, or reorder a transition: what it throws is logged.
 */
export type TransitionHook<State extends string = string> = (
  record: LoopRecord<State>,
  previousState: State,
  newState: State,
  trigger: string,
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
) => void | HookResult | Promise<void | HookResult>;

/** What a hook has to say about a transition, for the pull request. */
export interface HookResult {
  readonly title: string;
  /** GitHub-flavoured Markdown. */
  readonly summary: string;
  readonly conclusion: "success" | "failure" | "neutral" | "action_required";
  /** Remarks at lines of files; GitHub shows them in the list of changes, so that they need `publish: "check_run"`. At most 50 count. */
  readonly annotations?: readonly Annotation[];
  /** Where it is shown: a section of the audit comment (the default), or a check run of its own. */
  readonly publish?: "comment" | "check_run";
}

/** A remark at a line of a file. */
export interface Annotation {
  /** From the repository's root. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export type HookOutcome =
  | { readonly hook: string; readonly status: "done"; readonly result: HookResult | null }
  | { readonly hook: string; readonly status: "failed" | "timed_out"; readonly error: string };

/**
 * Told of every commit to a record, with the entries that it added, those that move nothing among them. Called after the commit, before
 * the hooks; it does not throw, and answers at once: what takes time it does for itself.
 */
export type EntryListener = (head: RecordHead, entries: readonly Entry[]) => void | Promise<void>;

/** Where LoopForge reports what went wrong without anybody's fault but a hook's or a peer's. A pino logger is one. */
export interface Logger {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Runs the hooks of one transition side by side, each for at most `timeoutMs`. Never rejects. */
export async function runHooks<State extends string>(
  hooks: readonly TransitionHook<State>[],
  transition: Parameters<TransitionHook<State>>,
  options: { readonly timeoutMs: number; readonly logger: Logger },
): Promise<readonly HookOutcome[]> {
  return Promise.all(hooks.map((hook, index) => runHook(hook, hook.name || `hook ${index + 1}`, transition, options)));
}

async function runHook<State extends string>(
  hook: TransitionHook<State>,
  name: string,
  transition: Parameters<TransitionHook<State>>,
  { timeoutMs, logger }: { readonly timeoutMs: number; readonly logger: Logger },
): Promise<HookOutcome> {
  const [record, , , trigger] = transition;
  const where = { hook: name, recordId: record.recordId, trigger };
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HookOutcome>((resolve) => {
    timer = setTimeout(() => {
      logger.warn({ ...where, timeoutMs }, "A hook did not end in time");
      resolve({ hook: name, status: "timed_out", error: `It did not end within ${timeoutMs} ms` });
    }, timeoutMs);
  });
  const run = async (): Promise<HookOutcome> => {
    try {
      return { hook: name, status: "done", result: (await hook(...transition)) ?? null };
    } catch (error) {
      logger.warn({ ...where, err: error }, "A hook failed");
      return { hook: name, status: "failed", error: messageOf(error) };
    }
  };
  try {
    return await Promise.race([run(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** A hook may throw anything, also what cannot be made text. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "It failed with something that has no text";
  }
}

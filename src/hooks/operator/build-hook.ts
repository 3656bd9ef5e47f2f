import type { Annotation, EntryListener, HookResult, TransitionHook } from "../../hook.js";
import { auditLog } from "../audit-log.js";
import { fileSink, streamSink } from "../audit-sink.js";
import { type HookFilter, hookFilter, wantsEntry } from "../filter.js";
import { isolated } from "../isolation.js";
import { onceEach } from "../once-each.js";
import type { PostOptions } from "../post.js";
import type { Redact } from "../redact.js";
import { slackHook } from "../slack.js";
import { usageError } from "../usage-error.js";
import { webhookHook } from "../webhook.js";
import type { Dependencies } from "./dependencies.js";
import type { HookConfig } from "./schema.js";
import { loadUserHook } from "./user-module.js";

/** Remarks of one result that count, and characters of each. */
const MAX_ANNOTATIONS = 50;
const MAX_MESSAGE = 1000;

/** A hook as the operator configured it. */
export interface ConfiguredHook {
  readonly name: string;
  /** Runs it where its filter wants it to, apart from everything else. */
  readonly run: TransitionHook;
  readonly filter: HookFilter;
}

/** A hook runs after a transition; a listener hears of every entry. */
export type Built =
  | { readonly is: "hook"; readonly hook: ConfiguredHook }
  | { readonly is: "listener"; readonly listen: EntryListener; close(): Promise<void> };

type AuditLogConfig = Extract<HookConfig, { type: "audit-log" }>;
type RunConfig = Exclude<HookConfig, AuditLogConfig>;

/**
 * @param folder what modules are found from
 * @throws LoopForgeError `usage` when a file cannot be opened or a module not loaded
 */
export async function buildHook(
  config: HookConfig,
  folder: string,
  redact: Redact,
  dependencies: Dependencies,
): Promise<Built> {
  if (config.type === "audit-log") return buildAuditLog(config, dependencies);
  const { name, timeout_ms: timeoutMs, concurrency } = config;
  const filter = hookFilter(config.filters);
  const run = isolated(name, await hookOf(config, folder, dependencies), {
    ...{ timeoutMs, concurrency, redact },
    ...dependencies,
  });
  const filtered: TransitionHook = async (...transition) => {
    if (!filter(...transition)) return;
    const result = await run(...transition);
    return result ? published(result, config.publish, redact) : undefined;
  };
  return { is: "hook", hook: { name, filter, run: named(name, filtered) } };
}

/** Outcomes, logs and repositories call a hook by its function's name. */
function named<T extends TransitionHook | EntryListener>(name: string, hook: T): T {
  return Object.defineProperty(hook, "name", { value: name });
}

async function hookOf(config: RunConfig, folder: string, dependencies: Dependencies) {
  switch (config.type) {
    case "slack":
      return slackHook({ url: config.url, loginOf: dependencies.loginOf, ...postOptions(config, dependencies) });
    case "webhook": {
      const { url, signing_secret: signingSecret } = config;
      return webhookHook({ url, signingSecret, ...postOptions(config, dependencies) });
    }
    case "module": {
      const hook = await loadUserHook(config.module, folder);
      return (...[record, previous, next, trigger]: Parameters<TransitionHook>) =>
        hook(record, previous, next, trigger);
    }
  }
}

/** What all that posts has in common: the budget is the timeout. */
export function postOptions(
  { timeout_ms: budgetMs, allow_private: allowPrivate }: { timeout_ms: number; allow_private: boolean },
  { fetchFor, clock, random, wait }: Dependencies,
): PostOptions {
  return { fetch: fetchFor({ allowPrivate }), budgetMs, clock, random, wait };
}

async function buildAuditLog(config: AuditLogConfig, { logger, stdout }: Dependencies): Promise<Built> {
  const { name, destination, format, filters, timeout_ms: timeoutMs } = config;
  const sink = destination === "stdout" ? streamSink(stdout) : await openFile(destination);
  const log = auditLog({ sink, format, timeoutMs, logger });
  const wanted: EntryListener = (head, entries) =>
    log.listen(
      head,
      entries.filter((entry) => wantsEntry(filters, head, entry)),
    );
  return { is: "listener", listen: named(name, onceEach(wanted)), close: () => log.close() };
}

async function openFile(path: string) {
  try {
    return await fileSink(path);
  } catch (error) {
    throw usageError(`The audit log ${path} cannot be opened`, error);
  }
}

/** Where a result is shown is for the operator to say, not for the hook. */
function published(result: HookResult, publish: HookConfig["publish"], redact: Redact): HookResult | undefined {
  if (publish === "none") return undefined;
  const { title, summary, annotations } = result;
  const remarks = annotations?.slice(0, MAX_ANNOTATIONS).map((one) => clean(one, redact));
  const words = { title: redact(title), summary: redact(summary) };
  return { ...result, ...words, ...(remarks ? { annotations: remarks } : {}), publish };
}

/** Without secrets first, and only then cut: half a secret would not be known any more. */
function clean({ path, line, message }: Annotation, redact: Redact): Annotation {
  return { path: redact(path), line, message: redact(message).slice(0, MAX_MESSAGE).toWellFormed() };
}

import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { LoopForgeError } from "../../core/index.js";
import type { TransitionHook } from "../../hook.js";
import { HookFailure } from "../failure.js";
import { usageError } from "../usage-error.js";

/**
 * The operator's own hook: the default export of a module.
 * @param path relative to `folder`, or absolute; a file, never a package
 * @throws LoopForgeError `usage` when it cannot be loaded or exports no function
 */
export async function loadUserHook(path: string, folder: string): Promise<TransitionHook> {
  const file = isAbsolute(path) ? path : resolve(folder, path);
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  } catch (error) {
    throw usageError(`The module ${path} cannot be loaded`, error);
  }
  if (typeof loaded.default !== "function")
    throw new LoopForgeError(
      "usage",
      `The module ${path} has no function as its default export: export default a hook`,
    );
  const own = loaded.default as (...transition: Parameters<TransitionHook>) => unknown;
  return async (record, previousState, newState, trigger) =>
    resultOf(await own(record, previousState, newState, trigger));
}

const ANNOTATION = z.object({
  path: z.string().min(1).max(1000),
  line: z.int().positive(),
  message: z.string().min(1),
});

const RESULT = z.object({
  title: z.string().min(1),
  summary: z.string(),
  conclusion: z.enum(["success", "failure", "neutral", "action_required"]),
  annotations: z.array(ANNOTATION).exactOptional(),
});

/** Nobody checked the module's types. */
function resultOf(result: unknown): z.infer<typeof RESULT> | undefined {
  if (result === undefined || result === null) return undefined;
  const parsed = RESULT.safeParse(result);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "it";
  throw new HookFailure(
    "failed",
    `Its result cannot be shown: ${field} is not what { title, summary, conclusion } asks for`,
  );
}

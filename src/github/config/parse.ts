import { nearest } from "./nearest.js";
import { oneLine, type Problem } from "./problem.js";
import { FILES, type Place, SETTING_PATHS, type Settings } from "./schema.js";
import { readYaml } from "./yaml.js";

export type Parsed =
  | { readonly ok: true; readonly settings: Settings }
  /** At least one, in the order of the lines. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** More would not be read. */
const MAX_PROBLEMS = 20;

/** Reads a `.github/loopforge.yml`: all of it, or nothing. An empty file sets nothing. Never throws, whatever the text. */
export function parseConfiguration(text: string, where: Place): Parsed {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, problems: yaml.problems.slice(0, MAX_PROBLEMS) };

  const checked = checkSettings(yaml.value ?? {}, where);
  if (checked.ok) return checked;
  const problems = checked.problems.map(({ at, key, path, message }) => ({ ...yaml.locate(at, key), message, path }));
  problems.sort((one, other) => one.line - other.line || one.column - other.column);
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
}

/** What is wrong with a value, and where: in the value at a path, or with a key of it. */
interface Fault extends Pick<Problem, "message" | "path"> {
  readonly at: readonly PropertyKey[];
  readonly key?: string;
}

/** Whether values are settings, wherever they were written. */
export function checkSettings(
  value: unknown,
  where: Place,
): { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly Fault[] } {
  const parsed = FILES[where].safeParse(value);
  if (parsed.success) return { ok: true, settings: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): readonly Fault[] => {
    const path = dotted(issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        at: issue.path,
        key,
        message: oneLine(unknownSetting(key, issue.path, where)),
        path: oneLine(dotted([...issue.path, key])),
      }));
    }
    return [{ at: issue.path, message: oneLine(`${path || "The file"} ${issue.message}`), path }];
  });
  return { ok: false, problems };
}

function unknownSetting(key: string, above: readonly PropertyKey[], where: Place): string {
  if (key === "locked" && above.length === 0 && where === "repository") {
    return "locked works in the organisation's file only: a repository cannot lock its settings";
  }
  const beside = siblings(above);
  const meant = nearest(key, beside);
  const hint = meant ? `did you mean ${dotted([...above, meant])}?` : `there are ${beside.join(", ")}`;
  return `${dotted([...above, key.slice(0, 100)])} is not a setting: ${hint}`;
}

/** The names that may stand where an unknown one does. */
function siblings(above: readonly PropertyKey[]): readonly string[] {
  const prefix = above.map((step) => `${String(step)}.`).join("");
  const below = SETTING_PATHS.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return [...new Set(below.map((path) => path.replace(/\..*/, "")))];
}

/** `ci.checks[2]` */
function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index > 0 ? "." : ""}${String(step)}`))
    .join("");
}

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

  const parsed = FILES[where].safeParse(yaml.value ?? {});
  if (parsed.success) return { ok: true, settings: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): readonly Problem[] => {
    const path = dotted(issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        ...yaml.locate(issue.path, key),
        ...{ message: oneLine(unknownSetting(key, issue.path, where)), path: oneLine(dotted([...issue.path, key])) },
      }));
    }
    return [{ ...yaml.locate(issue.path), message: oneLine(`${path || "The file"} ${issue.message}`), path }];
  });
  problems.sort((one, other) => one.line - other.line || one.column - other.column);
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
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

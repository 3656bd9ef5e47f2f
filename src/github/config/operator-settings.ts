import { LoopForgeError } from "../../core/index.js";
import { checkSettings } from "./parse.js";
import type { Settings } from "./schema.js";

/**
 * What the operator has set for all repositories, and locked, under `settings` in the file that `LOOPFORGE_CONFIG` names.
 * @throws LoopForgeError `usage` that names the first that is no setting
 */
export function operatorSettings(value: unknown): Settings {
  if (value === undefined || value === null) return {};
  const checked = checkSettings(value, "organization");
  if (checked.ok) return checked.settings;
  const [problem] = checked.problems;
  throw new LoopForgeError("usage", `LOOPFORGE_CONFIG, settings: ${problem?.message}`);
}

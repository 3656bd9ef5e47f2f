import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { LoopForgeError } from "../../core/index.js";
import { usageError } from "../usage-error.js";
import { type GateConfig, type HookConfig, operatorSchema } from "./schema.js";
import { type Environment, valuesFrom } from "./values.js";

/** What the operator wrote, checked, with its references resolved. */
export interface OperatorConfig {
  readonly hooks: readonly HookConfig[];
  readonly gates: readonly GateConfig[];
  /** What shall hold for all repositories, unread. */
  readonly settings?: unknown;
  /** What modules are found from: the folder of the file. */
  readonly folder: string;
  /** Every secret in it, so that none gets out by another way. */
  readonly secrets: ReadonlySet<string>;
}

export type ReadFile = (path: string) => Promise<string>;

/**
 * Reads what the operator configured: the file that `LOOPFORGE_CONFIG` names (YAML or JSON), and what has a short form in the
 * environment.
 * @throws LoopForgeError `usage` that names the field and says what to do; never with a value
 */
export async function readOperatorConfig(env: Environment, readFile: ReadFile): Promise<OperatorConfig> {
  const path = env.LOOPFORGE_CONFIG;
  const written = path ? documentOf(path, await contents(path, readFile)) : {};
  const short = shortForms(env);
  const values = valuesFrom(env);
  const fromFile: unknown = written.hooks ?? [];
  const hooks = Array.isArray(fromFile) ? [...(fromFile as unknown[]), ...short.map(({ hook }) => hook)] : fromFile;
  const parsed = operatorSchema(values).safeParse({ ...written, hooks });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [list, index, ...rest] = issue?.path ?? [];
    const inFile = Array.isArray(fromFile) ? fromFile.length : 0;
    const form = list === "hooks" && typeof index === "number" ? short[index - inFile] : undefined;
    const where = form ? `${form.variable}, as ${fieldOf(rest)}` : `${path}, ${fieldOf(issue?.path ?? [])}`;
    throw new LoopForgeError("usage", `${where}: ${issue?.message}`);
  }
  const folder = path ? dirname(resolve(path)) : process.cwd();
  return { ...parsed.data, folder, secrets: values.secrets };
}

/** A hook of the environment's, as the file would say it. */
interface ShortForm {
  readonly variable: string;
  readonly hook: object;
}

function shortForms(env: Environment): readonly ShortForm[] {
  const forms: ShortForm[] = [];
  if (env.LOOPFORGE_SLACK_WEBHOOK_URL) {
    const hook = { name: "slack", type: "slack", url: `\${LOOPFORGE_SLACK_WEBHOOK_URL}` };
    forms.push({ variable: "LOOPFORGE_SLACK_WEBHOOK_URL", hook });
  }
  if (env.LOOPFORGE_WEBHOOK_URL) {
    const secret = `\${LOOPFORGE_WEBHOOK_SIGNING_SECRET}`;
    const hook = { name: "webhook", type: "webhook", url: `\${LOOPFORGE_WEBHOOK_URL}`, signing_secret: secret };
    forms.push({ variable: "LOOPFORGE_WEBHOOK_URL", hook });
  }
  if (env.LOOPFORGE_AUDIT_LOG) {
    const format = env.LOOPFORGE_AUDIT_LOG_FORMAT || undefined;
    const hook = { name: "audit-log", type: "audit-log", destination: env.LOOPFORGE_AUDIT_LOG, format };
    forms.push({ variable: "LOOPFORGE_AUDIT_LOG", hook });
  }
  return forms;
}

async function contents(path: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(path);
  } catch (error) {
    throw usageError(`LOOPFORGE_CONFIG names ${path}, which cannot be read`, error);
  }
}

/** The parser's own messages show the line, and with it a secret that should not be there; where it is, is enough. */
function documentOf(path: string, text: string): { readonly [field: string]: unknown } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new LoopForgeError("usage", `${path} is not YAML: line ${line}, column ${col} (${problem.code})`);
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch {
    throw new LoopForgeError("usage", `${path} is not YAML: it repeats itself by aliases without end`);
  }
  if (typeof content !== "object" || Array.isArray(content) || content === null)
    throw new LoopForgeError("usage", `${path} must have the fields hooks, gates and settings`);
  return content as { readonly [field: string]: unknown };
}

/** `hooks[0].filters.states` */
function fieldOf(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return text.replace(/^\./, "") || "the whole file";
}

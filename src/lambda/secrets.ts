import { GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { LoopForgeError } from "../core/index.js";

export type Environment = { readonly [name: string]: string | undefined };

/** How soon a secret that was changed is used without a deployment. */
export const SECRETS_KEPT_MS = 5 * 60 * 1000;

/** A variable whose name ends so holds the name of the parameter that has the value: `WEBHOOK_SECRET_PARAMETER` leads to `WEBHOOK_SECRET`. */
const SUFFIX = "_PARAMETER";

/**
 * The environment with what AWS Systems Manager's Parameter Store has for it. Secrets are in no template and in no function's settings,
 * and only the function's role can read them. A parameter that is not there leaves its variable unset.
 * @throws LoopForgeError `usage` when the parameters cannot be read
 */
export async function withSecrets(env: Environment, ssm: Pick<SSMClient, "send">): Promise<Environment> {
  const variables = new Map<string, string>();
  for (const [name, parameter] of Object.entries(env)) {
    if (name.endsWith(SUFFIX) && parameter) variables.set(parameter, name.slice(0, -SUFFIX.length));
  }
  if (variables.size === 0) return env;
  const found: Record<string, string> = {};
  for (const { Name = "", Value } of await read([...variables.keys()], ssm)) {
    const variable = variables.get(Name);
    if (variable !== undefined && Value !== undefined) found[variable] = Value;
  }
  return { ...env, ...found };
}

async function read(names: string[], ssm: Pick<SSMClient, "send">) {
  try {
    // At most ten, as GetParameters takes: there are three.
    const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: names, WithDecryption: true }));
    return Parameters;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LoopForgeError("usage", `Cannot read the parameters ${names.join(", ")}: ${why}`, { cause: error });
  }
}

/** A variable that has to be set. */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new LoopForgeError("usage", `${name} is not set, nor is there a parameter that ${name}${SUFFIX} names`);
}

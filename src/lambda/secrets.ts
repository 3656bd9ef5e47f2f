import { GetParametersByPathCommand, GetParametersCommand, type Parameter, type SSMClient } from "@aws-sdk/client-ssm";
import { LoopForgeError } from "../core/index.js";

export type Environment = { readonly [name: string]: string | undefined };

/** How soon a secret that was changed is used without a deployment. */
export const SECRETS_KEPT_MS = 5 * 60 * 1000;

/** A variable whose name ends so holds the name of the parameter that has the value: `WEBHOOK_SECRET_PARAMETER` leads to `WEBHOOK_SECRET`. */
const SUFFIX = "_PARAMETER";

/** Holds a path in the Parameter Store below which each parameter is a variable: `/loopforge/prod/variables/SIEM_SECRET` is `SIEM_SECRET`. */
const VARIABLES = "LOOPFORGE_VARIABLES";

/**
 * The environment with what AWS Systems Manager's Parameter Store has for it. Secrets are in no template and in no function's settings,
 * and only the function's role can read them. A parameter that is not there leaves its variable unset.
 * @throws LoopForgeError `usage` when the parameters cannot be read
 */
export async function withSecrets(env: Environment, ssm: Pick<SSMClient, "send">): Promise<Environment> {
  return { ...(await variablesOf(env[VARIABLES], ssm)), ...env, ...(await secretsOf(env, ssm)) };
}

async function secretsOf(env: Environment, ssm: Pick<SSMClient, "send">): Promise<Environment> {
  const variables = new Map<string, string>();
  for (const [name, parameter] of Object.entries(env)) {
    if (name.endsWith(SUFFIX) && parameter) variables.set(parameter, name.slice(0, -SUFFIX.length));
  }
  if (variables.size === 0) return {};
  const names = [...variables.keys()];
  // At most ten, as GetParameters takes: there are three.
  const command = new GetParametersCommand({ Names: names, WithDecryption: true });
  const { Parameters = [] } = await ssm.send(command).catch((error: unknown) => fail(names.join(", "), error));
  return named(Parameters, (name) => variables.get(name));
}

/** What hooks and gates refer to. Nothing that the function's settings say can be changed from there. */
async function variablesOf(path: string | undefined, ssm: Pick<SSMClient, "send">): Promise<Environment> {
  if (!path) return {};
  const found: Parameter[] = [];
  let next: string | undefined;
  do {
    const command = new GetParametersByPathCommand({ Path: path, WithDecryption: true, NextToken: next });
    const page = await ssm.send(command).catch((error: unknown) => fail(`${path}/*`, error));
    found.push(...(page.Parameters ?? []));
    next = page.NextToken;
  } while (next);
  return named(found, (name) => name.slice(path.length + 1));
}

function named(parameters: readonly Parameter[], nameOf: (parameter: string) => string | undefined): Environment {
  const variables: Record<string, string> = {};
  for (const { Name = "", Value } of parameters) {
    const variable = nameOf(Name);
    if (variable !== undefined && Value !== undefined) variables[variable] = Value;
  }
  return variables;
}

function fail(what: string, error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  throw new LoopForgeError("usage", `Cannot read the parameters ${what}: ${why}`, { cause: error });
}

/** A variable that has to be set. */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new LoopForgeError("usage", `${name} is not set, nor is there a parameter that ${name}${SUFFIX} names`);
}

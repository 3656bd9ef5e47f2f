import { readFile } from "node:fs/promises";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Logger } from "pino";
import { LoopForgeError } from "../core/index.js";
import type { AppParts } from "../github/parts.js";
import { loadOperatorConfig } from "../hooks/operator/operator.js";
import { assemble, loginsIn } from "../server/assemble.js";
import { readConfig, type ServerConfig } from "../server/config.js";
import { openDynamoDB } from "../store/dynamodb/open.js";
import type { LoopStore } from "../store/repository.js";
import { createFunctionLog } from "./function-log.js";
import { madeOf } from "./made-of.js";
import { renewed } from "./renewed.js";
import { type Environment, required, SECRETS_KEPT_MS, withSecrets } from "./secrets.js";

/** What the functions that work have in common. */
export interface Runtime {
  readonly config: ServerConfig;
  readonly store: LoopStore;
  readonly parts: AppParts;
  readonly log: Logger;
  readonly clock: () => Date;
}

/**
 * What a function does, made of its runtime when it is first asked for, and again within five minutes after a secret was changed: so a new
 * private key is used without a deployment. While the secrets are the same, what there is stays as it is.
 */
export function withRuntime<T>(
  env: Environment,
  make: (runtime: Runtime) => Promise<T>,
  { ssm = new SSMClient({}), clock = () => new Date() }: { readonly ssm?: SSMClient; readonly clock?: () => Date } = {},
): () => Promise<T> {
  const log = createFunctionLog(env);
  const made = madeOf(
    () => withSecrets(env, ssm),
    async (secrets) => make(await openRuntime(secrets, { clock, log })),
  );
  const onFailure = (error: unknown) => log.error({ err: error }, "Cannot renew the secrets: those before are used");
  return renewed(SECRETS_KEPT_MS, made, { clock, onFailure });
}

/** @throws LoopForgeError when a variable, a secret or a table is not as it should be */
async function openRuntime(secrets: Environment, { clock, log }: Pick<Runtime, "clock" | "log">): Promise<Runtime> {
  // Only the ingest function may read the webhook's secret, and only it verifies anything.
  const config = readConfig({ ...secrets, WEBHOOK_SECRET: "not known to this function" });
  const store = await openStore(secrets, clock);
  const operator = await loadOperatorConfig(secrets, (file) => readFile(file, "utf8"), {
    ...{ logger: log, loginOf: loginsIn(store), secrets: [config.privateKey] },
  });
  const parts = assemble({ config, store, clock, log, operator });
  return { config, store, parts, log, clock };
}

/** Not by the general `openStore`, with which a function would have to load every other kind of store. */
function openStore(env: Environment, clock: () => Date): Promise<LoopStore> {
  const url = required(env, "LOOPFORGE_STORE");
  if (url.startsWith("dynamodb:")) return openDynamoDB(url.slice("dynamodb:".length), { clock });
  throw new LoopForgeError("usage", "LOOPFORGE_STORE is no dynamodb: on Lambda it has to be");
}

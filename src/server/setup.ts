import type { Logger } from "pino";
import { run } from "probot";
import type { Environment } from "./config.js";
import { WEBHOOK_PATH } from "./ingest.js";

/**
 * Without credentials: Probot's set-up page, which registers a GitHub App from `app.yml` and writes its credentials into `.env`.
 * Probot would fetch a webhook proxy from the network for it; it does not.
 */
export async function startSetup(
  env: Environment,
  log: Logger,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const host = env.HOST || "localhost";
  const port = Number(env.PORT) || 3000;
  const url = `http://${host}:${port}`;
  process.env.NO_SMEE_SETUP = "true";
  // The page takes the address that GitHub shall deliver to from here.
  process.env.WEBHOOK_PROXY_URL ??= url + WEBHOOK_PATH;
  const server = await run(() => {}, { log, env: { ...env, HOST: host, PORT: String(port) } });
  return {
    url,
    stop: async () => {
      await server.stop();
    },
  };
}

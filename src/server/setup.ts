import type { Logger } from "pino";
import { run } from "probot";
import { type Environment, readGithubPlace } from "./config.js";
import { githubUrl, probotUrl } from "./github-url.js";
import { WEBHOOK_PATH } from "./ingest.js";

/**
 * Without credentials: Probot's set-up page, which registers a GitHub App from `app.yml` and writes its credentials into `.env`.
 * Probot would fetch a webhook proxy from the network for it; it does not.
 * @throws LoopForgeError `usage` where the environment says of no place where GitHub could be
 */
export async function startSetup(
  env: Environment,
  log: Logger,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const github = readGithubPlace(env);
  const restore = sendElsewhere(probotUrl(github), githubUrl(github));
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
      restore();
    },
  };
}

/**
 * Has requests to one address go to another. Probot's page takes every host for a GitHub Enterprise Server, and takes no `fetch` of
 * one's own; nothing else runs in this process meanwhile.
 */
function sendElsewhere(from: string, to: string): () => void {
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const isMeant = typeof input === "string" && input.startsWith(`${from}/`);
    return original(isMeant ? to + input.slice(from.length) : input, init);
  };
  return () => {
    globalThis.fetch = original;
  };
}

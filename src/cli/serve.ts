import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { LoopForgeError } from "../core/index.js";
import { loadOperatorConfig } from "../hooks/operator/operator.js";
import { HookStats } from "../hooks/stats.js";
import { hasCredentials, readConfig } from "../server/config.js";
import { createLog } from "../server/log.js";
import { type ServerOptions, startServer } from "../server/server.js";
import { startSetup } from "../server/setup.js";
import type { Output } from "./output.js";
import { untilInterrupted } from "./until-interrupted.js";

/** How long a server that can keep nothing any more is given to end what it works on, in milliseconds. */
const LAST_WORDS_MS = 5000;

/** @param fail says that the process ends with exit code 1, so that a supervisor starts it anew */
export function serveCommand(output: Output, fail: () => void): Command {
  return new Command("serve")
    .description("run the App: take GitHub's webhooks in, keep the records, report on pull requests")
    .addHelpText("after", VARIABLES)
    .action(async () => {
      if (existsSync(".env")) process.loadEnvFile(".env");
      if (!hasCredentials(process.env)) return setUp(output);
      const config = readConfig(process.env);
      const log = createLog(config.logLevel);
      const stats = new HookStats();
      const read = (file: string) => readFile(file, "utf8");
      const loadOperator: ServerOptions["loadOperator"] = (loginOf) =>
        loadOperatorConfig(process.env, read, { logger: log, stats, loginOf, secrets: [config.privateKey] });
      const server = await startServer({ config, log, loadOperator, stats });
      const broken = await Promise.race([untilInterrupted(), server.broken]);
      if (!broken) return server.stop();
      fail();
      output.err(`loopforge: ${broken.message}\n`);
      // What it stops may hang on the very disk that failed.
      const end = setTimeout(() => process.exit(1), LAST_WORDS_MS);
      await server.stop().catch((error: unknown) => log.error({ err: error }, "Could not stop in order"));
      clearTimeout(end);
    });
}

const VARIABLES = `
Variables, from the environment or from a file .env in this folder:
  APP_ID, PRIVATE_KEY (or PRIVATE_KEY_PATH), WEBHOOK_SECRET
                         the GitHub App's credentials; without them the set-up page is shown
  HOST, PORT             where to listen; localhost and 3000 by default
  GHE_HOST, GHE_PROTOCOL a GitHub Enterprise Server, or a subdomain of ghe.com, instead of github.com
  GITHUB_API_URL         the whole address of GitHub's REST API, where it is at neither
  LOG_LEVEL              trace, debug, info (default), warn, error, fatal or silent
  LOOPFORGE_STORE        where the records are; sqlite:loopforge.db by default
  LOOPFORGE_INBOX        where deliveries wait; sqlite:loopforge-inbox.db by default
  LOOPFORGE_INBOX_LIMIT  how many deliveries may wait before more are answered 503; 100000 by default
  LOOPFORGE_CONFIG       a file with hooks, gates and settings for all repositories (docs/hooks.md)
  LOOPFORGE_ORGANIZATION_CONFIG
                         the repository whose .github/loopforge.yml rules all others of its organisation, such as
                         acme/.github; several by comma, one for each organisation; none by default
  WEBHOOK_SECRET_PREVIOUS
                         the secret before a rotation, still accepted while it is set
  LOOPFORGE_QUEUE_LABEL  the issue label that says somebody took it up; queued by default

Examples:
  loopforge serve
  PORT=8080 LOOPFORGE_STORE=sqlite:/var/lib/loopforge/records.db loopforge serve`;

async function setUp(output: Output): Promise<void> {
  if (!existsSync("app.yml")) {
    throw new LoopForgeError(
      "usage",
      "There is no App yet (APP_ID and PRIVATE_KEY are not set), and no app.yml here to register one from. Set them, or start in LoopForge's own folder",
    );
  }
  const setup = await startSetup(process.env, createLog("error"));
  output.out(`LoopForge has no GitHub App yet: APP_ID and PRIVATE_KEY are not set.

  1. Open ${setup.url} and choose "Register GitHub App".
  2. GitHub asks for a name, and sends you back here; the credentials are written into .env.
  3. In the App's settings, set the webhook URL to where GitHub can reach this machine,
     ending in /api/github/webhooks, and install the App on your organisation.
  4. If one file shall rule all repositories of the organisation, write its repository into .env:
     LOOPFORGE_ORGANIZATION_CONFIG=your-organisation/.github
  5. Start again.

If you have an App already, set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET instead.
`);
  await untilInterrupted();
  await setup.stop();
}

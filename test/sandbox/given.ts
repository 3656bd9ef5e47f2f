import { Octokit } from "@octokit/rest";
import { ProbotOctokit } from "probot";
import { createSandbox, type RunningServer, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.js";

/** A clock that only moves when told. */
export function testClock(start = "2026-01-05T09:00:00Z") {
  let at = Date.parse(start);
  const clock = (): Date => new Date(at);
  return Object.assign(clock, { advance: (seconds: number) => (at += seconds * 1000) });
}

/** GUIDs that count. */
export function countingGuid(): () => string {
  let count = 0;
  return () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;
}

/** A sandbox with an App of the usual names; tokens are judged by the machine's time, as Octokit's are made. */
export function givenSandbox(options: Partial<SandboxOptions> = {}): Sandbox {
  return createSandbox({
    clock: testClock(),
    authClock: () => new Date(),
    guid: countingGuid(),
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: "a test secret" },
    ...options,
  });
}

/** A client with an installation token of its own. */
export async function givenInstallationClient(sandbox: Sandbox, server: RunningServer, fullName = "acme/shop") {
  const app = givenAppClient(sandbox, server);
  const [owner = "", repo = ""] = fullName.split("/");
  const installation = await app.rest.apps.getRepoInstallation({ owner, repo });
  const token = await app.rest.apps.createInstallationAccessToken({ installation_id: installation.data.id });
  return new Octokit({ baseUrl: server.url, auth: token.data.token, log: silent });
}

/** A client that signs in with the App's key, the way Probot does; as an installation if one is named. */
export function givenAppClient(
  sandbox: Sandbox,
  server: RunningServer,
  { base = "", installationId }: { base?: string; installationId?: number } = {},
) {
  const { id: appId, privateKey } = sandbox.app;
  return new ProbotOctokit({
    baseUrl: `${server.url}${base}`,
    auth: { appId, privateKey, ...(installationId === undefined ? {} : { installationId }) },
    log: silent,
    throttle: { enabled: false },
    retry: { enabled: false },
  });
}

const quiet = (): void => undefined;
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };

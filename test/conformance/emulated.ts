import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Octokit } from "@octokit/rest";
import { createEmulator } from "emulate";
import { onTestFinished, vi } from "vitest";
import { openEntry, recordId } from "../../src/core/index.js";
import { createAppOctokit } from "../../src/github/client/app-octokit.js";
import { startServer } from "../../src/server/server.js";
import { WEBHOOK_SECRET } from "../support/keys.js";
import { collectedLog } from "../support/log.js";
import { PATIENT } from "../support/patience.js";
import { temporaryFolder } from "../support/running.js";
import { headsOf } from "../support/scenarios.js";

const APP = { id: 4711, installation: 100 };
const CI = { id: 4712, installation: 101 };
export const SHOP = { owner: "acme", repo: "shop" };

/** A GitHub that nobody here wrote, and a LoopForge server that is its App, over real HTTP. Both end with the test. */
export interface Emulated {
  /** Administers the organisation. */
  readonly alice: Octokit;
  /** May write. */
  readonly bob: Octokit;
  /** The App that reports CI. */
  readonly ci: Octokit;
  readonly log: readonly string[];
  /** Waits until the one work item has come to a state. */
  reaches(state: string): Promise<void>;
  /** The ledger of the one work item without its notes: `from → to (trigger)`. */
  history(): Promise<readonly string[]>;
}

/** @param configuration what stands in `.github/loopforge.yml` from the beginning */
export async function givenEmulated(configuration?: string): Promise<Emulated> {
  const relay = await givenRelay();
  const github = await createEmulator({ service: "github", port: 0, seed: seedOf(relay.url) });
  onTestFinished(() => github.close());
  const keyOf = (id: number) => github.generatedSecrets.find((secret) => secret.id === String(id))?.value ?? "";
  const { log, lines } = collectedLog();
  const person = (token: string) => new Octokit({ baseUrl: github.url, auth: token, log: SILENT });
  const [alice, bob] = [person("token-of-alice"), person("token-of-bob")];
  await alice.rest.repos.addCollaborator({ ...SHOP, username: "bob", permission: "push" });
  if (configuration !== undefined) await commit(alice, ".github/loopforge.yml", configuration, "main");

  const server = await startServer({
    config: {
      ...{ appId: APP.id, privateKey: keyOf(APP.id), webhookSecret: WEBHOOK_SECRET, previousWebhookSecret: null },
      ...{
        host: "127.0.0.1",
        port: 0,
        githubUrl: github.url,
        logLevel: "warn",
        queueLabel: "queued",
        organizationConfig: [],
      },
      ...{ store: "memory:", inbox: `sqlite:${join(temporaryFolder(), "inbox.db")}`, inboxLimit: 1000 },
    },
    ...{ log, throttle: false, hooks: [], clock: () => new Date() },
  });
  onTestFinished(() => server.stop());
  relay.forwardTo(server.webhookUrl);
  const ci = createAppOctokit({ appId: CI.id, privateKey: keyOf(CI.id), baseUrl: github.url, log, patient: false });
  const head = async () => (await headsOf(server.store))[0];
  return {
    ...{ alice, bob, ci: ci.forInstallation(CI.installation), log: lines },
    reaches: (state) =>
      vi.waitFor(async () => {
        const known = await head();
        if (known?.state !== state) throw new Error(`It is ${known?.state ?? "not known"}, and was to become ${state}`);
      }, PATIENT),
    async history() {
      const known = await head();
      const entries = known ? (await server.store.entries(recordId(known.recordId))).map(openEntry) : [];
      // A merge that GitHub refuses until the App's own check is there is a note, or is not asked for: that is chance.
      return entries
        .filter(({ kind }) => kind !== "note")
        .map(({ kind, fromState, toState, trigger }) => {
          return fromState === null ? `${kind} (${trigger})` : `${fromState} → ${toState} (${trigger})`;
        });
    },
  };
}

/** A commit of one file on a branch. */
export async function commit(by: Octokit, path: string, written: string, branch: string): Promise<void> {
  const content = Buffer.from(written).toString("base64");
  await by.rest.repos.createOrUpdateFileContents({ ...SHOP, path, branch, content, message: `Write ${path}` });
}

function seedOf(webhookUrl: string) {
  const write = { checks: "write", contents: "write", issues: "write", metadata: "read", pull_requests: "write" };
  const installed = ({ installation }: { readonly installation: number }) => [
    { installation_id: installation, account: SHOP.owner, repository_selection: "all" as const },
  ];
  return {
    tokens: {
      "token-of-alice": { login: "alice", scopes: ["repo"] },
      "token-of-bob": { login: "bob", scopes: ["repo"] },
    },
    github: {
      users: [{ login: "alice" }, { login: "bob" }],
      orgs: [{ login: SHOP.owner, members: [{ login: "alice", role: "admin" }, { login: "bob" }] }],
      repos: [{ owner: SHOP.owner, name: SHOP.repo, auto_init: true }],
      apps: [
        {
          ...{ app_id: APP.id, slug: "loopforge", name: "LoopForge", installations: installed(APP) },
          ...{ permissions: { ...write, statuses: "read" }, webhook_url: webhookUrl, webhook_secret: WEBHOOK_SECRET },
          events: [
            "check_run",
            "check_suite",
            "issue_comment",
            "issues",
            "pull_request",
            "pull_request_review",
            "status",
          ],
        },
        {
          ...{ app_id: CI.id, slug: "ci", name: "CI", installations: installed(CI), events: [] },
          permissions: { checks: "write", metadata: "read" },
        },
      ],
    },
  };
}

/**
 * Both servers must know the other's address before they start, so that deliveries go by a third. It gives each a GUID: the emulator's
 * are the millisecond, and two of one millisecond would be taken for one delivery. It ends with the test.
 */
async function givenRelay() {
  let target = "";
  const relay = createServer((request, response) => {
    const forward = async () => {
      const body = await text(request);
      const { "x-github-event": event, "x-hub-signature-256": signature } = request.headers;
      const headers = {
        "content-type": "application/json",
        "x-github-delivery": randomUUID(),
        "x-github-event": String(event),
        "x-hub-signature-256": String(signature),
      };
      return fetch(target, { method: "POST", headers, body });
    };
    forward().then(
      ({ status }) => response.writeHead(status).end(),
      () => response.writeHead(502).end(),
    );
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => void relay.close());
  const { port } = relay.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    forwardTo(url: string) {
      target = url;
    },
  };
}

const quiet = () => undefined;
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

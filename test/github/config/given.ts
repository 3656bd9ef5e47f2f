import { onTestFinished } from "vitest";
import type { Octokit } from "../../../src/github/client/octokit.js";
import { Configurations } from "../../../src/github/config/load.js";
import type { Settings } from "../../../src/github/config/schema.js";
import type { Repo } from "../../../src/github/observe/index.js";
import type { Repository, Sandbox, User } from "../../../src/sandbox/index.js";
import { MemoryRepository } from "../../../src/store/memory.js";
import { givenAppClient, givenSandbox, testClock } from "../../sandbox/given.js";
import { TEST_KEY } from "../../support/keys.js";
import { collectedLog } from "../../support/log.js";

export const PATH = ".github/loopforge.yml";

/** A GitHub over HTTP with an organisation's repository and an empty one for its settings, and the configurations of an App that is installed there. */
export interface Given {
  readonly sandbox: Sandbox;
  readonly shop: Repository;
  readonly alice: User;
  readonly clock: ReturnType<typeof testClock>;
  readonly octokit: Octokit;
  readonly store: MemoryRepository;
  readonly log: readonly string[];
  /** The files that GitHub was asked for since it was last asked: `acme/shop`, and `acme/shop@sha` at a commit. */
  asked(): readonly string[];
  /** What GitHub answers for the file of a repository from now on; null: what it has. */
  answer(repository: string, answer: (() => Response | Promise<Response>) | null): void;
  /** From now on GitHub answers so to whatever is asked of a repository; 404 by default. */
  hide(repository: string, status?: number): void;
  /** Commits a file to the default branch. */
  put(text: string, repository?: Repository): void;
  /** Removes it there. */
  remove(repository?: Repository): void;
  /** GitHub is not there any more. */
  hangUp(): Promise<void>;
  /** The configurations of a process that has just started, on the same store. By default the operator has named `acme/.github`. */
  start(defaults?: Settings, named?: readonly string[]): Configurations;
}

export async function given(): Promise<Given> {
  const clock = testClock();
  const sandbox = givenSandbox({
    clock,
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: "a test secret", privateKey: TEST_KEY },
  });
  const server = await sandbox.listen();
  let isUp = true;
  const hangUp = async () => {
    if (isUp) await server.close();
    isUp = false;
  };
  onTestFinished(hangUp);
  const shop = sandbox.repository("acme/shop");
  const alice = sandbox.user("alice");
  sandbox.repository("acme/.github");
  const store = new MemoryRepository({ clock });
  const { log, lines } = collectedLog();
  const answers = new Map<string, () => Response | Promise<Response>>();
  const hidden = new Map<string, number>();
  let asked: string[] = [];
  sandbox.faults = async (context, next) => {
    const [, repository = "", path] = /^\/repos\/([^/]+\/[^/]+)(?:\/contents\/(.*))?/.exec(context.req.path) ?? [];
    const status = hidden.get(repository);
    if (status !== undefined) return Response.json({ message: "Not Found" }, { status });
    if (path === undefined || decodeURIComponent(path) !== PATH) return next();
    const ref = context.req.query("ref");
    asked.push(ref === undefined ? repository : `${repository}@${ref}`);
    const answer = answers.get(repository);
    return answer ? answer() : next();
  };
  const installationId = shop.installation?.id ?? 0;
  return {
    ...{ sandbox, shop, alice, clock, store, hangUp, log: lines },
    octokit: givenAppClient(sandbox, server, { installationId }),
    asked() {
      const since = asked;
      asked = [];
      return since.sort();
    },
    answer(repository, answer) {
      if (answer) answers.set(repository, answer);
      else answers.delete(repository);
    },
    hide: (repository, status = 404) => void hidden.set(repository, status),
    put: (text, repository = shop) => void repository.putFile(PATH, text, { by: alice }),
    remove(repository = shop) {
      const removal = { by: alice, message: "Remove the settings", files: { [PATH]: null } };
      repository.git.commit(repository.defaultBranch, removal);
    },
    start: (defaults = {}, organizationConfig = ["acme/.github"]) =>
      new Configurations({ items: store.items, clock, logger: log, defaults, organizationConfig }),
  };
}

export function repoOf({ id, fullName }: Repository): Repo {
  return { id, name: fullName };
}

/** GitHub's refusals and failures, as it words them. */
export const FAILURES = {
  broken: () => Response.json({ message: "Server Error" }, { status: 502 }),
  rateLimited: () => Response.json({ message: "API rate limit exceeded for installation ID 1." }, { status: 403 }),
  slowDown: () => Response.json({ message: "You have exceeded a secondary rate limit." }, { status: 429 }),
  forbidden: () => Response.json({ message: "Resource not accessible by integration" }, { status: 403 }),
} as const;

/** The file as GitHub shows it. */
export function aFile(fields: object): () => Response {
  return () =>
    Response.json({ type: "file", sha: "a".repeat(40), size: 5, encoding: "base64", content: "", ...fields });
}

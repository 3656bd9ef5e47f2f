import {
  type Entry,
  openEntry,
  type RecordHead,
  type RecordId,
  recordId,
  type WorkItem,
} from "../../src/core/index.js";
import { membershipOf } from "../../src/recorder/work-items.js";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import { Delivery, type Payload } from "../../src/sandbox/deliveries.js";
import type { App, CheckRun, Comment, Issue, PullRequest, Repository, User } from "../../src/sandbox/index.js";
import { setStage } from "../../src/sandbox/scenarios/index.js";
import { givenInProcess, type InProcess, type InProcessOptions } from "../support/in-process.js";

/** The App in front of the sandbox, with the people and the repository of all tests here. */
export interface Flow extends InProcess {
  readonly shop: Repository;
  readonly ci: App;
  /** May write. */
  readonly alice: User;
  /** May write. */
  readonly bob: User;
  /** May do anything. */
  readonly carol: User;
  /** May only read. */
  readonly mallory: User;
  /** Works all that there is, and lets so much time pass that configuration is read anew: 61 seconds. */
  settle(): Promise<void>;
  /** Does not deliver what GitHub has to say. @returns what was lost */
  lose(): readonly string[];
  entries(id: string): Promise<readonly Entry[]>;
  /** `kind from → to (trigger)`, a line for each entry. */
  history(id: string): Promise<readonly string[]>;
  head(id: string): Promise<RecordHead | null>;
  /** What the facts say of a record. */
  itemOf(id: string): Promise<WorkItem>;
  stateOf(id: string): Promise<string | undefined>;
  recordIds(): Promise<readonly RecordId[]>;
  /** From now on GitHub answers requests like that so. */
  fault(isMeant: (request: Request) => boolean, answer: Fault): void;
  /** Requests that the App made of GitHub since it was last asked: `PUT /repos/acme/shop/pulls/1/merge`. */
  requests(): readonly string[];
}

/** What GitHub answers instead; `null` lets the request through. `proceed` does what was asked before it is answered otherwise. */
export type Fault = (proceed: () => Promise<void>) => Response | null | Promise<Response | null>;

export function givenFlow(options: InProcessOptions & { readonly configuration?: string } = {}): Flow {
  const app = givenInProcess(options);
  const { sandbox, store, clock } = app;
  const { repository: shop, ci, alice, bob, admin: carol } = setStage(sandbox, options.configuration);
  const faults: { readonly isMeant: (request: Request) => boolean; readonly answer: Fault }[] = [];
  let requests: string[] = [];
  sandbox.faults = async (context, next) => {
    const request = context.req.raw;
    requests.push(`${request.method} ${context.req.path}`);
    for (const { isMeant, answer } of faults) {
      const answered = isMeant(request) ? await answer(next) : null;
      if (!answered) continue;
      context.res = answered;
      return;
    }
    return next();
  };
  const entries: Flow["entries"] = async (id) => (await store.entries(recordId(id))).map(openEntry);
  const head: Flow["head"] = (id) => store.head(recordId(id));
  return {
    ...app,
    ...{ shop, ci, alice, bob, carol, mallory: sandbox.user("mallory"), entries, head },
    async itemOf(id) {
      const known = await head(id);
      if (!known) throw new Error(`There is no record ${id}`);
      return (await app.parts.pipeline.workItems.load(membershipOf(known))).item;
    },
    async settle() {
      await app.receiveAll();
      clock.advance(61);
    },
    lose: () => sandbox.takePending().map(({ event, action }) => `${event}.${action}`),
    async history(id) {
      return (await entries(id)).map(inWords);
    },
    async stateOf(id) {
      return (await head(id))?.state;
    },
    async recordIds() {
      return (await store.ledgers()).items;
    },
    fault: (isMeant, answer) => void faults.push({ isMeant, answer }),
    requests() {
      const since = requests;
      requests = [];
      return since;
    },
  };
}

function inWords({ kind, fromState, toState, trigger }: Entry): string {
  return toState === null ? `${kind} (${trigger})` : `${kind} ${fromState ?? ""} → ${toState} (${trigger})`;
}

/** The id of an issue's record: of its first cycle, unless told otherwise. */
export function idOfIssue({ repository, number }: Issue, cycle = 1): string {
  return `gh-${repository.id}-issue-${number}${suffix(cycle)}`;
}

/** The id of the record of a pull request that belongs to no issue. */
export function idOfPull({ repository, number }: PullRequest, cycle = 1): string {
  return `gh-${repository.id}-pull-${number}${suffix(cycle)}`;
}

function suffix(cycle: number): string {
  return cycle > 1 ? `-c${cycle}` : "";
}

/** A pull request of Alice's, on a branch of its own. */
export function openPull(
  { shop, alice }: Pick<Flow, "shop" | "alice">,
  {
    body = "",
    head = "mend",
    ...rest
  }: { body?: string; head?: string; draft?: boolean; base?: string; labels?: string[] } = {},
): PullRequest {
  return shop.openPullRequest({ by: alice, title: "Mend the cart", body, head, ...rest });
}

export function passCi({ shop, ci }: Pick<Flow, "shop" | "ci">, { headSha: sha }: PullRequest, name = "build"): void {
  shop.startCheck({ app: ci, sha, name }).start().complete("success");
}

/** The newest word of CI that a check passed: not of the App's own checks. */
export function ciPassed({ sandbox }: Pick<Flow, "sandbox">): Delivery {
  const isMeant = ({ event, action, body }: Delivery) =>
    event === "check_run" && action === "completed" && !body.includes('"name":"LoopForge');
  const found = sandbox.deliveries.findLast(isMeant);
  if (!found) throw new Error("No check of CI was completed");
  return found;
}

/** The audit comment of a pull request; empty where there is none. */
export function auditOf({ comments }: PullRequest): string {
  return comments.find(({ body }) => body.startsWith(COMMENT_MARKER))?.body ?? "";
}

/** What the App answered to a comment: its reactions, and the replies without their marker. */
export function answersTo(comment: Comment) {
  const marker = `<!-- loopforge:reply:${comment.id} -->\n`;
  const replies = comment.thread.comments.filter(({ body }) => body.startsWith(marker));
  return {
    reactions: comment.reactions.map(({ content, user }) => `${content} ${user.login}`),
    replies: replies.map(({ body }) => body.slice(marker.length)),
  };
}

/** The App's own check runs of a commit, newest last. */
export function ownChecks({ checkRuns }: Repository, sha: string): readonly CheckRun[] {
  return [...checkRuns.values()].filter(({ suite }) => suite.app.slug === "loopforge" && suite.headSha === sha);
}

/** A delivery of a payload that the sandbox would not make. */
export function aDelivery(event: string, payload: object, guid: string): Delivery {
  const hook = { appId: 0, hookId: 0, secret: "", url: "", contentType: "json", insecureSsl: "0" } as const;
  return new Delivery({ id: 0, guid, event, payload: payload as Payload, at: "", repositoryId: null, hook });
}

export function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

export function isMerge({ method, url }: Request): boolean {
  return method === "PUT" && url.endsWith("/merge");
}

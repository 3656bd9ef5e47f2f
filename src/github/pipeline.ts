import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import {
  type Account,
  GITHUB,
  type GithubState,
  type Hash,
  LoopForgeError,
  type News,
  type Observation,
  type PersonId,
  type Policy,
  SALT_BYTES,
  type Source,
} from "../core/index.js";
import type { LoopService, Observed } from "../service.js";
import type { LoopStore } from "../store/repository.js";
import { closingPulls, readIssue } from "./closing-references.js";
import {
  accountType,
  OBSERVERS,
  type ObservedEvent,
  type RawAccount,
  type Repo,
  type Sighting,
} from "./observe/index.js";
import type { Octokit } from "./octokit.js";
import { Parked } from "./parked.js";
import type { Reporter } from "./reporter.js";
import { readPull } from "./snapshot.js";
import { type Target, Targets } from "./targets.js";
import { Turns } from "./turns.js";

/** One delivery on its way to a Probot handler. */
export interface Delivery {
  readonly id: string;
  readonly event: ObservedEvent;
  readonly payload: object;
  readonly payloadSha256: Hash;
}

export interface PipelineOptions {
  readonly service: LoopService<GithubState>;
  readonly store: LoopStore;
  readonly reporter: Reporter;
  readonly policy: Policy;
  readonly appId: number;
  readonly queueLabel: string;
  readonly clock: () => Date;
}

/** What one delivery goes through: observe, find its records, plan and append, hooks, report. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #targets: Targets;
  readonly #parked: Parked;
  readonly #turns = new Turns();
  readonly #persons = new LRUCache<string, PersonId>({ max: 10_000 });

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#targets = new Targets(options.store, GITHUB);
    this.#parked = new Parked(options.store, options.clock);
  }

  /**
   * Repeating a delivery changes nothing that it changed before.
   * @param octokit null where GitHub cannot be asked: what was delivered is recorded all the same, and reported nowhere
   * @throws LoopForgeError `invalid_payload` for a payload without a field that is used; GitHub's and the store's own errors
   */
  async handle(delivery: Delivery, octokit: Octokit | null): Promise<void> {
    const { id, event, payload, payloadSha256 } = delivery;
    const source: Source = { kind: "webhook", event, delivery: id, payloadSha256 };
    const sighting = await this.#observe(event, payload);
    if (!sighting) return;
    const observed = await this.#apply(sighting, source, id, octokit);
    await this.#report(observed, octokit);
  }

  async #observe(event: ObservedEvent, payload: object): Promise<Sighting | null> {
    const persons = await this.#identify(payload);
    return OBSERVERS[event](payload, {
      appId: this.#options.appId,
      queueLabel: this.#options.queueLabel,
      who: (account) => (account ? (persons.get(account.id) ?? null) : null),
    });
  }

  async #apply(sighting: Sighting, source: Source, key: string, octokit: Octokit | null): Promise<readonly Observed[]> {
    const { subject } = sighting;
    const observation: Observation = { ...sighting.observation, source };
    let targets = await this.#targetsOf(sighting, key, octokit);
    if (targets.length === 0 && subject.kind === "commit") {
      await this.#parked.park(subject.repo, subject.sha, key, observation);
      // The pull request may have come in between: whichever of the two looks last sees the other.
      targets = await this.#targetsOf(sighting, key, octokit);
    }
    const observed: Observed[] = [];
    const catchUp = octokit ? () => this.#catchUp(sighting, octokit) : undefined;
    for (const target of targets) observed.push(...(await this.#observeRecord(target, observation, key, catchUp)));
    if (observation.news.pull)
      observed.push(...(await this.#unpark(observation.news.pull.repoId, observation.news.pull.headSha)));
    return observed;
  }

  #targetsOf({ subject }: Sighting, key: string, octokit: Octokit | null): Promise<readonly Target[]> {
    switch (subject.kind) {
      case "issue":
        return this.#targets.ofIssue(subject);
      case "pull":
        return this.#targets.ofPull(subject, octokit, (number) => this.#readIssue(subject.repo, number, key, octokit));
      case "commit":
        return this.#targets.ofCommit(subject.repo.id, subject.sha);
    }
  }

  /** Opens the record of an issue whose own deliveries did not come, or not yet. */
  async #readIssue(repo: Repo, number: number, key: string, octokit: Octokit | null): Promise<boolean> {
    const issue = octokit && (await readIssue(octokit, repo, number));
    if (!issue) return false;
    const payload = { action: "opened", issue, repository: { id: repo.id, full_name: repo.name }, sender: null };
    const sighting = await this.#observe("issues.opened", payload);
    if (sighting) await this.#apply(sighting, { kind: "snapshot" }, `${key}/issue-${number}`, octokit);
    return true;
  }

  /** What late deliveries would have said: of the pull request, or of those that close the issue. */
  async #catchUp({ subject }: Sighting, octokit: Octokit): Promise<readonly News[]> {
    switch (subject.kind) {
      case "issue": {
        const pulls = await closingPulls(octokit, subject.repo, subject.number);
        return (await Promise.all(pulls.map((number) => this.#readPull(subject.repo, number, octokit)))).flat();
      }
      case "pull":
        return this.#readPull(subject.repo, subject.number, octokit);
      case "commit":
        return [];
    }
  }

  async #readPull(repo: Repo, number: number, octokit: Octokit): Promise<readonly News[]> {
    const news: News[] = [];
    for (const { event, payload } of (await readPull(octokit, repo, number)) ?? []) {
      const sighting = await this.#observe(event, payload).catch(unlessUnreadable);
      if (sighting) news.push(sighting.observation.news);
    }
    return news;
  }

  async #observeRecord(
    { recordId, opening }: Target,
    observation: Observation,
    key: string,
    catchUp?: () => Promise<readonly News[]>,
  ): Promise<readonly Observed[]> {
    const { service, policy } = this.#options;
    const observed = await this.#turns.take(recordId, () =>
      service.observe(recordId, observation, {
        ...{ policy, key },
        ...(opening ? { opening } : {}),
        ...(catchUp ? { catchUp } : {}),
      }),
    );
    return observed ? [observed] : [];
  }

  async #unpark(repoId: number, sha: string): Promise<readonly Observed[]> {
    const observed: Observed[] = [];
    for (const { id, observation } of await this.#parked.of(repoId, sha)) {
      for (const target of await this.#targets.ofCommit(repoId, sha)) {
        observed.push(...(await this.#observeRecord(target, observation, id)));
      }
      await this.#parked.release(repoId, sha, id);
    }
    return observed;
  }

  async #report(observed: readonly Observed[], octokit: Octokit | null): Promise<void> {
    if (!octokit) return;
    const pulls = new Map<string, { repoId: number; number: number; outcomes: Observed["outcomes"] }>();
    for (const { head, outcomes } of observed) {
      for (const { repoId, number } of head.facts.pulls) {
        const key = `${repoId}#${number}`;
        pulls.set(key, { repoId, number, outcomes: [...(pulls.get(key)?.outcomes ?? []), ...outcomes] });
      }
    }
    for (const [key, { repoId, number, outcomes }] of pulls) {
      await this.#turns.take(`report ${key}`, () => this.#options.reporter.publish(octokit, repoId, number, outcomes));
    }
  }

  async #identify(payload: object): Promise<ReadonlyMap<number, PersonId>> {
    const persons = new Map<number, PersonId>();
    for (const account of accountsIn(payload)) persons.set(account.id, await this.#person(account));
    return persons;
  }

  async #person(raw: RawAccount): Promise<PersonId> {
    const account: Account = { id: raw.id, login: raw.login, type: accountType(raw) };
    const key = `${account.id} ${account.login} ${account.type}`;
    const known = this.#persons.get(key);
    if (known) return known;
    const person = await this.#options.store.people.identify(account, randomBytes(SALT_BYTES));
    this.#persons.set(key, person);
    return person;
  }
}

/** One reading without a field that is used is one less to go by: it does not set aside the delivery that it was to explain. */
function unlessUnreadable(error: unknown): null {
  if (error instanceof LoopForgeError && error.code === "invalid_payload") return null;
  throw error;
}

/** Where GitHub's payloads name somebody whom a record names. */
function accountsIn(payload: object): readonly RawAccount[] {
  const at = (...path: readonly string[]) =>
    path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), payload);
  const places = [
    at("sender"),
    at("issue", "user"),
    at("pull_request", "user"),
    at("pull_request", "merged_by"),
    at("review", "user"),
  ];
  const accounts = places.filter(isAccount);
  return [...new Map(accounts.map((account) => [account.id, account])).values()];
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

function isAccount(value: unknown): value is RawAccount {
  return (
    isObject(value) && Number.isSafeInteger(value.id) && typeof value.login === "string" && value.login.length <= 100
  );
}

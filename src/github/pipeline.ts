import {
  currentPull,
  type Facts,
  GITHUB,
  type Lifecycle,
  type News,
  type Observation,
  type Policy,
  type RecordHead,
  type Source,
  STRICT,
} from "../core/index.js";
import { withLogContext } from "../log-context.js";
import type { Observed, Recorder } from "../recorder/recorder.js";
import type { LoopStore } from "../store/repository.js";
import { readIssueHistory } from "./catch-up/issue-history.js";
import { type Reading, readPull } from "./catch-up/snapshot.js";
import type { Octokit } from "./client/octokit.js";
import type { Configurations } from "./config/load.js";
import type { Configuration } from "./config/schema.js";
import { closingPulls } from "./links/closing-references.js";
import { isOfSameOwner } from "./links/linked-issues.js";
import { OBSERVERS, type Repo, type Sighting, type Subject } from "./observe/index.js";
import { envelopePayload, parsePayload } from "./observe/payload.js";
import { Parked } from "./parked.js";
import type { Permissions } from "./permissions.js";
import { Persons, reviewerIn } from "./persons.js";
import { policyOf } from "./policy-of.js";
import { seenBy } from "./seen-by.js";
import { type Asking, type Target, Targets } from "./targets.js";
import { Turns } from "./turns.js";
import { unlessUnreadable } from "./unless-unreadable.js";

export interface PipelineOptions {
  readonly recorder: Recorder;
  readonly store: LoopStore;
  readonly configurations: Configurations;
  readonly permissions: Permissions;
  /** Whether the App itself asked for the merge of a head. */
  readonly askedToMerge: (repoId: number, number: number, sha: string) => Promise<boolean>;
  readonly appId: number;
  readonly clock: () => Date;
}

/** How something came to be known, and whom to ask for more. */
export interface Visit {
  readonly source: Source;
  /** The same key writes once; what is read anew each time has none. */
  readonly key?: string;
  /** Null where GitHub cannot be asked: what was said is recorded all the same. */
  readonly octokit: Octokit | null;
}

/** What is in force where something was seen. */
interface Setting extends Visit {
  readonly repo: Repo;
  readonly configuration: Configuration;
  readonly lifecycle: Lifecycle;
  /** False while an issue's past is being taken in, for that does not ask for itself. */
  readonly mayReadIssues: boolean;
}

/**
 * The one way from what GitHub says to what is recorded, whether a delivery said it, a read of the API or a backfill: observe, find
 * the records, plan and append.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #targets: Targets;
  readonly #parked: Parked;
  readonly persons: Persons;
  readonly #turns = new Turns();

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#targets = new Targets(options.store);
    this.#parked = new Parked(options.store, options.clock);
    this.persons = new Persons(options.store.people);
  }

  /**
   * Repeating it changes nothing that it changed before.
   * @throws LoopForgeError `invalid_payload` for a payload without a field that is used; GitHub's and the store's own errors
   */
  async take(reading: Reading, visit: Visit): Promise<readonly Observed[]> {
    const setting = await this.#settingOf(reading.payload, visit);
    return this.#take(reading, setting);
  }

  /** Takes in what was made out to mean something by other means than an observer: a command, a merge of the App's own. */
  async apply(sighting: Sighting, visit: Visit): Promise<readonly Observed[]> {
    return this.#apply(sighting, await this.#setting(sighting.subject.repo, visit));
  }

  /** The records of an issue or a pull request as far as they are known; none is opened for it. */
  async headsOf(subject: Subject): Promise<readonly RecordHead[]> {
    const asking = { octokit: null, readIssue: null, branchPatterns: [] };
    const targets = await this.#ask(subject, asking);
    const heads = await Promise.all(targets.map(({ recordId }) => this.#options.store.head(recordId)));
    return heads.filter((head) => head !== null);
  }

  async #settingOf(payload: object, visit: Visit): Promise<Setting> {
    return this.#setting(parsePayload(envelopePayload, payload).repository, visit);
  }

  async #setting(repo: Repo, visit: Visit): Promise<Setting> {
    const { configuration } = await this.#options.configurations.of(visit.octokit, repo);
    return {
      ...visit,
      ...{ repo, configuration },
      lifecycle: configuration.lifecycle === "strict" ? STRICT : GITHUB,
      mayReadIssues: visit.octokit !== null,
    };
  }

  async #take(reading: Reading, setting: Setting): Promise<readonly Observed[]> {
    const sighting = await this.#observe(reading, setting);
    return sighting ? this.#apply(await this.#attributed(sighting), setting) : [];
  }

  /** A merge that the App asked for is its own, whether its answer or its delivery is heard first. */
  async #attributed(sighting: Sighting): Promise<Sighting> {
    const { observation } = sighting;
    const { cause, news, people } = observation;
    const byBot = people.some(({ role, type }) => role === "merger" && type === "Bot");
    if (cause !== "pr.merged" || !byBot || !news.pull) return sighting;
    const { repoId, number, headSha } = news.pull;
    if (!(await this.#options.askedToMerge(repoId, number, headSha))) return sighting;
    return { ...sighting, observation: { ...observation, cause: "auto.merged" } };
  }

  /** What a payload says, and nothing of it recorded. */
  async #observe(reading: Reading, { octokit, configuration, source }: Setting): Promise<Sighting | null> {
    const { permissions, appId, clock } = this.#options;
    const { event, payload } = reading;
    const [persons, reviewer] = [await this.persons.in(payload), reviewerIn(payload)];
    const { repository } = parsePayload(envelopePayload, payload);
    const mayWriteNow = octokit && reviewer ? await permissions.mayWrite(octokit, repository, reviewer) : null;
    const isOfOld = isLongAgo(reading.mergedAt, clock());
    // Who may not write today may have been allowed to then: GitHub does not tell, so that they may not is no news of an old merge.
    const mayWrite = mayWriteNow === false && isOfOld && source.kind === "backfill" ? null : mayWriteNow;
    return OBSERVERS[event](payload, {
      ...{ appId, isOfOld },
      queueLabels: configuration.queue.labels,
      who: (account) => (account ? (persons.get(account.id) ?? null) : null),
      mayWrite: (account) => (account?.id === reviewer?.id ? mayWrite : null),
    });
  }

  async #apply(sighting: Sighting, setting: Setting): Promise<readonly Observed[]> {
    const { subject } = sighting;
    const observation: Observation = { ...sighting.observation, source: setting.source };
    let targets = await this.#targetsOf(sighting, setting);
    if (targets.length === 0 && subject.kind === "commit") {
      await this.#parked.park(subject.repo, subject.sha, observation, setting.key);
      // The pull request may have come in between: whichever of the two looks last sees the other.
      targets = await this.#targetsOf(sighting, setting);
    }
    const observed: Observed[] = [];
    // What waited for this commit came before.
    if (subject.kind === "commit" && targets.length > 0) {
      observed.push(...(await this.#unpark(subject.repo.id, subject.sha, setting)));
    }
    for (const target of targets) {
      const seen = seenBy(target, observation);
      const catchUp = target.link?.is === "undone" ? undefined : () => this.#catchUp(sighting, setting);
      observed.push(...(await this.#observeRecord(target, seen, setting, catchUp)));
    }
    if (observation.news.pull) {
      observed.push(...(await this.#unpark(observation.news.pull.repoId, observation.news.pull.headSha, setting)));
    }
    return observed;
  }

  #targetsOf({ subject }: Sighting, setting: Setting): Promise<readonly Target[]> {
    const { octokit, configuration, mayReadIssues } = setting;
    const readIssue = mayReadIssues ? (repo: Repo, number: number) => this.#readIssue(repo, number, setting) : null;
    return this.#ask(subject, { octokit, readIssue, branchPatterns: configuration.links.branches });
  }

  #ask(subject: Subject, asking: Asking): Promise<readonly Target[]> {
    switch (subject.kind) {
      case "issue":
        return this.#targets.ofIssue(subject, asking);
      case "pull":
        return this.#targets.ofPull(subject, asking);
      case "commit":
        return this.#targets.ofCommit(subject.repo.id, subject.sha);
      case "repository":
        return this.#targets.ofRepository(subject.repo.id);
    }
  }

  /** Takes in the past of an issue whose own deliveries did not come, or not yet. */
  async #readIssue(repo: Repo, number: number, setting: Setting): Promise<void> {
    if (!setting.octokit) return;
    const { key: _, ...rest } = setting;
    const source: Source = setting.source.kind === "backfill" ? setting.source : { kind: "snapshot" };
    for (const reading of (await readIssueHistory(setting.octokit, repo, number)) ?? []) {
      await this.#take(reading, { ...rest, source, mayReadIssues: false }).catch(unlessUnreadable);
    }
  }

  /** What is so at GitHub now, and what waits here: of the pull request, or of those that close the issue. */
  async #catchUp({ subject, observation }: Sighting, setting: Setting): Promise<readonly News[]> {
    const { octokit } = setting;
    switch (subject.kind) {
      case "issue": {
        if (!octokit) return [];
        const pulls = await closingPulls(octokit, subject.repo, subject.number);
        const news = await Promise.all(pulls.map(({ repo, number }) => this.#readPull(repo, number, setting)));
        // A pull request that came after the issue was closed has no part in how it was closed.
        const closedAt = observation.news.issue?.closedAt;
        return news.filter((life) => life.every(({ pull }) => !pull || !closedAt || pull.openedAt <= closedAt)).flat();
      }
      case "pull": {
        const { pull } = observation.news;
        const waiting = pull ? await this.#parked.of(subject.repo.id, pull.headSha) : [];
        const read = octokit ? await this.#readPull(subject.repo, subject.number, setting) : [];
        // Its head first: what is said of a head that is not known is not taken in.
        return [...(pull ? [{ pull }] : []), ...read, ...waiting.map((parked) => parked.observation.news)];
      }
      case "commit":
      case "repository":
        return [];
    }
  }

  async #readPull(repo: Repo, number: number, setting: Setting): Promise<readonly News[]> {
    const news: News[] = [];
    if (!setting.octokit) return news;
    for (const reading of (await readPull(setting.octokit, repo, number)) ?? []) {
      const sighting = await this.#observe(reading, setting).catch(unlessUnreadable);
      if (sighting) news.push(sighting.observation.news);
    }
    // The newest first, which has the head that the checks are about.
    return news.reverse();
  }

  async #observeRecord(
    { recordId, opening }: Target,
    observation: Observation,
    setting: Setting,
    catchUp?: () => Promise<readonly News[]>,
  ): Promise<readonly Observed[]> {
    const { lifecycle, key, configuration } = setting;
    const options = {
      ...{ policyFor: (facts: Facts) => this.#policyFor(facts, setting), lifecycle, hooks: configuration.hooks },
      ...(key === undefined ? {} : { key }),
      ...(opening ? { opening } : {}),
      ...(catchUp ? { catchUp } : {}),
    };
    const observed = await this.#turns.take(recordId, () =>
      withLogContext({ recordId }, () => this.#options.recorder.observe(recordId, observation, options)),
    );
    return observed ? [observed] : [];
  }

  /** A change is held to what the repository asks for that it goes to, wherever its issue is, and wherever the event came from. */
  async #policyFor(facts: Facts, { repo, octokit, configuration }: Setting): Promise<Policy> {
    const pull = currentPull(facts);
    if (!pull || pull.repoId === repo.id) return policyOf(configuration);
    const decisive = { id: pull.repoId, name: pull.repoName };
    // To another owner's installation of the App, the file would seem not to be there.
    const asked = isOfSameOwner(decisive, repo) ? octokit : null;
    return policyOf((await this.#options.configurations.of(asked, decisive)).configuration);
  }

  async #unpark(repoId: number, sha: string, setting: Setting): Promise<readonly Observed[]> {
    const observed: Observed[] = [];
    for (const { id, key, observation } of await this.#parked.of(repoId, sha)) {
      const { key: _, ...rest } = setting;
      for (const target of await this.#targets.ofCommit(repoId, sha)) {
        observed.push(
          ...(await this.#observeRecord(target, observation, { ...rest, ...(key === undefined ? {} : { key }) })),
        );
      }
      await this.#parked.release(repoId, sha, id);
    }
    return observed;
  }
}

/**
 * People come and go; within two months, what they may do today is taken for what they might do then. Checks go, too: GitHub keeps
 * them for a limited time, reported to be 90 days at most for public repositories, and they may have run a month before the merge.
 * @see https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks#retention-of-checks
 */
const LONG_AGO_MS = 60 * 86_400_000;

function isLongAgo(at: string | null | undefined, now: Date): boolean {
  return at ? now.getTime() - Date.parse(at) > LONG_AGO_MS : false;
}

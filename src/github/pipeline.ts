import {
  currentPull,
  GITHUB,
  type Hearing,
  type Lifecycle,
  type LinkSource,
  type LinkStatement,
  linkFacts,
  type Observation,
  type OfPull,
  type Policy,
  type PullView,
  type RecordHead,
  type RecordId,
  type Source,
  STRICT,
  second,
  timestamp,
  type WorkItem,
} from "../core/index.js";
import { withLogContext } from "../log-context.js";
import type { Observed, Recorder } from "../recorder/recorder.js";
import type { LoopStore } from "../store/repository.js";
import { readClosers } from "./catch-up/closers.js";
import type { ListedCommitters } from "./catch-up/committers.js";
import { readIssueHistory } from "./catch-up/issue-history.js";
import { type PullEvents, readPullEvents } from "./catch-up/pull-events.js";
import { type PullRead, readPull } from "./catch-up/snapshot.js";
import type { SyntheticEvent } from "./catch-up/synthetic-event.js";
import type { Octokit } from "./client/octokit.js";
import type { Configurations, InForce } from "./config/load.js";
import { PolicyChanges, type PolicyReading } from "./config/policy-changes.js";
import type { Configuration } from "./config/schema.js";
import { hearingOf } from "./hearing.js";
import { KeyedMutex } from "./keyed-mutex.js";
import { isOfSameOwner } from "./links/linked-issues.js";
import { type ParsedEvent, parseEvent, type Repo, type Sighting, type Subject } from "./observe/index.js";
import type { ConfigurationPush } from "./observe/pushes.js";
import { isAgent } from "./people/agents.js";
import type { Permissions } from "./people/permissions.js";
import { Persons } from "./people/persons.js";
import { policyOf } from "./policy-of.js";
import { type LinkLookup, RecordFinder, type RecordMatch } from "./records/find-records.js";
import { FirstChecks } from "./records/first-checks.js";
import { unlessUnreadable } from "./unless-unreadable.js";

export interface PipelineOptions {
  readonly recorder: Recorder;
  readonly store: LoopStore;
  readonly configurations: Configurations;
  readonly permissions: Permissions;
  /** Whether the App itself asked for the merge of a head. */
  readonly askedToMerge: (repoId: number, number: number, sha: string) => Promise<boolean>;
  readonly appId: number;
  /** Names of the operator's gates. */
  readonly gates: readonly string[];
  readonly clock: () => Date;
}

/** How something came to be known, and whom to ask for more. */
export interface EventContext {
  readonly source: Source;
  /** The same key writes once; what is read anew each time has none. */
  readonly key?: string;
  /** Null where GitHub cannot be asked: what was said is recorded all the same. */
  readonly octokit: Octokit | null;
  /** When the delivery was received; now, where nothing is said. */
  readonly receivedAt?: Date;
}

/** What is in force where something was seen. */
interface RepoContext extends EventContext {
  readonly repo: Repo;
  readonly configuration: Configuration;
  readonly policy: Policy;
  readonly lifecycle: Lifecycle;
  /** False while an issue's past is being taken in, for that does not ask for itself. */
  readonly mayReadIssues: boolean;
}

/**
 * The one way from what GitHub says to what is recorded, whether a delivery said it, a read of the API or a backfill: observe, add to the
 * facts, find the records, plan and append.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly records: RecordFinder;
  readonly persons: Persons;
  readonly #policyChanges: PolicyChanges;
  readonly #firstChecks = new FirstChecks();
  readonly #mutex = new KeyedMutex();

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.records = new RecordFinder(options.store, options.recorder.workItems);
    this.persons = new Persons(options.store.people);
    this.#policyChanges = new PolicyChanges(options.recorder.workItems);
  }

  get workItems() {
    return this.#options.recorder.workItems;
  }

  /**
   * Repeating it changes nothing that it changed before.
   * @throws LoopForgeError `invalid_payload` for a payload without a field that is used; GitHub's and the store's own errors
   */
  async take({ event, payload }: SyntheticEvent, visit: EventContext): Promise<readonly Observed[]> {
    const parsed = parseEvent(event, payload);
    return this.#take(parsed, await this.#contextOf(parsed.repo, visit));
  }

  /** Takes in what was made out to mean something by other means than an observer: a command, a merge of the App's own. */
  async apply(sighting: Sighting, visit: EventContext): Promise<readonly Observed[]> {
    return this.#apply(sighting, await this.#contextOf(sighting.subject.repo, visit));
  }

  /** The records of an issue or a pull request as far as they are known; none is opened for it. */
  headsOf(subject: Subject): Promise<readonly RecordHead[]> {
    return this.records.known(subject);
  }

  async #contextOf(repo: Repo, visit: EventContext): Promise<RepoContext> {
    const inForce = await this.#options.configurations.of(visit.octokit, repo);
    const context = this.#contextBy(repo, inForce, visit);
    if (inForce.readAt !== null)
      await this.#notePolicy({ policy: context.policy, at: inForce.readAt, push: null }, context);
    return context;
  }

  /** A push to the default branch that may have brought another configuration. */
  async takePush({ repo, commit, sender, at }: ConfigurationPush, visit: EventContext): Promise<readonly Observed[]> {
    if (!visit.octokit) return [];
    const persons = await this.persons.in(sender ? [sender] : []);
    const inForce = await this.#options.configurations.pushed(visit.octokit, repo, commit);
    const context = this.#contextBy(repo, inForce, visit);
    // What could not be read has changed nothing.
    if (inForce.readAt === null) return [];
    const by = (sender && persons.get(sender.id)) ?? null;
    const heardAt = at ?? timestamp(visit.receivedAt ?? this.#options.clock());
    return this.#notePolicy({ policy: context.policy, at: heardAt, push: { commit, by } }, context);
  }

  /** A change of what the repository asks for is told in each of its open records. */
  async #notePolicy(reading: PolicyReading, context: RepoContext): Promise<readonly Observed[]> {
    const { key, ...rest } = context;
    const observed: Observed[] = [];
    await this.#policyChanges.note(context.repo, reading, async (changed) => {
      observed.push(...(await this.#apply(changed, key === undefined ? rest : { ...rest, key: `${key}/policy` })));
    });
    return observed;
  }

  async #take(parsed: ParsedEvent, context: RepoContext): Promise<readonly Observed[]> {
    const { repo, retargeted: number } = parsed;
    // Whether a person changed the base or GitHub did, the delivery does not say; by that it is decided which approvals go along.
    if (number !== null && context.octokit) {
      await this.#learnEvents({ repoId: repo.id, number }, await readPullEvents(context.octokit, repo, number));
    }
    await this.#learnLabel(parsed, context);
    const sighting = await this.#observe(parsed, context);
    return sighting ? this.#apply(await this.#attributed(sighting), context) : [];
  }

  /** Who sets the label that asks for a merge must be allowed to merge: that is asked anew each time. */
  async #learnLabel(
    { repo, labeled, sender }: ParsedEvent,
    { octokit, configuration, source, receivedAt }: RepoContext,
  ) {
    const { label } = configuration.autoMerge;
    if (!labeled || label === null || !isSameLabel(labeled.label, label)) return;
    const isAsked = octokit !== null && sender !== null && sender.type !== "Bot";
    const mayMerge = isAsked ? await this.#options.permissions.mayWriteNow(octokit, repo, sender) : null;
    const { number, at } = labeled;
    const word = { repoId: repo.id, number, label, mayMerge, at };
    await this.workItems.learn({ labelWord: word }, hearingOf(source, receivedAt ?? this.#options.clock()));
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

  /** What an event says, and nothing of it recorded. */
  async #observe(parsed: ParsedEvent, { octokit, configuration, source, repo }: RepoContext): Promise<Sighting | null> {
    const { permissions, appId, clock } = this.#options;
    const { reviewer, mergedAt } = parsed;
    const persons = await this.persons.in(parsed.accounts);
    const isAsked = octokit !== null && reviewer !== null && reviewer.type !== "Bot";
    const answered = isAsked ? await permissions.mayWrite(octokit, repo, reviewer) : null;
    // Permissions are known as of today only. For an old merge, "no write access now" proves nothing.
    const isUnprovable = answered === false && isLongAgo(mergedAt, clock(), PERMISSIONS_CHANGE_MS);
    const mayWrite = isUnprovable && source.kind === "backfill" ? null : (answered ?? undefined);
    return parsed.observe({
      appId,
      isRead: source.kind === "snapshot" || source.kind === "backfill" || source.kind === "api",
      mayLackChecks: isLongAgo(mergedAt, clock(), CHECKS_KEPT_MS),
      queueLabels: configuration.queue.labels,
      isAgent: (account) => isAgent(account, configuration.agents.logins),
      who: (account) => (account ? (persons.get(account.id) ?? null) : null),
      mayWrite: (account) => (account.id === reviewer?.id ? mayWrite : undefined),
    });
  }

  async #apply(sighting: Sighting, context: RepoContext): Promise<readonly Observed[]> {
    const { subject } = sighting;
    const hearing = hearingOf(context.source, context.receivedAt ?? this.#options.clock());
    const observation: Observation = { ...sighting.observation, source: context.source, hearing };
    await this.#learn({ subject, observation }, hearing, context);
    const observed: Observed[] = [];
    for (const match of await this.records.of(subject, this.#lookup(observation, context))) {
      observed.push(...(await this.#observeRecord(match, observation, sighting, context)));
    }
    observed.push(...(await this.#moveToOpenCycle(subject, observation, context)));
    return [...observed, ...(await this.#judgeAgain(observation, context))];
  }

  async #learn({ subject, observation }: Sighting, hearing: Hearing, { key }: RepoContext): Promise<void> {
    const since = await this.workItems.learn(observation.news, hearing);
    if (since !== null) this.#firstChecks.note(key, { repo: subject.repo, since });
  }

  /** The first check of a repository is heard late: what was merged after it was judged as if there were no CI. */
  async #judgeAgain(observation: Observation, context: RepoContext): Promise<readonly Observed[]> {
    const { key, ...rest } = context;
    const observed: Observed[] = [];
    for (let first = this.#firstChecks.next(key); first; first = this.#firstChecks.next(key)) {
      const { repo, since } = first;
      for (const { recordId, pulls } of await this.records.mergedIn(repo.id)) {
        for (const { number } of pulls) {
          const refreshed: Observation = { ...observation, cause: "refreshed", news: {}, evidence: {}, people: [] };
          const subject: Subject = { kind: "pull", repo, number, linking: null };
          // The delivery's own key is spent on what it says itself.
          const again = key === undefined ? context : { ...rest, key: `${key}/first-check/${number}` };
          const sighting = { subject, observation: refreshed };
          observed.push(...(await this.#observeRecord({ recordId }, refreshed, sighting, again)));
        }
      }
      this.workItems.ciIsKnown(repo.id, since);
      this.#firstChecks.done(key, first);
    }
    return observed;
  }

  /** An issue was closed or reopened: open pull requests that name it move to the cycle that is going on. */
  async #moveToOpenCycle(
    subject: Subject,
    observation: Observation,
    context: RepoContext,
  ): Promise<readonly Observed[]> {
    if (subject.kind !== "issue" || subject.turn === null) return [];
    const observed: Observed[] = [];
    // The delivery's own key is spent on what it says of the issue.
    const moving = context.key === undefined ? context : { ...context, key: `${context.key}/moved` };
    for (const pull of await this.records.namersOf({ repoId: subject.repo.id, number: subject.number })) {
      const known = await this.records.known({
        kind: "pull",
        repo: { ...subject.repo, id: pull.repoId },
        number: pull.number,
        linking: null,
      });
      const places = await this.records.placesOf(pull, subject.repo, subject.at, known);
      const isMoved = places.some(
        ({ recordId, leaving }) => leaving || !known.some((head) => head.recordId === recordId),
      );
      if (!isMoved) continue;
      const shown = await this.workItems.pull(pull);
      const evidence = shown ? { url: shown.url } : {};
      // No news of its own: what is known of the pull request is read from its facts.
      const moved: Observation = { ...observation, cause: "refreshed", news: {}, evidence, people: [] };
      for (const place of places) {
        observed.push(...(await this.#observeRecord(place, moved, null, moving, pull)));
      }
    }
    return observed;
  }

  #lookup({ hearing }: Pick<Observation, "hearing">, context: RepoContext): LinkLookup {
    const { octokit, configuration, mayReadIssues } = context;
    const readIssue = mayReadIssues ? (repo: Repo, number: number) => this.#readIssue(repo, number, context) : null;
    const readPull = octokit
      ? async (repo: Repo, number: number) => void (await this.#readPull(repo, number, context))
      : null;
    return { octokit, readIssue, readPull, branchPatterns: configuration.links.branches, hearing };
  }

  /** Takes in the past of an issue whose own deliveries did not come, or not yet. */
  async #readIssue(repo: Repo, number: number, context: RepoContext): Promise<void> {
    if (!context.octokit) return;
    const { key: _, receivedAt: __, ...rest } = context;
    const source: Source = context.source.kind === "backfill" ? context.source : { kind: "snapshot" };
    const readings = (await readIssueHistory(context.octokit, repo, number)) ?? [];
    for (const sighting of await this.#learnAll(readings, { ...rest, source, mayReadIssues: false }, true)) {
      await this.#apply(sighting, { ...rest, source, mayReadIssues: false });
    }
  }

  /** Takes in the life of an issue that was read. All its turns become known first: by them, each step has its cycle. */
  async takeHistory(
    readings: readonly SyntheticEvent[],
    repo: Repo,
    visit: EventContext,
  ): Promise<readonly Observed[]> {
    const context = await this.#contextOf(repo, visit);
    const observed: Observed[] = [];
    for (const sighting of await this.#learnAll(readings, context, true)) {
      observed.push(...(await this.#apply(sighting, context)));
    }
    return observed;
  }

  /** Takes in the life of a pull request that was read, step by step: each has its own line, at GitHub's own time. */
  async takeSteps(readings: readonly SyntheticEvent[], visit: EventContext): Promise<readonly Observed[]> {
    const observed: Observed[] = [];
    for (const reading of readings) {
      try {
        observed.push(...(await this.take(reading, visit)));
      } catch (error) {
        unlessUnreadable(error);
      }
    }
    return observed;
  }

  async #learnAll(
    readings: readonly SyntheticEvent[],
    context: RepoContext,
    onlyTurns = false,
  ): Promise<readonly Sighting[]> {
    const hearing = hearingOf(context.source, this.#options.clock());
    const sightings: Sighting[] = [];
    for (const { event, payload } of readings) {
      try {
        const sighting = await this.#observe(parseEvent(event, payload), context);
        if (sighting) sightings.push(sighting);
      } catch (error) {
        unlessUnreadable(error);
      }
    }
    for (const sighting of sightings) {
      const { turn } = sighting.observation.news;
      if (!onlyTurns) await this.#learn(sighting, hearing, context);
      else if (turn) await this.workItems.learn({ turn }, hearing);
    }
    return sightings;
  }

  /** Adds what is so at GitHub now to the facts: of the pull request, or of those that close the issue. */
  async #catchUp(
    { subject, observation }: Sighting,
    recordId: RecordId,
    context: RepoContext,
  ): Promise<readonly OfPull[]> {
    const { octokit } = context;
    if (!octokit) return [];
    switch (subject.kind) {
      case "issue": {
        const { linked, byCommit, mentioning } = await readClosers(octokit, subject.repo, subject.number);
        const pulls: OfPull[] = [];
        for (const closer of [...linked, ...byCommit, ...mentioning]) {
          const { repo, number } = closer;
          const shownNow = (await this.#readPull(repo, number, context)).at(-1);
          const pull = { repoId: repo.id, number };
          const shown = await this.workItems.pull(pull);
          if (!shown) continue;
          const isLinked = linked.some((one) => one.repo.id === repo.id && one.number === number);
          const isMention = mentioning.includes(closer);
          // Of one that was heard of before, what it names now need not be what it named from the beginning.
          const isHeardOf = await this.records.hasStated(pull);
          if (!isLinked && !isMention) await this.#linkBy("commit", subject, pull, shown.openedAt, context);
          else if (isLinked && !isHeardOf && isMergedBy(shown, observation))
            await this.#linkBy("reference", subject, pull, shown.openedAt, context);
          else if (shownNow) await this.#stateNow(shownNow, context);
          // One that came after this cycle of the issue was over has no part in how it ended.
          const places = await this.records.placesOf(pull, repo, shown.openedAt, []);
          if (places.some((place) => place.recordId === recordId)) pulls.push(pull);
        }
        return pulls;
      }
      case "pull":
        await this.#readPull(subject.repo, subject.number, context);
        return [];
      case "commit":
      case "repository":
        return [];
    }
  }

  /**
   * GitHub says that a pull request closes the issue, or that a commit which a merged one brought has closed it: that is the pull request's
   * close, though it may never have named the issue.
   */
  async #linkBy(
    by: LinkSource,
    { repo, number }: { readonly repo: Repo; readonly number: number },
    pull: OfPull,
    at: LinkStatement["at"],
    context: RepoContext,
  ): Promise<void> {
    const statement: LinkStatement = {
      ...pull,
      at,
      issues: [{ repoId: repo.id, number, by: [by] }],
      covers: "named",
    };
    const hearing = hearingOf({ kind: "snapshot" }, context.receivedAt ?? this.#options.clock());
    await this.workItems.add(linkFacts(statement, hearing));
  }

  /** What a pull request names as GitHub shows it now. */
  async #stateNow({ subject }: Sighting, context: RepoContext): Promise<void> {
    if (subject.kind !== "pull" || !subject.linking) return;
    const hearing = hearingOf({ kind: "snapshot" }, this.#options.clock());
    await this.records.state(subject, subject.linking, this.#lookup({ hearing }, { ...context, mayReadIssues: false }));
  }

  async #readPull(repo: Repo, number: number, context: RepoContext): Promise<readonly Sighting[]> {
    if (!context.octokit) return [];
    const source: Source = context.source.kind === "backfill" ? context.source : { kind: "snapshot" };
    const read = await this.readPull(context.octokit, repo, number);
    return this.#learnAll(read?.readings ?? [], { ...context, source });
  }

  /**
   * A pull request's life as GitHub shows it. Nothing of it is recorded yet, only what GitHub refuses to show: a merge is not judged by that.
   * @returns null where GitHub shows nothing of it
   */
  async readPull(octokit: Octokit, repo: Repo, number: number): Promise<PullRead | null> {
    const pull = { repoId: repo.id, number };
    const { configuration } = await this.#options.configurations.of(octokit, repo);
    const known = {
      groups: await this.workItems.groupsOf(pull),
      pull: await this.workItems.pull(pull),
      mergeLabel: configuration.autoMerge.label,
    };
    const read = await readPull(octokit, repo, number, known);
    await this.workItems.noteHidden(pull, read ? read.hidden : ["checks", "reviews"]);
    await this.#learnEvents(pull, read?.events ?? null);
    const set = read?.events?.labels.findLast(({ label }) => isSameLabel(label, known.mergeLabel));
    if (set) {
      const mayMerge = set.by && (await this.#options.permissions.mayWriteNow(octokit, repo, set.by));
      const word = { ...pull, label: set.label, mayMerge, at: set.at };
      await this.workItems.learn({ labelWord: word }, hearingOf({ kind: "snapshot" }, this.#options.clock()));
    }
    if (read?.committers) await this.#learnCommitters(pull, read.committers);
    return read;
  }

  async #learnCommitters(pull: OfPull, { accounts, unknown }: ListedCommitters): Promise<void> {
    const persons = await this.persons.in(accounts);
    const people = [...new Set(persons.values())].sort();
    const hearing = hearingOf({ kind: "snapshot" }, this.#options.clock());
    await this.workItems.learn({ committers: { ...pull, people, unknown } }, hearing);
  }

  async #learnEvents(pull: OfPull, events: PullEvents | null): Promise<void> {
    if (!events) return;
    const { retargets, forcePushes } = events;
    const hearing = hearingOf({ kind: "snapshot" }, this.#options.clock());
    await this.workItems.learn({ branches: { ...pull, retargets, forcePushes } }, hearing);
  }

  /** @param moved the pull request that joins or leaves, where the observation is not its own */
  async #observeRecord(
    { recordId, opening, leaving, joins }: RecordMatch,
    given: Observation,
    sighting: Sighting | null,
    context: RepoContext,
    moved?: OfPull,
  ): Promise<readonly Observed[]> {
    const { lifecycle, key, configuration } = context;
    const pull = moved ?? given.news.pull;
    const left = leaving && pull ? { repoId: pull.repoId, number: pull.number, at: leaving.at } : undefined;
    const observation: Observation = leaving
      ? {
          ...given,
          cause: "pr.unlinked",
          occurredAt: leaving.at,
          evidence: {
            url: given.news.pull?.url ?? given.evidence.url ?? null,
            ...(leaving.belongsTo.length > 0 ? { now_of: leaving.belongsTo } : {}),
          },
        }
      : given;
    const options = {
      policyFor: (item: WorkItem) => this.#policyFor(item, context),
      lifecycle,
      hooks: configuration.hooks,
      isLearned: true,
      ...(key === undefined ? {} : { key }),
      ...(opening ? { opening } : {}),
      ...(left ? { leaving: left } : {}),
      ...(joins ? { joins } : {}),
      ...(sighting && !leaving ? { catchUp: () => this.#catchUp(sighting, recordId, context) } : {}),
    };
    const observed = await this.#mutex.run(recordId, () =>
      withLogContext({ recordId }, () => this.#options.recorder.observe(recordId, observation, options)),
    );
    return observed ? [observed] : [];
  }

  /** A change is held to what the repository asks for that it goes to, wherever its issue is, and wherever the event came from. */
  async #policyFor(item: WorkItem, { repo, octokit, policy }: RepoContext): Promise<Policy> {
    const pull = currentPull(item);
    if (!pull || pull.repoId === repo.id) return policy;
    const decisive = { id: pull.repoId, name: pull.repoName };
    // To another owner's installation of the App, the file would seem not to be there.
    const asked = isOfSameOwner(decisive, repo) ? octokit : null;
    const inForce = await this.#options.configurations.of(asked, decisive);
    return this.#policyOf(inForce);
  }

  #policyOf(inForce: InForce): Policy {
    const { gates } = inForce.configuration;
    const asked = this.#options.gates.filter((gate) => gates === null || gates.includes(gate));
    return { ...policyOf(inForce.configuration, inForce), ...(asked.length > 0 ? { gates: asked } : {}) };
  }

  #contextBy(repo: Repo, inForce: InForce, visit: EventContext): RepoContext {
    const { configuration } = inForce;
    return {
      ...visit,
      repo,
      configuration,
      policy: this.#policyOf(inForce),
      lifecycle: configuration.lifecycle === "strict" ? STRICT : GITHUB,
      mayReadIssues: visit.octokit !== null,
    };
  }
}

function isSameLabel(one: string, other: string | null): boolean {
  return other !== null && one.toLowerCase() === other.toLowerCase();
}

/** Whether the close of an issue may have come of the merge: GitHub closes it after that, or within the same second. */
function isMergedBy({ status }: PullView, { news, occurredAt }: Sighting["observation"]): boolean {
  const closedAt = news.turn?.at ?? news.issue?.closedAt ?? occurredAt;
  if (status.is !== "merged") return false;
  return closedAt === null || second(status.at) <= second(closedAt);
}

/** Within two months, what people may do today is taken for what they might do then. */
const PERMISSIONS_CHANGE_MS = 60 * 86_400_000;

/**
 * GitHub keeps checks for a time that the repository sets, 1 day at the least; what is older may be gone.
 * @see https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks#retention-of-checks
 */
const CHECKS_KEPT_MS = 86_400_000;

function isLongAgo(at: string | null, now: Date, ms: number): boolean {
  return at !== null && now.getTime() - Date.parse(at) > ms;
}

import {
  ciSeen,
  DEFAULT_POLICY,
  type Entry,
  linkFacts,
  type NewRecord,
  type Observation,
  openEntry,
  type PersonId,
  type Policy,
  type PullView,
  pseudonym,
  recordId,
  SALT_BYTES,
  sha256,
  timestamp,
} from "../../src/core/index.js";
import { hearingOf } from "../../src/github/hearing.js";
import { OBSERVERS, type ObservedEvent, parseEvent, type RawAccount } from "../../src/github/observe/index.js";
import { Recorder } from "../../src/recorder/recorder.js";
import { membershipOf } from "../../src/recorder/work-items.js";
import type { NamedHookResult, RecordView, ReportView } from "../../src/report/view.js";
import type { App, Repository, Sandbox, User } from "../../src/sandbox/index.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { givenSandbox, testClock } from "../sandbox/given.js";
import { payloadOf } from "../support/payloads.js";

/** Who and what a story is told with. */
export interface Cast {
  readonly sandbox: Sandbox;
  readonly repository: Repository;
  readonly ci: App;
  readonly alice: User;
  readonly bob: User;
  /** Somebody without write access. */
  readonly mallory: User;
}

export interface StoryOptions {
  readonly policy?: Policy;
  readonly hooks?: readonly NamedHookResult[];
  readonly mode?: ReportView["mode"];
  /** What the App itself observes after the story: a command, an answer of GitHub's, a change to its comment. */
  readonly told?: readonly ((pull: PullView, by: PersonId) => Told)[];
  /** Entries that gates make after the story: their metadata. */
  readonly verdicts?: readonly Entry["metadata"][];
  /** The same, for a second issue that the pull request closes as well. */
  readonly twice?: boolean;
  /** The pull request names no issue: it is the work item. */
  readonly itself?: boolean;
  /** Whether the repository has shown a check before. */
  readonly hasCi?: boolean;
  /** Logins of people who were forgotten since. */
  readonly erased?: readonly string[];
}

export type Told = Pick<Observation, "cause" | "news" | "evidence">;

const LOOKOUT = { queueLabels: ["queued"], isRead: false, mayLackChecks: false } as const;

const SALT = new Uint8Array(SALT_BYTES).fill(7);

/**
 * What a report is rendered from after a story: every delivery of it is observed for one record, in order, a minute between two
 * scenes. The same story gives the same view.
 */
export async function viewOf(
  story: (cast: Cast) => Iterable<unknown>,
  {
    policy = DEFAULT_POLICY,
    hooks = [],
    erased = [],
    mode = "observe",
    told = [],
    verdicts = [],
    twice = false,
    itself = false,
    hasCi = true,
  }: StoryOptions = {},
): Promise<ReportView> {
  const clock = testClock("2026-01-05T09:00:00Z");
  const sandbox = givenSandbox({ clock });
  const repository = sandbox.repository("acme/shop");
  const [alice, bob, mallory] = [sandbox.user("alice"), sandbox.user("bob"), sandbox.user("mallory")];
  for (const user of [alice, bob]) repository.grant(user, "write");
  const cast: Cast = { sandbox, repository, ci: sandbox.checksApp("ci"), alice, bob, mallory };

  const store = new MemoryRepository({ clock });
  const policyFor = async () => policy;
  const recorder = new Recorder({ store, clock, logger: { warn: () => {}, error: () => {} } });
  const id = recordId(`gh-${repository.id}-${itself ? "pull" : "issue"}-1`);
  const opening: NewRecord = { ref: "acme/shop#1", refNumber: 1, repo: "acme/shop" };
  const logins = new Map<string, string>();
  const writers = new Set([alice.id, bob.id]);
  const lookout = { ...LOOKOUT, appId: sandbox.app.id, mayWrite: ({ id }: RawAccount) => writers.has(id) };
  const who = (account: RawAccount | null | undefined): PersonId | null => {
    if (!account) return null;
    const person = pseudonym(account.id, SALT);
    if (!erased.includes(account.login)) logins.set(person, account.login);
    return person;
  };
  /** Every pull request of a story names its issue, in the description. */
  const link = async ({ news: { pull }, hearing }: Observation) => {
    if (!pull) return;
    const issues = [{ repoId: repository.id, number: 1, by: ["keyword"] }] as const;
    const { repoId, number, updatedAt: at } = pull;
    await recorder.workItems.add(linkFacts({ repoId, number, at, issues, covers: "all" }, hearing));
  };
  const known = async () => {
    const head = await store.head(id);
    if (!head) throw new Error("The story has no record");
    const { item } = await recorder.workItems.load(membershipOf(head));
    const [pull] = item.pulls;
    if (!pull) throw new Error("The story has no pull request");
    return { head, item, pull };
  };
  if (hasCi) await recorder.workItems.add([ciSeen(repository.id, hearingOf({ kind: "api" }, clock()))]);
  for (const _ of story(cast)) {
    for (const delivery of sandbox.takePending()) {
      const event = delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`;
      if (!isObserved(event)) continue;
      const sighting = parseEvent(event, payloadOf(delivery)).observe({ ...lookout, isAgent: () => false, who });
      if (!sighting) continue;
      const payloadSha256 = sha256(delivery.guid);
      const source = { kind: "webhook", event, delivery: delivery.guid, payloadSha256 } as const;
      const observation = { ...sighting.observation, source, hearing: hearingOf(source, clock()) };
      if (!itself) await link(observation);
      await recorder.observe(id, observation, { policyFor, opening, key: delivery.guid });
    }
    clock.advance(60);
  }
  for (const tell of told) {
    const { pull } = await known();
    const by = who({ id: bob.id, login: bob.login }) as PersonId;
    const people = [{ role: "actor", person: by, type: "User" }] as const;
    const source = { kind: "api" } as const;
    const rest = { people, occurredAt: timestamp(clock()), source, hearing: hearingOf(source, clock()) };
    await recorder.observe(id, { ...tell(pull, by), ...rest }, { policyFor });
    clock.advance(60);
  }
  const { head: last, item, pull } = await known();
  // A hash says nothing to a reader, and changes with every field that an entry gets.
  const length = last.ledger.length + verdicts.length;
  const head = { ...last, ledger: { length, hash: sha256("the last entry") } };
  const entries = (await store.entries(id)).map(openEntry);
  const asked = verdicts.map((metadata, index): Entry => {
    const seq = entries.length + index + 1;
    const moves = { kind: "verdict", fromState: last.state, toState: null, trigger: "gate.asked" } as const;
    const at = timestamp(clock());
    return {
      ...{ v: 1, recordId: id, seq, ...moves, timestamp: at, occurredAt: null, lifecycle: last.lifecycle },
      ...{ people: [], metadata, source: { kind: "api" }, prevHash: null },
    };
  });
  const record = { head, item, entries: [...entries, ...asked] };
  return {
    ...{ pull, policy, mode, hooks, records: twice ? [record, another(record)] : [record] },
    configuration: { brought: null, inForce: [], locked: [], unnamed: null, unknownHooks: [], unknownGates: [] },
    loginOf: (person) => logins.get(person) ?? null,
  };
}

/** The same life, of issue 3. */
function another({ head, item, entries }: RecordView): RecordView {
  const { issue } = item;
  const number = 3;
  return {
    head: { ...head, recordId: recordId("gh-100001-issue-3"), ref: "acme/shop#3" },
    item: { ...item, issue: issue && { ...issue, number, url: issue.url.replace(/\d+$/, `${number}`) } },
    entries,
  };
}

function isObserved(event: string): event is ObservedEvent {
  return Object.hasOwn(OBSERVERS, event);
}

/** The same view with something else in the one entry, or the one record, that is shown. */
export function altered(
  view: ReportView,
  change: { readonly entry?: (entry: Entry) => Entry; readonly record?: (record: RecordView) => RecordView },
): ReportView {
  const { entry = (same) => same, record = (same) => same } = change;
  return { ...view, records: view.records.map((one) => record({ ...one, entries: one.entries.map(entry) })) };
}

import {
  DEFAULT_POLICY,
  type Entry,
  type NewRecord,
  type Observation,
  openEntry,
  type PersonId,
  type Policy,
  type PullFacts,
  pseudonym,
  recordId,
  SALT_BYTES,
  sha256,
  timestamp,
} from "../../src/core/index.js";
import { OBSERVERS, type ObservedEvent, type RawAccount } from "../../src/github/observe/index.js";
import { Recorder } from "../../src/recorder/recorder.js";
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
  readonly told?: readonly ((pull: PullFacts, by: PersonId) => Told)[];
  /** Entries that gates make after the story: their metadata. */
  readonly verdicts?: readonly Entry["metadata"][];
  /** The same, for a second issue that the pull request closes as well. */
  readonly twice?: boolean;
  /** The pull request names no issue: it is the work item. */
  readonly itself?: boolean;
  /** Logins of people who were forgotten since. */
  readonly erased?: readonly string[];
}

export type Told = Pick<Observation, "cause" | "news" | "evidence">;

const LOOKOUT = { queueLabels: ["queued"], isOfOld: false, mayWrite: () => null } as const;

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
  const who = (account: RawAccount | null | undefined): PersonId | null => {
    if (!account) return null;
    const person = pseudonym(account.id, SALT);
    if (!erased.includes(account.login)) logins.set(person, account.login);
    return person;
  };
  for (const _ of story(cast)) {
    for (const delivery of sandbox.takePending()) {
      const event = delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`;
      if (!isObserved(event)) continue;
      const sighting = OBSERVERS[event](payloadOf(delivery), { ...LOOKOUT, appId: sandbox.app.id, who });
      if (!sighting) continue;
      const payloadSha256 = sha256(delivery.guid);
      const source = { kind: "webhook", event, delivery: delivery.guid, payloadSha256 } as const;
      await recorder.observe(id, { ...sighting.observation, source }, { policyFor, opening, key: delivery.guid });
    }
    clock.advance(60);
  }
  for (const tell of told) {
    const pull = (await store.head(id))?.facts.pulls[0];
    if (!pull) throw new Error("The story has no pull request");
    const by = who({ id: bob.id, login: bob.login }) as PersonId;
    const people = [{ role: "actor", person: by, type: "User" }] as const;
    const rest = { people, occurredAt: timestamp(clock()), source: { kind: "api" } } as const;
    await recorder.observe(id, { ...tell(pull, by), ...rest }, { policyFor });
    clock.advance(60);
  }
  const known = await store.head(id);
  const pull = known?.facts.pulls[0];
  if (!known || !pull) throw new Error("The story has no pull request");
  // A hash says nothing to a reader, and changes with every field that an entry gets.
  const length = known.ledger.length + verdicts.length;
  const head = { ...known, ledger: { length, hash: sha256("the last entry") } };
  const entries = (await store.entries(id)).map(openEntry);
  const asked = verdicts.map((metadata, index): Entry => {
    const seq = entries.length + index + 1;
    const moves = { kind: "verdict", fromState: known.state, toState: null, trigger: "gate.asked" } as const;
    const at = timestamp(clock());
    return {
      ...{ v: 1, recordId: id, seq, ...moves, timestamp: at, occurredAt: null, lifecycle: known.lifecycle },
      ...{ people: [], metadata, source: { kind: "api" }, prevHash: null },
    };
  });
  const record = { head, entries: [...entries, ...asked] };
  return {
    ...{ pull, policy, mode, hooks, records: twice ? [record, another(record)] : [record] },
    configuration: { brought: null, inForce: [], locked: [], unknownHooks: [], unknownGates: [] },
    loginOf: (person) => logins.get(person) ?? null,
  };
}

/** The same life, of issue 3. */
function another({ head, entries }: RecordView): RecordView {
  const { issue } = head.facts;
  const number = 3;
  const facts = { ...head.facts, issue: issue && { ...issue, number, url: issue.url.replace(/\d+$/, `${number}`) } };
  return { head: { ...head, facts, recordId: recordId("gh-100001-issue-3"), ref: "acme/shop#3" }, entries };
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

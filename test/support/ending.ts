import {
  LedgerVerifier,
  linkOf,
  openEntry,
  type RecordHead,
  type StoredEntry,
  standingExceptions,
} from "../../src/core/index.js";
import type { Delivery, PullRequest, Sandbox } from "../../src/sandbox/index.js";
import type { Scenario } from "../../src/sandbox/scenarios/index.js";
import type { LoopStore } from "../../src/store/repository.js";
import { givenInProcess, givenPlayed, type InProcess, type InProcessOptions } from "./in-process.js";
import { headsOf, play } from "./scenarios.js";

/** What must be so at the end of a scenario, whatever became of its deliveries on their way. */
export interface End {
  /** The work items of the pull request, each with its state: `acme/shop#1 closed`. */
  readonly items: readonly string[];
  /** All other work items, and those of which no link is asked. */
  readonly others: readonly string[];
  /** The rules that were broken, over all records. */
  readonly rules: readonly string[];
  /** What is wrong with the ledgers. */
  readonly breaks: readonly string[];
  /** What the App asked that GitHub does not have. */
  readonly errors: readonly string[];
}

export interface Ended {
  readonly end: End;
  readonly expected: End;
}

export interface EndOptions extends InProcessOptions {
  /** Done once all is delivered: where what was lost on the way is made good. */
  readonly reconcile?: (app: InProcess) => Promise<void>;
}

/** Plays a scenario with every delivery worked before the next scene, as it usually goes, and says where it all came to. */
export async function endLive(scenario: Scenario, options: InProcessOptions = {}): Promise<Ended> {
  const app = givenInProcess(options);
  const pull = await play(app, scenario, app.receiveAll);
  return endedOf(app, scenario, pull);
}

/** Plays a scenario with nothing delivered, delivers what `choose` makes of it, one after the other, and says where it all came to. */
export async function endAfter(
  scenario: Scenario,
  choose: (deliveries: readonly Delivery[]) => readonly Delivery[],
  { reconcile, ...options }: EndOptions = {},
): Promise<Ended> {
  const { pull, deliveries, ...app } = await givenPlayed(scenario, options);
  for (const delivery of choose(deliveries)) await app.receive(delivery);
  await app.receiveAll();
  if (reconcile) {
    await reconcile(app);
    await app.receiveAll();
  }
  return endedOf(app, scenario, pull);
}

/** What a store and a GitHub hold now, beside what they must hold at the end of a scenario. */
export async function endedOf(app: Recorded, scenario: Scenario, pull: PullRequest): Promise<Ended> {
  return { end: await endOf(app, scenario, pull), expected: endingOf(scenario, pull) };
}

interface Recorded {
  readonly store: LoopStore;
  readonly sandbox: Sandbox;
}

/** As the scenario says: its pull request is the work of the issues that it closes at GitHub, or its own where it closes none. */
function endingOf({ ends }: Scenario, pull: PullRequest): End {
  return {
    items: itemsOf(pull)
      .map((ref) => `${ref} ${ends.state}`)
      .sort(),
    others: [...(ends.others ?? []), ...(ends.also ?? [])].map(({ ref, state }) => `${ref} ${state}`).sort(),
    rules: [...ends.rules].sort(),
    breaks: [],
    errors: [],
  };
}

/** As it was recorded. */
async function endOf({ store, sandbox }: Recorded, { ends }: Scenario, pull: PullRequest): Promise<End> {
  const heads = await headsOf(store);
  const ledgers = await Promise.all(heads.map(({ recordId }) => store.entries(recordId)));
  // What became known later may have answered an exception: it was one, and is none.
  const exceptions = heads.flatMap((head, index) => {
    const standing = new Set(standingExceptions(head).map(({ seq }) => seq));
    return (ledgers[index] ?? []).filter(({ seq }) => standing.has(seq)).map(openEntry);
  });

  const linked = new Set(await store.findByLink(linkOf.pull(pull.repository.id, pull.number)));
  const isLinked = ({ recordId, ref }: RecordHead) =>
    linked.has(recordId) && !ends.also?.some((one) => one.ref === ref);
  const items = itemsOf(pull);
  const asked = heads.filter(
    (head) => !ends.formerly?.includes(head.ref) || (isLinked(head) && items.includes(head.ref)),
  );
  const named = ({ ref, state }: RecordHead) => `${ref} ${state}`;
  return {
    items: asked.filter(isLinked).map(named).sort(),
    others: asked
      .filter((head) => !isLinked(head))
      .map(named)
      .sort(),
    rules: exceptions.map(({ metadata }) => String(metadata.rule)).sort(),
    breaks: heads.flatMap((head, index) => breaksOf(head, ledgers[index] ?? [])),
    errors: sandbox.errors.map(({ kind, method, path, message }) => `${kind} ${method} ${path}: ${message}`),
  };
}

function breaksOf(head: RecordHead, ledger: readonly StoredEntry[]): readonly string[] {
  const verifier = new LedgerVerifier(head.recordId);
  for (const entry of ledger) verifier.add(entry);
  return verifier.finish(head).map(({ seq, problem }) => `${head.ref} ${seq}: ${problem}`);
}

function itemsOf({ closingIssues, repository, number }: PullRequest): readonly string[] {
  const numbers = closingIssues.length > 0 ? closingIssues.map((issue) => issue.number) : [number];
  return numbers.map((one) => `${repository.fullName}#${one}`);
}

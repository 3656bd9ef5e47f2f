import { type Entry, LedgerVerifier, linkOf, openEntry, type RecordHead } from "../../src/core/index.js";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import type { LoopStore } from "../../src/store/repository.js";
import type { ProofWorld, WorkItem } from "./proof-world.js";
import { headsOf, standingRules } from "./scenarios.js";

/** Where a work item has come to, with nothing in it that another run would have otherwise: no times, no hashes, no ids. */
export interface WorkEnd {
  readonly scenario: string;
  /** Its records, by their number, each with its state: `#1 closed`. */
  readonly states: readonly string[];
  /** The rules that were broken. */
  readonly rules: readonly string[];
  /** Every entry of every record: how it moved, why, and who did it. */
  readonly steps: readonly string[];
  /** Audit comments of each pull request. */
  readonly comments: readonly string[];
  /** What is wrong: of the ledgers, and of a delivery that was applied twice. */
  readonly wrong: readonly string[];
}

/** @returns where each work item of a world has come to, in their order */
export async function endsOf({ items }: ProofWorld, store: LoopStore): Promise<readonly WorkEnd[]> {
  const heads = await headsOf(store);
  return Promise.all(
    items.map((item) =>
      endOf(
        item,
        heads.filter(({ repo }) => repo === item.repository.fullName),
        store,
      ),
    ),
  );
}

/** What every run of a work item must come to, in whatever order its deliveries were heard. */
export function settledEnd({ scenario, states, rules, comments, wrong }: WorkEnd): Omit<WorkEnd, "steps"> {
  return { scenario, states, rules: [...rules].sort(), comments, wrong };
}

/** The same, as the scenario itself says it: its pull request's work items, and those that have nothing to do with it. */
export function promisedEnd({ scenario, pull, repository }: WorkItem): Omit<WorkEnd, "steps"> {
  const { ends } = scenario;
  const numbers = pull.closingIssues.length > 0 ? pull.closingIssues.map(({ number }) => number) : [pull.number];
  const others = [...(ends.others ?? []), ...(ends.also ?? [])].map(({ ref, state }) => `${numberIn(ref)} ${state}`);
  return {
    scenario: scenario.name,
    states: [...numbers.map((number) => `#${number} ${ends.state}`), ...others].sort(),
    rules: [...ends.rules].sort(),
    comments: [...repository.pulls.keys()].map((number) => `#${number}: 1`),
    wrong: [],
  };
}

async function endOf(item: WorkItem, unordered: readonly RecordHead[], store: LoopStore): Promise<WorkEnd> {
  const { scenario, repository, pull } = item;
  const heads = [...unordered].sort((a, b) => a.ref.localeCompare(b.ref) || a.createdAt.localeCompare(b.createdAt));
  // What the work was before it became what it is in the end may have a record or not; what is linked in the end is what it is.
  const linked = new Set(await store.findByLink(linkOf.pull(repository.id, pull.number)));
  const formerly = (scenario.ends.formerly ?? []).map(numberIn);
  const isAsked = ({ ref, recordId }: RecordHead) => !formerly.includes(numberIn(ref)) || linked.has(recordId);
  const end = { states: [] as string[], rules: [] as string[], steps: [] as string[], wrong: [] as string[] };
  for (const head of heads) {
    const name = numberIn(head.ref);
    const stored = await store.entries(head.recordId);
    const entries = stored.map(openEntry);
    const verifier = new LedgerVerifier(head.recordId);
    for (const entry of stored) verifier.add(entry);
    if (isAsked(head)) end.states.push(`${name} ${head.state}`);
    end.rules.push(...standingRules(head, entries));
    for (const entry of entries) end.steps.push(`${name} ${await stepOf(entry, store)}`);
    const breaks = verifier.finish(head).map(({ seq, problem }) => `${head.ref} ${seq}: ${problem}`);
    end.wrong.push(...breaks, ...doublesOf(entries).map((double) => `${head.ref} twice: ${double}`));
  }
  const comments = [...repository.pulls.values()].map(({ number, comments: all }) => {
    return `#${number}: ${all.filter(({ body }) => body.startsWith(COMMENT_MARKER)).length}`;
  });
  return { scenario: scenario.name, ...end, states: end.states.sort(), comments };
}

/** `#7` of `acme/shop#7`. */
function numberIn(ref: string): string {
  return ref.slice(ref.indexOf("#"));
}

async function stepOf(entry: Entry, store: LoopStore): Promise<string> {
  const { kind, fromState, toState, trigger, people, source, metadata } = entry;
  const named = people.map(async ({ role, person }) => `${role} ${(await store.people.find(person))?.account.login}`);
  const heard = source.kind === "webhook" ? source.event : source.kind;
  const implied = metadata.implied === true ? ", implied" : "";
  return `${kind}: ${fromState} → ${toState} by ${trigger}${implied} (${(await Promise.all(named)).join(", ")}; ${heard})`;
}

/** Entries that one delivery made, and made again. */
function doublesOf(entries: readonly Entry[]): readonly string[] {
  const marks = entries.flatMap(({ source, kind, trigger, fromState, toState }) =>
    source.kind === "webhook" ? `${source.delivery} ${kind} ${trigger} ${fromState} ${toState}` : [],
  );
  return marks.filter((mark, index) => marks.indexOf(mark) !== index);
}

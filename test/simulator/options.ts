import { type Random, seededRandom } from "../support/proof-random.js";

/** What a team asks for, as far as it matters here. */
export interface Policy {
  readonly approvals: number;
  readonly ci: "auto" | boolean;
  /** Names of checks that have to be there. */
  readonly checks: readonly string[];
  /** Names of checks whose result does not count. */
  readonly ignore: readonly string[];
  readonly mode: "observe" | "enforce";
  readonly autoMerge: boolean;
}

/** What goes wrong at the store, as shares of all its calls, in [0, 1]. */
export interface StoreFaults {
  /** Another writer was there first, or so the store says. */
  readonly conflict: number;
  /** The write is done, and its answer is lost. */
  readonly ambiguous: number;
  readonly unavailable: number;
}

/** What goes wrong at the inbox, as shares of all its calls, in [0, 1]. */
export interface InboxFaults {
  readonly ambiguous: number;
  readonly unavailable: number;
}

/** What GitHub answers instead of what was asked for. */
export const GITHUB_FAULTS = [
  "refused",
  "hidden",
  "limited",
  "unprocessable",
  "error",
  "reset",
  "cut",
  "foreign",
  "done, then error",
  "done, then reset",
] as const;
export type GithubFault = (typeof GITHUB_FAULTS)[number];

export interface GithubFaults {
  /** Of all requests, in [0, 1]. */
  readonly share: number;
  /** Which of them come. */
  readonly kinds: readonly GithubFault[];
  /** Of the GraphQL queries, beside the other faults, in [0, 1]: `down` answers nothing, `partial` leaves fields out. */
  readonly graphqlDown: number;
  readonly graphqlPartial: number;
}

/** What becomes of a delivery on its way, as shares of all of them, in [0, 1]. */
export interface NetworkFaults {
  readonly delayed: number;
  /** In seconds. */
  readonly maxDelay: number;
  readonly doubled: number;
  /** The first try comes to nothing, and GitHub is asked to deliver it again some hours later. */
  readonly lost: number;
  /** It never comes: what it said has to be read. */
  readonly gone: number;
}

/** How much each kind of people does, beside each other. With 0, they do nothing. */
export interface People {
  readonly team: number;
  /** Somebody who may only read. */
  readonly outsider: number;
  /** Somebody who may write, and wants to get around the rules. */
  readonly writer: number;
  /** Somebody who may change the rules. */
  readonly admin: number;
}

/** All that a run depends on, beside its seed. */
export interface SimulatorOptions {
  /** Things that people, bots and the adversary do. */
  readonly steps: number;
  readonly people: People;
  /** Which kinds of moves nobody makes in this run, so that the others come close together. */
  readonly without: readonly string[];
  /** What the team asks for: what `.github/loopforge.yml` says. */
  readonly policy: Policy;
  /** Whether the repository has shown a check before the story begins. */
  readonly hasCi: boolean;
  readonly network: NetworkFaults;
  readonly github: GithubFaults;
  readonly store: StoreFaults;
  readonly inbox: InboxFaults;
  /** Of all steps, in [0, 1]: the process ends at whatever it is doing. */
  readonly crashes: number;
  /** Deliveries that are worked side by side. */
  readonly concurrency: number;
  /** Of all steps, in [0, 1]: the next one does not wait until what is known is worked. */
  readonly hurried: number;
}

const CALM: Omit<SimulatorOptions, "people" | "without" | "policy" | "hasCi"> = {
  steps: 14,
  network: { delayed: 0, maxDelay: 0, doubled: 0, lost: 0, gone: 0 },
  github: { share: 0, kinds: GITHUB_FAULTS, graphqlDown: 0, graphqlPartial: 0 },
  store: { conflict: 0, ambiguous: 0, unavailable: 0 },
  inbox: { ambiguous: 0, unavailable: 0 },
  crashes: 0,
  concurrency: 4,
  hurried: 0,
};

/** What a repository without a file asks for. */
export const NOTHING_ASKED: Policy = {
  approvals: 0,
  ci: "auto",
  checks: [],
  ignore: [],
  mode: "observe",
  autoMerge: false,
};

const POLICIES: readonly [Policy, ...Policy[]] = [
  NOTHING_ASKED,
  { ...NOTHING_ASKED, approvals: 1 },
  { ...NOTHING_ASKED, approvals: 2 },
  { ...NOTHING_ASKED, checks: ["build"] },
  { ...NOTHING_ASKED, approvals: 1, ci: true, ignore: ["lint"] },
  { ...NOTHING_ASKED, ci: false },
  { ...NOTHING_ASKED, approvals: 1, mode: "enforce" },
  { ...NOTHING_ASKED, approvals: 1, ci: true, mode: "enforce", autoMerge: true },
];

/** As `.github/loopforge.yml` has it. */
export function fileOf({ approvals, ci, checks, ignore, mode, autoMerge }: Policy): string {
  return [
    `mode: ${mode}`,
    `approvals:\n  required: ${approvals}`,
    `ci:\n  required: ${ci}\n  checks: [${checks.join(", ")}]\n  ignore: [${ignore.join(", ")}]`,
    `auto_merge:\n  enabled: ${autoMerge}\n`,
  ].join("\n");
}

/**
 * What happens in the run of a seed, where nobody says otherwise. Each run has a few kinds of faults and lacks others, and some kinds of
 * moves: what never comes together where everything may happen does so in some of them.
 */
export function optionsOf(seed: number, moves: readonly string[]): SimulatorOptions {
  const random = seededRandom(seed ^ 0x5eed);
  const sometimes = (share: number, most: number) => (random.next() < share ? random.next() * most : 0);
  return {
    ...CALM,
    steps: 8 + random.upTo(16),
    people: {
      team: 1,
      outsider: random.next() < 0.5 ? random.next() : 0,
      writer: random.next() < 0.4 ? random.next() / 2 : 0,
      admin: random.next() < 0.2 ? random.next() / 3 : 0,
    },
    without: moves.filter(() => random.next() < 0.2),
    policy: random.oneOf(POLICIES),
    hasCi: random.next() < 0.6,
    network: {
      delayed: sometimes(0.5, 0.6),
      maxDelay: random.oneOf([60, 600, 7200, 86_400]),
      doubled: sometimes(0.3, 0.3),
      lost: sometimes(0.2, 0.3),
      gone: sometimes(0.1, 0.2),
    },
    github: {
      share: sometimes(0.4, 0.2),
      kinds: someOf(random, GITHUB_FAULTS),
      graphqlDown: sometimes(0.15, 0.5),
      graphqlPartial: sometimes(0.15, 0.5),
    },
    store: { conflict: sometimes(0.2, 0.2), ambiguous: sometimes(0.2, 0.1), unavailable: sometimes(0.2, 0.1) },
    inbox: { ambiguous: sometimes(0.15, 0.1), unavailable: sometimes(0.15, 0.1) },
    crashes: sometimes(0.25, 0.3),
    concurrency: random.upTo(5),
    hurried: sometimes(0.5, 0.8),
  };
}

function someOf<T>(random: Random, all: readonly T[]): readonly T[] {
  const some = all.filter(() => random.next() < 0.5);
  return some.length > 0 ? some : all;
}

/** The same, with nothing that goes wrong: what people do stays. */
export function calm(options: SimulatorOptions): SimulatorOptions {
  const { people, without, policy, hasCi, steps } = options;
  return { ...CALM, people, without, policy, hasCi, steps };
}

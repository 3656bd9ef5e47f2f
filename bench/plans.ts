import {
  factSets,
  factsIn,
  GITHUB,
  linkFacts,
  type Membership,
  type News,
  type Policy,
  plan,
  type StoredFact,
  workItemIn,
} from "../src/core/index.js";
import {
  aHead,
  anIssue,
  anObservation,
  aPolicy,
  aPull,
  aReview,
  aRun,
  aStatus,
  checksOf,
  heardAt,
  ISSUE,
  PULL,
  REPO_ID,
  reviewOf,
} from "../test/builders/github.js";
import { moment } from "../test/builders/records.js";
import { median, type Result } from "./measure.js";

const CHECKS = 300;
const LONGEST_NAME = 255;
const REFERENCES = 100;
const ROUNDS = 200;
const WARM_UP = 50;
/** Milliseconds of processor time for one decision, with all that is derived for it. */
const AT_MOST = 5;

/** A decision with many checks known, and what its parts take: facts as the store has them, the work item that they show, the plan. */
export function benchPlans(): readonly Result[] {
  return CASES.flatMap((one) => {
    const { read, view, plan: planned } = measured(one);
    const whole = view.map((ms, round) => ms + (planned[round] ?? Number.NaN));
    const { name } = one;
    return [
      { name: `${name}: plan, median`, unit: "ms", value: median(planned), limit: AT_MOST },
      {
        name: `${name}: plan, worst, garbage collection among it`,
        unit: "ms",
        value: Math.max(...planned),
        limit: AT_MOST,
      },
      { name: `${name}: with the view that it is made from, median`, unit: "ms", value: median(whole), limit: AT_MOST },
      { name: `${name}: the same, worst`, unit: "ms", value: Math.max(...whole) },
      { name: `${name}: the facts parsed before, median`, unit: "ms", value: median(read) },
    ];
  });
}

/** Milliseconds from the facts of the dearest case to its plan, the median. */
export function dearestPlan(): number {
  const totals = CASES.map((one) => {
    const { read, view, plan: planned } = measured(one);
    return median(read.map((ms, round) => ms + (view[round] ?? 0) + (planned[round] ?? 0)));
  });
  return Math.max(...totals);
}

function measured({ known, last, state, policy }: Case) {
  const observation = anObservation(last.pull ? "pr.merged" : "ci.reported", last);
  const texts = [...known, last].flatMap(storedFacts).map((fact) => JSON.stringify(fact));
  const head = aHead(state, GITHUB, { links: [`issue:${REPO_ID}#${ISSUE}`, `pull:${REPO_ID}#${PULL}`] });
  const parts: Record<"read" | "view" | "plan", number[]> = { read: [], view: [], plan: [] };
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const read = timed(() => texts.map((text) => JSON.parse(text) as StoredFact));
    const view = timed(() => workItemIn(MEMBERSHIP, factSets(read.result)));
    const input = { lifecycle: GITHUB, policy, head, item: view.result, observation };
    const planned = timed(() => plan({ ...input, isRecorded: false, judgedBy: new Map() }));
    if (round < WARM_UP) continue;
    parts.read.push(read.ms);
    parts.view.push(view.ms);
    parts.plan.push(planned.ms);
  }
  return parts;
}

const MEMBERSHIP: Membership = {
  issue: { repoId: REPO_ID, number: ISSUE, cycle: 1 },
  pulls: [{ repoId: REPO_ID, number: PULL }],
};

interface Case {
  readonly name: string;
  readonly known: readonly News[];
  /** What is heard then, and decided on. */
  readonly last: News;
  readonly state: string;
  readonly policy: Policy;
}

const NAMES = Array.from({ length: CHECKS }, (_, index) => `build ${index} `.padEnd(LONGEST_NAME, "x"));
const BEGUN: readonly News[] = [anIssueWithPull(), ...NAMES.map((name) => checksOf([aRun(name, null)]))].flat();
const ENDED = NAMES.map((name) => checksOf([aRun(name, "success")]));
const STATUSES = NAMES.flatMap((name, index) => [
  checksOf([aStatus(name, null, { id: 2 * index })]),
  checksOf([aStatus(name, "success", { id: 2 * index + 1, asOf: moment(30) })]),
]);
/** As hard to match as a repository's file may make them. */
const PATTERNS = Array.from({ length: 50 }, (_, index) => `*x*x*x*x*${index}y`);

const MERGED = aPull({
  ...{ linkedBy: ["keyword"], updatedAt: moment(60), pushed: false },
  status: { is: "merged", at: moment(60), sha: "c".repeat(40), by: null },
});

const CASES: readonly Case[] = [
  {
    name: `one of ${CHECKS} checks ends`,
    known: [...BEGUN, ...ENDED.slice(0, CHECKS / 2)],
    last: checksOf([aRun(NAMES[CHECKS - 1] ?? "", "success")]),
    ...{ state: "ci_pending", policy: aPolicy() },
  },
  {
    name: `one of ${CHECKS} statuses ends`,
    known: [anIssueWithPull(), STATUSES].flat(2),
    last: checksOf([aStatus("another", null, { id: 9999 })]),
    ...{ state: "ci_passed", policy: aPolicy() },
  },
  {
    name: `merged with ${CHECKS} checks, an approval, and 50 patterns to ignore`,
    known: [...BEGUN, ...ENDED, reviewOf(aReview("approved"))],
    last: { pull: MERGED },
    ...{ state: "ci_pending", policy: aPolicy({ requiredApprovals: 1, ci: { ignore: PATTERNS } }) },
  },
];

function anIssueWithPull(): News[] {
  return [{ issue: anIssue() }, { pull: aPull({ linkedBy: ["keyword"] }) }];
}

function storedFacts(news: News): readonly StoredFact[] {
  const hearing = heardAt(news);
  const { pull } = news;
  if (!pull || pull.linkedBy.length === 0) return factsIn(news, hearing);
  const issues = Array.from({ length: REFERENCES }, (_, index) => ({
    ...{ repoId: REPO_ID, number: ISSUE + index, by: pull.linkedBy },
  }));
  const statement = { repoId: REPO_ID, number: pull.number, at: pull.updatedAt, issues, covers: "all" as const };
  return [...factsIn(news, hearing), ...linkFacts(statement, hearing)];
}

function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const begin = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begin);
  return { result, ms: (user + system) / 1000 };
}

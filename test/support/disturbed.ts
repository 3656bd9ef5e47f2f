import { ATTEMPTS } from "../../src/inbox/attempt.js";
import { judgeFailure } from "../../src/inbox/failure.js";
import type { Delivery, PullRequest } from "../../src/sandbox/index.js";
import { ALL_SCENARIOS, type Scenario } from "../../src/sandbox/scenarios/index.js";
import { type End, endedOf } from "./ending.js";
import { givenInProcess, type InProcess, type InProcessOptions } from "./in-process.js";
import type { Random } from "./proof-random.js";
import { play } from "./scenarios.js";

/** Where a scenario came to at a GitHub that does not answer as it should. */
export interface DisturbedEnd {
  readonly end: End;
  readonly expected: End;
  /** The end before the disturbance was over. */
  readonly before: End;
  /** Deliveries that an inbox would have set aside, each with the reason. */
  readonly setAside: readonly string[];
}

export interface Disturbance {
  readonly begin?: (app: InProcess) => void;
  /** Done once all is worked. */
  readonly end?: (app: InProcess, pull: PullRequest) => void;
}

/** One answer in five. */
export const SHARE = 0.2;

/** LOOPFORGE_FAULT_RUNS: each scenario is played so often at each kind of fault, each time with another luck. */
const { LOOPFORGE_FAULT_RUNS } = process.env;
export const RUNS = Number(LOOPFORGE_FAULT_RUNS ?? 1);

/** What is played at the nth kind of fault: each scenario at every second kind, unless it is said how often. */
export function scenariosAt(nth: number) {
  const isPlayed = (_: unknown, index: number) => LOOPFORGE_FAULT_RUNS !== undefined || (index + nth) % 2 === 0;
  return ALL_SCENARIOS.filter(isPlayed).map((scenario) => [scenario.name, scenario] as const);
}

/** GitHub does not do or show what is asked, now and then; until it is over, and somebody who may asks for a new look. */
export function refuseNowAndThen(status: number, message: string, random: Random) {
  return {
    begin({ sandbox }: InProcess) {
      sandbox.faults = async (context, next) => {
        if (random.next() >= SHARE) return next();
        context.res = Response.json({ message }, { status });
      };
    },
    end({ sandbox }: InProcess, pull: PullRequest) {
      sandbox.faults = null;
      pull.comment({ by: sandbox.user("bob"), body: "/loopforge refresh" });
    },
  } satisfies Disturbance;
}

/** Tries of one delivery that nothing is wrong with: chance alone comes nowhere near. */
const MAX_HOLDS = 2000;

/** Plays a scenario as it usually goes. Each delivery is worked until it is done or set aside, as the inbox does it, before the next. */
export async function endDisturbed(
  scenario: Scenario,
  options: InProcessOptions,
  { begin = () => undefined, end = () => undefined }: Disturbance = {},
): Promise<DisturbedEnd> {
  const app = givenInProcess(options);
  begin(app);
  const setAside: string[] = [];
  const workAll = async () => {
    for (let pending = app.sandbox.takePending(); pending.length > 0; pending = app.sandbox.takePending()) {
      for (const delivery of pending) setAside.push(...(await work(app, delivery)));
    }
  };
  const pull = await play(app, scenario, workAll);
  const before = await endedOf(app, scenario, pull);
  end(app, pull);
  await workAll();
  return { ...(await endedOf(app, scenario, pull)), before: before.end, setAside };
}

/** @returns why it is set aside; nothing once it is done */
async function work(app: InProcess, delivery: Delivery): Promise<readonly string[]> {
  const about = `${delivery.event}.${delivery.action}`;
  let tries = 0;
  for (let attempt = 0; attempt < MAX_HOLDS; attempt++) {
    try {
      await app.receive(delivery);
      return [];
    } catch (error) {
      const { final, heldUpBy, message } = judgeFailure(error);
      if (heldUpBy === null) tries += 1;
      if (final || tries >= ATTEMPTS.maxAttempts) return [`${about}: ${message}`];
    }
  }
  throw new Error(`${about} was held up ${MAX_HOLDS} times`);
}

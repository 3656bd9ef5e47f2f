import { setTimeout as sleep } from "node:timers/promises";
import { LoopService, LoopState, MemoryRepository, type TransitionHook } from "../src/index.js";
import { median, type Result } from "./measure.js";

const PATH = [
  [LoopState.TASK_QUEUED, "worker.picked_up"],
  [LoopState.PR_CREATED, "pr.opened"],
  [LoopState.CI_PENDING, "ci.started"],
  [LoopState.CI_PASSED, "ci.passed"],
  [LoopState.MERGED, "pr.merged"],
  [LoopState.CLOSED, "issue.closed"],
] as const;
const RECORDS = 1000;
const ROUNDS = 5;
const HOOKS = 5;
const HOOK_MS = 200;

const slow: TransitionHook = async () => {
  await sleep(HOOK_MS);
};

/** How long whoever asks for a transition waits for it, without hooks and with slow ones, taking turns in the same run. */
export async function benchHooks(): Promise<readonly Result[]> {
  const [without, withHooks]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const [bare, slowed] = [await timeOfTransition(0), await timeOfTransition(HOOKS)];
    // The first round is not counted.
    if (round === 0) continue;
    without.push(bare);
    withHooks.push(slowed);
  }
  return [
    {
      name: `time of a transition with ${HOOKS} hooks of ${HOOK_MS} ms each`,
      unit: "ns",
      value: median(withHooks),
      peer: { name: "the same without hooks", value: median(without) },
      atMost: 1.5,
    },
  ];
}

/** The median over the lives of many records, one after the other, in nanoseconds; hooks that are under way end outside of it. */
async function timeOfTransition(hooks: number): Promise<number> {
  const service = new LoopService({
    repository: new MemoryRepository(),
    hooks: Array<TransitionHook>(hooks).fill(slow),
  });
  const times: number[] = [];
  for (let number = 1; number <= RECORDS; number++) {
    const { recordId } = await service.create({ ref: `acme/shop#${number}`, refNumber: number, repo: "acme/shop" });
    for (const [state, trigger] of PATH) {
      const begin = performance.now();
      await service.transition(recordId, state, trigger, { workerId: "w-1" });
      times.push((performance.now() - begin) * 1e6);
    }
  }
  await service.settled();
  return median(times);
}

import type { Json } from "../src/core/index.js";
import { sha256 } from "../src/core/index.js";
import { canonicalJson, LoopService, LoopState, MemoryRepository } from "../src/index.js";
import { type Result, rate } from "./measure.js";

const PATH = [
  [LoopState.TASK_QUEUED, "worker.picked_up"],
  [LoopState.PR_CREATED, "pr.opened"],
  [LoopState.CI_PENDING, "ci.started"],
  [LoopState.CI_PASSED, "ci.passed"],
  [LoopState.MERGED, "pr.merged"],
  [LoopState.CLOSED, "issue.closed"],
] as const;
const RECORDS = 3000;

/** The seven steps of a work item's life, its creation included, through the service, hash chain and all. */
export async function benchMemory(): Promise<readonly Result[]> {
  const service = await rate(async () => {
    const loop = new LoopService({ repository: new MemoryRepository() });
    for (let i = 0; i < RECORDS; i++) {
      const { recordId } = await loop.create({
        ref: `acme/shop#${i}`,
        refNumber: i,
        repo: "acme/shop",
        labels: ["bug"],
      });
      for (const [state, trigger] of PATH) await loop.transition(recordId, state, trigger, { workerId: "w-1" });
    }
    return RECORDS * (PATH.length + 1);
  });
  return [
    {
      name: "seven-step lifecycle in memory, chain included",
      unit: "steps/s",
      value: service,
      peer: { name: "canonical JSON and SHA-256 of the same entries, nothing else", value: await chainAlone() },
    },
  ];
}

async function chainAlone(): Promise<number> {
  const entry: Json = {
    ...{
      v: 1,
      record_id: "00000000-0000-4000-8000-000000000000",
      seq: 1,
      kind: "transition",
      from_state: "issue_created",
    },
    ...{
      to_state: "task_queued",
      trigger: "worker.picked_up",
      timestamp: "2026-01-01T00:00:00.000Z",
      occurred_at: null,
    },
    ...{ lifecycle: "strict", people: [], metadata: { workerId: "w-1" }, source: { kind: "api" } },
  };
  return rate(async () => {
    let hash: string | null = null;
    const steps = RECORDS * (PATH.length + 1);
    for (let seq = 0; seq < steps; seq++) hash = sha256(canonicalJson({ ...entry, seq, prev_hash: hash }));
    return steps;
  });
}

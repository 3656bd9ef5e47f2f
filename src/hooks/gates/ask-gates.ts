import { HookFailure } from "../failure.js";
import { type Filters, wantsRepository } from "../filter.js";
import { type IsolationOptions, isolation } from "../isolation.js";
import type { Redact } from "../redact.js";
import { type Gate, type GateAnswer, type GateQuestion, type Said, verdict } from "./gate.js";

/** A gate as the operator configured it. Never rejects. */
export interface ConfiguredGate {
  readonly name: string;
  /** Whether it is asked about a repository, `owner/name`. */
  asksAbout(repo: string): boolean;
  ask(question: GateQuestion): Promise<GateAnswer>;
}

export interface GateOptions extends IsolationOptions {
  readonly filters: Filters;
  /** What is taken for a verdict when the gate gives none. */
  readonly onFailure: "neutral" | "block";
}

/** A gate that always answers: one that fails or takes too long does so with what the operator wants, and says why. */
export function configuredGate(gate: Gate, options: GateOptions): ConfiguredGate {
  const { name } = gate;
  const { onFailure, logger, redact, filters } = options;
  const run = isolation(name, options);
  return {
    name,
    asksAbout: (repo) => wantsRepository(filters, repo),
    async ask(question) {
      try {
        const said = await run((signal) => gate.ask(question, signal));
        return { gate: name, verdict: clean(said, redact), failed: false };
      } catch (error) {
        const why = error instanceof HookFailure ? error : new HookFailure("failed", "It failed");
        logger.warn(
          { gate: name, recordId: question.head.recordId, reason: why.reason, error: why.message, detail: why.detail },
          "A gate failed",
        );
        const reasons = [`The gate gave no verdict: ${why.message}.`, CONSEQUENCE[onFailure]];
        return { gate: name, verdict: verdict(onFailure, reasons, "The gate failed"), failed: true };
      }
    },
  };
}

const CONSEQUENCE = {
  neutral: "It is configured not to block when it fails.",
  block: "It is configured to block when it fails.",
} as const;

/** Asks all gates that are for the question's repository, side by side. Never rejects; the answers are in the gates' order. */
export async function askGates(
  gates: readonly ConfiguredGate[],
  question: GateQuestion,
): Promise<readonly GateAnswer[]> {
  return Promise.all(gates.filter((gate) => gate.asksAbout(question.head.repo)).map((gate) => gate.ask(question)));
}

/** Without secrets first, and only then cut: half a secret would not be found, and its entry cannot be changed any more. */
function clean({ decision, title = "", reasons = [] }: Said, redact: Redact): GateAnswer["verdict"] {
  return verdict(decision, reasons.map(redact), redact(title));
}

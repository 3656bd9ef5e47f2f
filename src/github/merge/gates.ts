import {
  type Explained,
  type GateVerdict,
  isReadyToMerge,
  type PullView,
  pullIn,
  timestamp,
} from "../../core/index.js";
import { askGates, type ConfiguredGate } from "../../hooks/gates/ask-gates.js";
import { type GateAnswer, type GateQuestion, verdictMetadata } from "../../hooks/gates/gate.js";
import { selectHooks } from "../../hooks/select.js";
import { recordsOfPull } from "../../recorder/records-of-pull.js";
import type { WorkItems } from "../../recorder/work-items.js";
import type { LoopStore } from "../../store/repository.js";
import type { Octokit } from "../client/octokit.js";
import type { Configuration } from "../config/schema.js";
import type { Sighting } from "../observe/index.js";
import { policyOf } from "../policy-of.js";
import { changesOf } from "./changes.js";

/** Entries that a gate is shown. */
const SHOWN_ENTRIES = 50;
/** After this, a gate that gave no verdict is asked again when there is news: its outage may be over. */
const FAILED_PAUSE_MS = 5 * 60_000;

export interface AskOptions {
  readonly octokit: Octokit;
  /** Somebody wants it looked at again: also what was answered already, unless it lets the merge pass. */
  readonly again: boolean;
}

/** Asks the operator's gates about what has become ready to merge: each once for each head, unless there is reason to ask again. */
export class Gates {
  readonly #store: LoopStore;
  readonly #workItems: WorkItems;
  readonly #gates: readonly ConfiguredGate[];
  readonly #clock: () => Date;

  constructor(store: LoopStore, workItems: WorkItems, gates: readonly ConfiguredGate[], clock: () => Date) {
    this.#store = store;
    this.#workItems = workItems;
    this.#gates = gates;
    this.#clock = clock;
  }

  /** @returns the verdicts of those that had to be asked about this head, to be recorded */
  async ask(
    repoId: number,
    number: number,
    configuration: Configuration,
    { octokit, again }: AskOptions,
  ): Promise<readonly Sighting[]> {
    const asking = await this.#asking(repoId, number, configuration, again);
    if (!asking) return [];
    const { record, pull, due } = asking;
    const answers = await askGates(due, await this.#question(record, pull, octokit));
    return answers.map((answer) => this.#sighting(pull, answer));
  }

  /** Whether there is something to ask them. */
  async areDue(repoId: number, number: number, configuration: Configuration): Promise<boolean> {
    return (await this.#asking(repoId, number, configuration, false)) !== null;
  }

  /** Those that have not answered about the head of the pull request. */
  unanswered({ verdicts = [] }: PullView, { gates }: Configuration, again = false): readonly ConfiguredGate[] {
    const { selected } = selectHooks(this.#gates, gates);
    const said = new Map(verdicts.map((verdict) => [verdict.gate, verdict]));
    const isDue = again ? mayChange : isOpen;
    return selected.filter(({ name }) => isDue(said.get(name), this.#clock()));
  }

  async #asking(repoId: number, number: number, configuration: Configuration, again: boolean) {
    if (selectHooks(this.#gates, configuration.gates).selected.length === 0) return null;
    const records = await recordsOfPull(this.#store, this.#workItems, { repoId, number }, SHOWN_ENTRIES);
    const [record] = records;
    const pull = record ? pullIn(record.item, repoId, number) : null;
    if (!record || !pull || !records.every((one) => isReadyToMerge(one, policyOf(configuration), pull))) return null;
    const due = this.unanswered(pull, configuration, again);
    return due.length === 0 ? null : { record, pull, due };
  }

  async #question({ head, entries }: Explained, shown: PullView, octokit: Octokit): Promise<GateQuestion> {
    const { url, number, headSha, baseRef } = shown;
    const changes = await changesOf(octokit, shown);
    const pull = { url, number, headSha, baseRef };
    return { head, entries, pull, ...(changes ? { changes } : {}) };
  }

  #sighting({ repoId, repoName, number, headSha: sha, url }: PullView, answer: GateAnswer): Sighting {
    const at = timestamp(this.#clock());
    const { gate, verdict, failed } = answer;
    const { decision, title } = verdict;
    return {
      subject: { kind: "pull", repo: { id: repoId, name: repoName }, number, linking: null },
      observation: {
        cause: "gate.answered",
        occurredAt: at,
        people: [],
        news: { verdict: { repoId, number, sha, gate, decision, title, failed, at } },
        evidence: { ...verdictMetadata(answer), url, sha },
      },
    };
  }
}

/** Whether a gate's word about a head is still missing. */
function isOpen(said: GateVerdict | undefined, now: Date): boolean {
  if (!said) return true;
  return said.failed && now.getTime() - Date.parse(said.at) >= FAILED_PAUSE_MS;
}

/** Whether asking once more may help: what lets a merge pass is left alone. */
function mayChange(said: GateVerdict | undefined): boolean {
  return said?.decision !== "pass";
}

import { isReadyToMerge, linkOf, openEntry, type PullFacts, type RecordHead, timestamp } from "../../core/index.js";
import { askGates, type ConfiguredGate } from "../../hooks/gates/ask-gates.js";
import { type GateAnswer, verdictMetadata } from "../../hooks/gates/gate.js";
import { selectHooks } from "../../hooks/select.js";
import type { LoopStore } from "../../store/repository.js";
import type { Configuration } from "../config/schema.js";
import type { Sighting } from "../observe/index.js";
import { policyOf } from "../policy-of.js";

/** Entries that a gate is shown. */
const SHOWN_ENTRIES = 50;

/** Asks the operator's gates about what has become ready to merge: each once for each head. */
export class Gates {
  readonly #store: LoopStore;
  readonly #gates: readonly ConfiguredGate[];
  readonly #clock: () => Date;

  constructor(store: LoopStore, gates: readonly ConfiguredGate[], clock: () => Date) {
    this.#store = store;
    this.#gates = gates;
    this.#clock = clock;
  }

  /** @returns the verdicts of those that had not answered about this head yet, to be recorded */
  async ask(repoId: number, number: number, configuration: Configuration): Promise<readonly Sighting[]> {
    const asking = await this.#asking(repoId, number, configuration);
    if (!asking) return [];
    const { head, pull, due } = asking;
    const answers = await askGates(due, await this.#question(head, pull));
    return answers.map((answer) => this.#sighting(pull, answer));
  }

  /** Whether there is something to ask them. */
  async areDue(repoId: number, number: number, configuration: Configuration): Promise<boolean> {
    return (await this.#asking(repoId, number, configuration)) !== null;
  }

  /** Those that have not answered about the head of the pull request. */
  unanswered({ verdicts = [] }: PullFacts, { gates }: Configuration): readonly ConfiguredGate[] {
    const { selected } = selectHooks(this.#gates, gates);
    return selected.filter(({ name }) => !verdicts.some(({ gate }) => gate === name));
  }

  async #asking(repoId: number, number: number, configuration: Configuration) {
    if (selectHooks(this.#gates, configuration.gates).selected.length === 0) return null;
    const ids = await this.#store.findByLink(linkOf.pull(repoId, number));
    const heads = (await Promise.all(ids.map((id) => this.#store.head(id)))).filter((head) => head !== null);
    const [head] = heads;
    const pull = head?.facts.pulls.find((one) => one.repoId === repoId && one.number === number);
    if (!head || !pull || !heads.every((one) => isReadyToMerge(one, policyOf(configuration), pull))) return null;
    const due = this.unanswered(pull, configuration);
    return due.length === 0 ? null : { head, pull, due };
  }

  async #question(head: RecordHead, { url, number, headSha, baseRef }: PullFacts) {
    const newest = await this.#store.entries(head.recordId, { newest: true, limit: SHOWN_ENTRIES });
    return { head, entries: newest.map(openEntry), pull: { url, number, headSha, baseRef } };
  }

  #sighting({ repoId, repoName, number, headSha: sha, url }: PullFacts, answer: GateAnswer): Sighting {
    const at = timestamp(this.#clock());
    const { gate, verdict } = answer;
    const { decision, title } = verdict;
    return {
      subject: { kind: "pull", repo: { id: repoId, name: repoName }, number, linking: null },
      observation: {
        cause: "gate.answered",
        occurredAt: at,
        people: [],
        news: { verdict: { repoId, number, sha, gate, decision, title, at } },
        evidence: { ...verdictMetadata(answer), url, sha },
      },
    };
  }
}

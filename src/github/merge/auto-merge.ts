import {
  canonicalJson,
  type GateVerdict,
  type Hash,
  isReadyToMerge,
  type Json,
  type PullView,
  pullIn,
  sha256,
  timestamp,
  wantsMerge,
} from "../../core/index.js";
import { recordsOfPull } from "../../recorder/records-of-pull.js";
import type { WorkItems } from "../../recorder/work-items.js";
import type { Conclusion } from "../../report/conclusion.js";
import type { LoopStore } from "../../store/repository.js";
import type { SyntheticEvent } from "../catch-up/synthetic-event.js";
import type { Octokit } from "../client/octokit.js";
import type { Configuration } from "../config/schema.js";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo, Sighting } from "../observe/index.js";
import { policyOf } from "../policy-of.js";
import { Publications } from "../publish/published.js";

/** The App's last try to merge a pull request. */
interface Attempt {
  readonly sha: string;
  /** How things stood after a refusal: only when something of it has changed, there is reason to try again. */
  readonly refusedAt: Standing | null;
}

/** What GitHub's answer may depend on: what is known of the pull request, and what the App's own checks say of it at GitHub. */
interface Standing {
  /** Without the time of the last change, which any comment moves, and without the try and its refusal. */
  readonly pull: Hash;
  /** One of them may be required, and none of them is told to the records. */
  readonly conclusions: { readonly [check: string]: Conclusion };
}

const COLLECTION = "auto-merge";

/** What came of a try: GitHub's word of the merge, or of why not. */
export type MergeOutcome =
  | { readonly is: "merged"; readonly reading: SyntheticEvent }
  | { readonly is: "refused"; readonly sighting: Sighting };

/** The gates that object to a merge of the head as it is. */
export function objections({ verdicts = [] }: PullView): readonly GateVerdict[] {
  return verdicts.filter(({ decision }) => decision === "block");
}

/** Merges what is asked to be merged, once nothing is missing and no gate objects. */
export class AutoMerge {
  readonly #store: LoopStore;
  readonly #workItems: WorkItems;
  readonly #publications: Publications;
  readonly #clock: () => Date;

  constructor(store: LoopStore, workItems: WorkItems, clock: () => Date) {
    this.#store = store;
    this.#workItems = workItems;
    this.#publications = new Publications(store.items);
    this.#clock = clock;
  }

  /** @returns the pull request to merge now; null where none is asked for, something is missing, or nothing changed since a refusal */
  async due(repoId: number, number: number, configuration: Configuration): Promise<PullView | null> {
    const records = await recordsOfPull(this.#store, this.#workItems, { repoId, number });
    const policy = policyOf(configuration);
    const pull = records.map(({ item }) => pullIn(item, repoId, number)).find((one) => one !== null);
    if (!pull || !wantsMerge(pull, policy)) return null;
    if (objections(pull).length > 0) return null;
    const isQueued = pull.queue?.at(-1)?.is === "entered";
    if (isQueued || !records.every((record) => isReadyToMerge(record, policy, pullIn(record.item, repoId, number))))
      return null;
    const last = await this.#lastAttempt(repoId, number);
    if (last?.sha !== pull.headSha || last.refusedAt === null) return pull;
    return isSame(last.refusedAt, await this.#standing(pull)) ? null : pull;
  }

  /**
   * Asks GitHub to merge this very head; a head that was pushed meanwhile is refused.
   * @throws GitHub's own errors, where trying again may help
   */
  async merge(octokit: Octokit, pull: PullView, { autoMerge }: Configuration): Promise<MergeOutcome> {
    const repo = { id: pull.repoId, name: pull.repoName };
    const { owner, name } = ownerAndName(repo);
    const place = { owner, repo: name, pull_number: pull.number };
    // Said before it is done: whoever hears of the merge first knows whose it was.
    await this.#remember(pull, null);
    const at = timestamp(this.#clock());
    const { repoId, number, headSha: sha, baseRef } = pull;
    await this.#workItems.learn(
      { mergeAsked: { repoId, number, sha, baseRef, at } },
      { producedAt: null, receivedAt: at, isRead: false },
    );
    try {
      await octokit.rest.pulls.merge({ ...place, sha: pull.headSha, merge_method: autoMerge.method });
    } catch (error) {
      const reason = refusal(error);
      if (reason === null) throw error;
      // It may be that it was merged at the last try, and only the answer was lost.
      const { data } = await octokit.rest.pulls.get(place);
      if (!data.merged || data.head.sha !== pull.headSha) return this.#refused(pull, repo, reason);
    }
    const { data } = await octokit.rest.pulls.get(place);
    const payload = { action: "closed", pull_request: data, repository: { id: repo.id, full_name: repo.name } };
    return { is: "merged", reading: { event: "pull_request.closed", payload: { ...payload, sender: data.merged_by } } };
  }

  /** Notes how things stand after a refusal was recorded. */
  async wasRefused(pull: PullView): Promise<void> {
    await this.#remember(pull, await this.#standing(pull));
  }

  /** Whether the App asked for the merge of this head. */
  async askedFor(repoId: number, number: number, sha: string): Promise<boolean> {
    return (await this.#lastAttempt(repoId, number))?.sha === sha;
  }

  #refused({ repoId, number, headSha, url }: PullView, repo: Repo, reason: string): MergeOutcome {
    const at = timestamp(this.#clock());
    const sighting: Sighting = {
      subject: { kind: "pull", repo, number, linking: null },
      observation: {
        cause: "auto.refused",
        occurredAt: at,
        people: [],
        news: { mergeRefused: { repoId, number, sha: headSha, reason, at } },
        evidence: { url, sha: headSha, refusal: reason },
      },
    };
    return { is: "refused", sighting };
  }

  async #standing({ updatedAt: _, mergeRefused: __, mergeAsked: ___, ...known }: PullView): Promise<Standing> {
    const { repoId, number, headSha } = known;
    const { checkRuns } = await this.#publications.of(repoId, number);
    const own = Object.entries(checkRuns).filter(([, { sha }]) => sha === headSha);
    return {
      // When a check was heard of is no reason to try again.
      pull: sha256(
        canonicalJson({ ...known, checks: known.checks.map(({ at: _, ...check }) => check) } as unknown as Json),
      ),
      conclusions: Object.fromEntries(own.map(([name, { conclusion = null }]) => [name, conclusion])),
    };
  }

  async #lastAttempt(repoId: number, number: number): Promise<Attempt | null> {
    return (await this.#store.items.get(COLLECTION, `${repoId}#${number}`)) as Attempt | null;
  }

  async #remember({ repoId, number, headSha: sha }: PullView, refusedAt: Attempt["refusedAt"]): Promise<void> {
    const attempt: Attempt = { sha, refusedAt };
    await this.#store.items.put(COLLECTION, `${repoId}#${number}`, attempt as unknown as Json);
  }
}

function isSame(a: Standing, b: Standing): boolean {
  const [one, other] = [a, b].map((standing) => canonicalJson(standing as unknown as Json));
  return one === other;
}

/** GitHub's final words for why it does not merge: not mergeable, a rule of the branch, another head, no permission. */
const REFUSALS = new Set([403, 404, 405, 409, 422]);
const MAX_REASON = 500;

/** Words of GitHub's that pass by themselves, under the same status: a limit, and another merge into the base that came in between. */
const PASSING = /rate limit|base branch was modified/i;

function refusal(error: unknown): string | null {
  if (!(error instanceof Error) || !("status" in error) || !REFUSALS.has(Number(error.status))) return null;
  return PASSING.test(error.message) ? null : error.message.slice(0, MAX_REASON).toWellFormed();
}

import type { Json } from "../../core/index.js";
import type { HookResult } from "../../hook.js";
import type { ConfigurationView } from "../../report/view.js";
import type { Items } from "../../store/repository.js";
import type { PublishedCheckRun } from "./check-run.js";
import type { PublishedComment } from "./comment.js";

/** What GitHub shows of a pull request now, as far as this App wrote it. Kept so that nothing is written twice. */
export interface Published {
  readonly comment: PublishedComment | null;
  readonly checkRuns: { readonly [name: string]: PublishedCheckRun };
  readonly hooks: { readonly [hook: string]: HookResult };
  /** The versions of the records that it shows. */
  readonly versions?: { readonly [recordId: string]: number };
  /** The digest of what was known of the pull request. */
  readonly seen?: string;
  /** What came of the configuration at a head, which does not change. */
  readonly configuration?: { readonly sha: string; readonly brought: ConfigurationView["brought"] };
}

const NOTHING: Published = { comment: null, checkRuns: {}, hooks: {} };
const COLLECTION = "report";

/** What was published, by pull request. */
export class Publications {
  readonly #items: Items;

  constructor(items: Items) {
    this.#items = items;
  }

  async of(repoId: number, number: number): Promise<Published> {
    return ((await this.#items.get(COLLECTION, `${repoId}#${number}`)) ?? NOTHING) as unknown as Published;
  }

  async save(repoId: number, number: number, published: Published): Promise<void> {
    await this.#items.put(COLLECTION, `${repoId}#${number}`, published as unknown as Json);
  }
}

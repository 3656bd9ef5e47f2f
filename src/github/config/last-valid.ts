import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Json } from "../../core/index.js";
import type { Items } from "../../store/repository.js";
import { FILES, type Settings } from "./schema.js";

/** What a file said when it could last be used. One that is not there says nothing, and can be used. */
export interface ValidFile {
  /** The blob's SHA; null where there was no file. */
  readonly sha: string | null;
  readonly settings: Settings;
}

/** Durable, so that neither a mistake in a file nor an outage of GitHub's at a start undoes what was in force. */
export class LastValid {
  readonly #items: Items;

  constructor(items: Items) {
    this.#items = items;
  }

  /** Null where there was none, or another version of LoopForge kept what this one does not know. */
  async get(id: string): Promise<ValidFile | null> {
    const { data } = KEPT.safeParse(await this.#items.get(COLLECTION, id));
    return data ?? null;
  }

  async keep(id: string, file: ValidFile): Promise<void> {
    if (isDeepStrictEqual(await this.get(id), file)) return;
    await this.#items.put(COLLECTION, id, file as unknown as Json);
  }
}

const COLLECTION = "configuration";
const KEPT = z.object({ sha: z.string().nullable(), settings: FILES.organization });

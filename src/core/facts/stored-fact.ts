import type { EntityId, Timestamp } from "../brand.js";
import type { JsonObject } from "../json.js";

/** One thing that GitHub said about one entity, as stores keep it. */
export interface StoredFact {
  readonly entity: EntityId;
  /**
   * Unique within its entity, 1 to 200 printable ASCII characters. The key is made from the content, so that the same event gives the
   * same fact however often and in whatever order it is heard.
   */
  readonly key: string;
  /** When GitHub produced it, by GitHub's clock; where GitHub does not say, {@link receivedAt}. */
  readonly at: Timestamp;
  /** When it was first received here. */
  readonly receivedAt: Timestamp;
  readonly value: JsonObject;
}

/** Facts outlive any open work item: those of a record that stays open for longer are renewed when it is reconciled. */
export const FACTS_KEPT_DAYS = 800;

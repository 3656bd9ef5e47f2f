import type { PersonId, RecordId } from "../../core/index.js";
import type { FactKey } from "../fact-row.js";

/**
 * Every name that LoopForge uses in DynamoDB: tables, index, attributes, keys and conditions.
 *
 * NAME (`record_id`): heads, an attribute a field. NAME-ledger (`record_id`, `seq`): entries. NAME-people (`person`): people, and under
 * `user:<id>` who an account is. NAME-facts (`entity`, `fact`): what GitHub said; `at`, `received_at`, `value` as JSON text, and when it
 * goes: `expires` (TTL, seconds), exactly `expires_ms`. NAME-links (`link`, `record_id`), where the first word of `link` says what it is:
 *
 * | link | record_id | |
 * |---|---|---|
 * | `link#<link>` | record | the record has the link |
 * | `key#<record>#<idempotency key>` | record | `first` and `last`, the entries that were written under the key |
 * | `items#<collection>` | id | `value` as JSON text; when it goes: `expires_at` (TTL, seconds), exactly `expires_at_ms` |
 * | `loopforge#ledgers` | record | the record has a ledger |
 * | `loopforge#states` | partition of `state-index` | the partition was written to; `state` whose records are in it |
 * | `loopforge#schema` | `loopforge#schema` | `version` of all this |
 * | `loopforge#upgrade` | `loopforge#upgrade` | while an older version is upgraded: the record `after` which it goes on |
 */
export interface Tables {
  readonly heads: string;
  readonly ledger: string;
  readonly links: string;
  readonly people: string;
  readonly facts: string;
}

export function tablesOf(name: string): Tables {
  return {
    heads: name,
    ledger: `${name}-ledger`,
    links: `${name}-links`,
    people: `${name}-people`,
    facts: `${name}-facts`,
  };
}

/** Of `heads`. Holds keys only: what a transition costs there does not depend on how large the head is. */
export const STATE_INDEX = "state-index";
/** Of `links`. */
export const TTL_ATTRIBUTE = "expires_at";
export const FACTS_TTL_ATTRIBUTE = "expires";

/** By which attribute of the heads the index is partitioned. Where states are spread, `state` stays the plain one for people. */
export function partitionAttribute(stateShards: number): "state" | "state_shard" {
  return stateShards === 1 ? "state" : "state_shard";
}

export const headKey = (recordId: RecordId) => ({ record_id: recordId });
export const entryKey = (recordId: RecordId, seq: number) => ({ record_id: recordId, seq });
export const linkKey = (link: string, recordId: RecordId) => ({ link: linkPartition(link), record_id: recordId });
export const writtenKey = (recordId: RecordId, key: string) => ({
  link: `key#${recordId}#${key}`,
  record_id: recordId,
});
export const itemKey = (collection: string, id: string) => ({ link: itemPartition(collection), record_id: id });
export const ledgerKey = (recordId: RecordId) => ({ link: LEDGERS, record_id: recordId });
export const stateKey = (partition: string) => ({ link: STATES, record_id: partition });
export const SCHEMA_KEY = { link: "loopforge#schema", record_id: "loopforge#schema" } as const;
export const PLACE_KEY = { link: "loopforge#upgrade", record_id: "loopforge#upgrade" } as const;
export const personKey = (person: PersonId) => ({ person });
export const factKey = ({ entity, key }: FactKey) => ({ entity, fact: key });
/** Pseudonyms begin with `p_`. */
export const userKey = (userId: number) => ({ person: `user:${userId}` });

export const linkPartition = (link: string) => `link#${link}`;
export const itemPartition = (collection: string) => `items#${collection}`;
export const LEDGERS = "loopforge#ledgers";
export const STATES = "loopforge#states";

/** Conditions. The names and values that they use are given beside them. */
export const NO_RECORD = "attribute_not_exists(record_id)";
export const AT_VERSION = "#version = :expected";
export const NO_PERSON = "attribute_not_exists(person)";
export const SAME_PERSON = "pseudonym = :person";
export const NO_OTHER_PERSON = `${NO_PERSON} OR ${SAME_PERSON}`;
export const IS_PERSON = "attribute_exists(person)";
export const NO_FACT = "attribute_not_exists(entity)";
export const IS_FACT = "attribute_exists(entity)";
export const IS_LATER =
  "(#at > :at OR (#at = :at AND (#received_at > :received_at OR (#received_at = :received_at AND #value > :value))))";
export const EXPIRES_EARLIER = "#expires_ms < :expires_ms";

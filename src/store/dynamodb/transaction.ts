import { encodeHead, LoopForgeError, type RecordHead } from "../../core/index.js";
import { firstSeq } from "../check-append.js";
import type { Append } from "../repository.js";
import type { Row } from "../row.js";
import type { TransactItem } from "./connection.js";
import { AT_VERSION, entryKey, headKey, ledgerKey, linkKey, NO_RECORD, type Tables, writtenKey } from "./keys.js";

/** One action of an append's transaction. Where its condition does not hold, what it is about says what follows. */
export interface Action {
  readonly about: "head" | "key" | "ledger" | "entry" | "link";
  readonly item: TransactItem;
}

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * An append as one transaction.
 * @param listed attributes of the head that are for lists only
 * @throws LoopForgeError `usage` when it is more than DynamoDB writes in one
 */
export function transactionOf(tables: Tables, write: Append, listed: Row): readonly Action[] {
  const actions = [
    headAction(tables, write, listed),
    ...keyAction(tables, write),
    ...ledgerAction(tables, write),
    ...entryActions(tables, write),
    ...linkActions(tables, write),
  ];
  const { recordId } = write.head;
  if (actions.length > MAX_ACTIONS) throw tooLarge(recordId, `${actions.length} items, and at most ${MAX_ACTIONS} fit`);
  const bytes = write.entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_BYTES) throw tooLarge(recordId, `${bytes} bytes of entries, and at most ${MAX_BYTES} fit`);
  return actions;
}

/** Changes the attributes of a head and no others: what somebody else keeps on the same item stays there. */
function headAction({ heads }: Tables, { head, expectedVersion, remove }: Append, listed: Row): Action {
  const isAtVersion = { "#version": "version" };
  if (remove) {
    const Delete = {
      TableName: heads,
      Key: headKey(head.recordId),
      ConditionExpression: AT_VERSION,
      ExpressionAttributeNames: isAtVersion,
      ExpressionAttributeValues: { ":expected": expectedVersion },
    };
    return { about: "head", item: { Delete } };
  }
  const { record_id: _key, ...fields } = encodeHead(head);
  const attributes = Object.entries({ ...fields, ...listed });
  const isNew = expectedVersion === 0;
  const Update = {
    TableName: heads,
    Key: headKey(head.recordId),
    UpdateExpression: `SET ${attributes.map(([name]) => `#${name} = :${name}`).join(", ")}`,
    ConditionExpression: isNew ? NO_RECORD : AT_VERSION,
    ExpressionAttributeNames: Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
      ...(isNew ? {} : { ":expected": expectedVersion }),
    },
  };
  return { about: "head", item: { Update } };
}

function keyAction({ links }: Tables, write: Append): readonly Action[] {
  const { head, idempotencyKey } = write;
  if (idempotencyKey === undefined) return [];
  const written = { first: firstSeq(write), last: head.ledger.length };
  const Item = { ...writtenKey(head.recordId, idempotencyKey), ...written };
  return [{ about: "key", item: { Put: { TableName: links, Item, ConditionExpression: NO_RECORD } } }];
}

/** A list of the ledgers beside them: to find them in the table itself, every entry would have to be read. */
function ledgerAction({ links }: Tables, { head, expectedVersion }: Append): readonly Action[] {
  if (expectedVersion > 0) return [];
  return [{ about: "ledger", item: { Put: { TableName: links, Item: ledgerKey(head.recordId) } } }];
}

function entryActions({ ledger }: Tables, { entries }: Append): readonly Action[] {
  return entries.map(({ recordId, seq, text, hash }) => {
    const Item = { ...entryKey(recordId, seq), text, hash };
    return { about: "entry", item: { Put: { TableName: ledger, Item, ConditionExpression: NO_RECORD } } };
  });
}

/** DynamoDB refuses a transaction that names an item twice. */
function linkActions({ links }: Tables, write: Append): readonly Action[] {
  const { head, unlinked = [], remove } = write;
  const come = new Set(linksThatCome(write));
  const gone = new Set((remove ? [...unlinked, ...head.links] : unlinked).filter((link) => !come.has(link)));
  const put = [...come].map((link) => ({ Put: { TableName: links, Item: linkKey(link, head.recordId) } }));
  const deleted = [...gone].map((link) => ({ Delete: { TableName: links, Key: linkKey(link, head.recordId) } }));
  return [...put, ...deleted].map((item) => ({ about: "link", item }));
}

function linksThatCome({ head, expectedVersion, linked = [], remove }: Append): readonly string[] {
  if (remove) return [];
  return expectedVersion === 0 ? head.links : linked;
}

function tooLarge(recordId: RecordHead["recordId"], what: string): LoopForgeError {
  return new LoopForgeError(
    "usage",
    `The write to record ${recordId} has ${what} into one DynamoDB transaction: write it in parts`,
  );
}

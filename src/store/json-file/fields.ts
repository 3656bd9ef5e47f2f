import type { HeadAtRest } from "../../core/index.js";

/** What the file's `schema_version` says. */
export const SCHEMA_VERSION = 2;

const HEAD: { readonly [Name in keyof HeadAtRest]: true } = {
  record_id: true,
  ref: true,
  ref_number: true,
  repo: true,
  pr_url: true,
  pr_number: true,
  state: true,
  auto_merge: true,
  ci_status: true,
  labels: true,
  created_at: true,
  updated_at: true,
  closed_at: true,
  lifecycle: true,
  version: true,
  ledger_length: true,
  ledger_hash: true,
  since: true,
  recorded_at: true,
  exceptions: true,
  broken: true,
  merges: true,
  links: true,
};

/** The names of the fields that LoopForge writes; others in the file are somebody's own, and are kept. */
export const FIELDS = {
  file: ["schema_version", "records", "deleted", "people", "items", "facts"],
  record: [...Object.keys(HEAD), "transitions", "entries", "idempotency_keys"],
  deleted: ["record_id", "entries", "idempotency_keys"],
  person: ["person", "user_id", "login", "type", "salt"],
  item: ["value", "expires_at"],
  fact: ["entity", "key", "at", "received_at", "value", "expires_at"],
} as const;

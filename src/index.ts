/** LoopForge, the library: the life of a change as a typed, auditable state machine. */
export {
  type Account,
  canonicalJson,
  createRecord,
  decodeRecord,
  defineLifecycle,
  type Entry,
  type EntryKind,
  type ErrorCode,
  encodeRecord,
  GITHUB,
  GithubState,
  type Hash,
  type JsonObject,
  LedgerVerifier,
  type Lifecycle,
  LoopForgeError,
  type LoopRecord,
  LoopState,
  type NewRecord,
  openEntry,
  type PersonId,
  type RecordHead,
  type RecordId,
  recordId,
  STRICT,
  type StoredEntry,
  type Timestamp,
  type Transition,
  VALID_TRANSITIONS,
  versionConflict,
} from "./core/index.js";
export type { Annotation, HookOutcome, HookResult, Logger, TransitionHook } from "./hook.js";
export { LoopService, type LoopServiceOptions, type TransitionResult } from "./service/service.js";
export { MemoryRepository } from "./store/memory.js";
export type { LoopStore, Repository } from "./store/repository.js";

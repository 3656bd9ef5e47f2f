import {
  LedgerVerifier,
  type LoopRecord,
  type LoopState,
  openEntry,
  type Participant,
  recordId,
} from "../../src/core/index.js";
import type { Logger } from "../../src/hook.js";
import { Recorder, type RecorderOptions } from "../../src/recorder/recorder.js";
import { LoopService, type LoopServiceOptions } from "../../src/service/service.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { moment } from "./records.js";

/** A logger that keeps what it is told. */
export class Log implements Logger {
  readonly lines: { readonly level: "warn" | "error"; readonly message: string; readonly details: object }[] = [];

  warn(details: object, message: string): void {
    this.lines.push({ level: "warn", message, details });
  }

  error(details: object, message: string): void {
    this.lines.push({ level: "error", message, details });
  }
}

/** A service over memory whose clock moves on a second each time it is read, whose ids count, and whose salts are fixed. */
export function aService<State extends string = LoopState>(options: Partial<LoopServiceOptions<State>> = {}) {
  let seconds = 0;
  let ids = 0;
  return new LoopService<State>({
    repository: new MemoryRepository(),
    clock: () => new Date(moment(seconds++)),
    newId: () => recordId(`record-${++ids}`),
    newSalt: () => new Uint8Array(32),
    logger: new Log(),
    ...options,
  });
}

/** A recorder whose clock moves on a second each time it is read. */
export function aRecorder(options: Pick<RecorderOptions, "store"> & Partial<RecorderOptions>): Recorder {
  let seconds = 0;
  return new Recorder({ clock: () => new Date(moment(seconds++)), logger: new Log(), ...options });
}

export const A_WORK_ITEM = { ref: "acme/shop#7", refNumber: 7, repo: "acme/shop" } as const;

/** Kinds and states of all that is in a record's ledger: `rejected issue_created → merged`. */
export function ledgerInWords(record: Pick<LoopRecord, "entries">): readonly string[] {
  return record.entries.map((stored) => {
    const { kind, fromState, toState, trigger } = openEntry(stored);
    return toState === null ? `${kind} ${trigger}` : `${kind} ${fromState} → ${toState}`;
  });
}

export function peopleIn(record: Pick<LoopRecord, "entries">): readonly Participant[] {
  return record.entries.flatMap((stored) => openEntry(stored).people);
}

/** What a verifier finds wrong with a record. */
export function breaksIn(record: LoopRecord): readonly unknown[] {
  const verifier = new LedgerVerifier(record.recordId);
  for (const { recordId, seq, text, hash } of record.entries) verifier.add({ recordId, seq, text, hash });
  return verifier.finish(record);
}

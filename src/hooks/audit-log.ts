import { type Entry, encodeEntry, type RecordHead, sealEntry } from "../core/index.js";
import type { EntryListener, Logger } from "../hook.js";
import type { AuditSink } from "./audit-sink.js";
import { ocsfEvent } from "./ocsf.js";

export type AuditFormat = "plain" | "ocsf";

export interface AuditLogOptions {
  readonly sink: AuditSink;
  readonly format: AuditFormat;
  /** How long whoever tells of entries waits for them to be written, in milliseconds. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

export interface AuditLog {
  listen(...told: Parameters<EntryListener>): Promise<void>;
  /** Entries that could not be written since the start. */
  readonly lost: number;
  close(): Promise<void>;
}

/** Lines that may wait to be written; a disk that hangs must not fill the memory. */
const MAX_WAITING = 10_000;

/**
 * Writes each entry as one JSON line, in order. What cannot be written (a full disk, a closed pipe) is counted and said once, until
 * it can be written again: an audit log stops nothing. The ledger has what it lacks.
 */
export function auditLog({ sink, format, timeoutMs, logger }: AuditLogOptions): AuditLog {
  let lost = 0;
  let waiting = 0;
  let isBroken = false;
  let queue = Promise.resolve();

  const lose = (lines: readonly string[], code: unknown) => {
    lost += lines.length;
    if (!isBroken) logger.error({ code, lost }, "The audit log cannot be written");
    isBroken = true;
  };
  const write = async (lines: readonly string[]) => {
    try {
      // After a failure half a line may stand there, which must not take the next one with it.
      await sink.write(`${isBroken ? "\n" : ""}${lines.join("")}`);
      if (isBroken) logger.warn({ lost }, "The audit log can be written again");
      isBroken = false;
    } catch (error) {
      lose(lines, error instanceof Error && "code" in error ? error.code : undefined);
    }
    waiting -= lines.length;
  };
  return {
    async listen(head, entries) {
      if (entries.length === 0) return;
      const lines = entries.map((entry) => `${JSON.stringify(lineOf(format, head, entry))}\n`);
      if (waiting + lines.length > MAX_WAITING) return lose(lines, "too many lines wait");
      waiting += lines.length;
      queue = queue.then(() => write(lines));
      await atMost(timeoutMs, queue);
    },
    get lost() {
      return lost;
    },
    async close() {
      await queue;
      await sink.close();
    },
  };
}

function lineOf(format: AuditFormat, head: RecordHead, entry: Entry): object {
  const sealed = sealEntry(entry);
  switch (format) {
    case "plain":
      return { ref: head.ref, repo: head.repo, ...encodeEntry(sealed) };
    case "ocsf":
      return ocsfEvent(head, entry, sealed.hash);
  }
}

/** Ends with the work, or before it when it takes too long. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

import { open } from "node:fs/promises";
import type { Writable } from "node:stream";

/** Where lines of the audit log go. Both methods may reject. */
export interface AuditSink {
  /** Resolves when the lines were handed to the system. */
  write(lines: string): Promise<void>;
  close(): Promise<void>;
}

/** Standard output, or a stream like it. It stays open: it is not ours. */
export function streamSink(stream: Writable): AuditSink {
  // A broken pipe is reported to the write and as an event; nobody listening to the event ends the process.
  const ignore = () => {};
  stream.on("error", ignore);
  return {
    write: (lines) =>
      new Promise((resolve, reject) => {
        stream.write(lines, (error) => (error ? reject(error) : resolve()));
      }),
    close: async () => {
      stream.off("error", ignore);
    },
  };
}

/** A file that is only added to, readable by the server's user alone. */
export async function fileSink(path: string): Promise<AuditSink> {
  const file = await open(path, "a", 0o600);
  return {
    write: (lines) => file.appendFile(lines, "utf8"),
    close: () => file.close(),
  };
}

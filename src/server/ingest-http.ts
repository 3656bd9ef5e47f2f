import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type Answer, type Ingest, MAX_BODY_BYTES } from "./ingest.js";

const TOO_LARGE: Answer = { status: 413, body: { error: "The body has more than 25 MB" } };

/** Ingest on Node's own HTTP server: the one path on which every millisecond counts goes through no framework. */
export async function ingestOverHttp(
  ingest: Ingest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === "aborted") return;
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const { status, body: said, retryAfter } = body === "too large" ? TOO_LARGE : await ingest({ header, body });
  const json = JSON.stringify(said);
  const headers: OutgoingHttpHeaders = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(json),
  };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  // What is left of a body that is too large is not read: the connection cannot be used again.
  if (status === 413) headers.connection = "close";
  response.writeHead(status, headers);
  response.end(json);
}

async function readBody(request: IncomingMessage): Promise<Buffer | "too large" | "aborted"> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return "too large";
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        request.pause();
        resolve("too large");
      } else chunks.push(chunk);
    });
    request.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", () => resolve("aborted"));
    request.once("close", () => resolve("aborted"));
  });
}

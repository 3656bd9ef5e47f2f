import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from "aws-lambda";
import { type Answer, type Ingest, WEBHOOK_PATH } from "../server/ingest.js";

export interface IngestHandlerOptions {
  /** Where deliveries go. When it fails, nothing can be taken in. */
  readonly ingest: () => Promise<Ingest>;
  readonly log: { error(details: object, message: string): void };
}

/**
 * A function URL's requests, or those of an HTTP API (payload version 2.0, the same form). Never fails: what cannot be stored is answered
 * 503, so that GitHub notes a failure.
 */
export function createIngestHandler({ ingest, log }: IngestHandlerOptions) {
  return async (event: LambdaFunctionURLEvent): Promise<LambdaFunctionURLResult> => {
    const { method, path } = event.requestContext.http;
    if (method !== "POST" || path !== WEBHOOK_PATH) return resultOf({ status: 404, body: { error: "Not found" } });
    const headers = new Map(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
    try {
      const take = await ingest();
      return resultOf(await take({ header: (name) => headers.get(name), body }));
    } catch (error) {
      log.error({ err: error, delivery: headers.get("x-github-delivery") }, "Could not start to take deliveries in");
      return resultOf({ status: 503, body: { error: "Not ready. Please deliver it again" }, retryAfter: 30 });
    }
  };
}

function resultOf({ status, body, retryAfter }: Answer): LambdaFunctionURLResult {
  const headers = { "content-type": "application/json" };
  return {
    statusCode: status,
    headers: retryAfter === undefined ? headers : { ...headers, "retry-after": retryAfter },
    body: JSON.stringify(body),
  };
}

import { createHmac } from "node:crypto";
import { WEBHOOK_SECRET } from "./keys.js";

export function signatureOf(body: string | Uint8Array, secret = WEBHOOK_SECRET): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

export interface Posted {
  readonly body: string | Uint8Array;
  readonly guid?: string;
  readonly event?: string;
  /** Instead of, or beside, what GitHub sends; a header set to null is left out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** Posts what GitHub would: signed, and with its headers, unless told otherwise. */
export async function post(url: string, { body, guid = "guid-1", event = "issues", headers = {} }: Posted) {
  const usual: Record<string, string | null> = {
    "content-type": "application/json",
    "x-github-delivery": guid,
    "x-github-event": event,
    "x-hub-signature-256": signatureOf(body),
    ...headers,
  };
  const sent = Object.entries(usual).filter((header): header is [string, string] => header[1] !== null);
  const response = await fetch(url, {
    method: "POST",
    headers: sent,
    body: typeof body === "string" ? body : Buffer.from(body),
  });
  return { status: response.status, said: await response.text(), headers: response.headers };
}

import { sha256, timestamp } from "../../src/core/index.js";
import type { Claim, Delivery, Inbox } from "../../src/inbox/inbox.js";

/** A moment of the tests' own clock. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
}

export const LEASE_MS = 60_000;

/** A delivery whose body names its GUID, unless told otherwise. */
export function delivery(guid: string, fields: Partial<Delivery> = {}): Delivery {
  const body = fields.body ?? JSON.stringify({ action: "opened", guid });
  return {
    guid,
    event: "pull_request",
    action: "opened",
    key: `key of ${guid}`,
    receivedAt: timestamp(at(0)),
    payloadSha256: sha256(body),
    ...fields,
    body,
  };
}

export async function claimOne(inbox: Inbox, now: Date): Promise<Claim> {
  const [claim] = await inbox.claim(1, now, LEASE_MS);
  if (!claim) throw new Error("Nothing was due");
  return claim;
}

export async function guidsOf(claims: Promise<readonly Claim[]>): Promise<readonly string[]> {
  return (await claims).map((claim) => claim.guid);
}

import { type Hash, sha256 } from "../core/index.js";

/** How a delivery came in: the hash of its bytes, and when it was received. */
export interface Receipt {
  readonly payloadSha256: Hash;
  /** Null under a server that keeps no deliveries. */
  readonly receivedAt: Date | null;
}

const receipts = new WeakMap<object, Receipt>();

/** Notes what is known of the delivery that a payload was parsed from: Probot hands its handlers the object only. */
export function rememberReceipt(payload: object, receipt: Receipt): void {
  receipts.set(payload, receipt);
}

/** Under a server that keeps no bytes, the hash is that of the payload written as JSON again. */
export function receiptOf(payload: object): Receipt {
  return receipts.get(payload) ?? { payloadSha256: sha256(JSON.stringify(payload)), receivedAt: null };
}

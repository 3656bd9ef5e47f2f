import { type Hash, sha256 } from "../core/index.js";

const received = new WeakMap<object, Hash>();

/** Notes the SHA-256 of the bytes that a payload was parsed from: Probot hands its handlers the object only. */
export function rememberHash(payload: object, hash: Hash): void {
  received.set(payload, hash);
}

/** The SHA-256 of the body as GitHub sent it; under a server that keeps no bytes, of the payload written as JSON again. */
export function payloadHash(payload: object): Hash {
  return received.get(payload) ?? sha256(JSON.stringify(payload));
}

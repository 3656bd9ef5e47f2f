import type { PersonId } from "../brand.js";
import { hmacSha256 } from "../hash.js";

/** Someone at GitHub, as GitHub names them. Lives only in the `people` collection, never in a ledger. */
export interface Account {
  /** GitHub's user id, which stays when the login changes. */
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Bot";
}

export type Role = "actor" | "author" | "reviewer" | "merger";

/** What a ledger says of somebody: in which role, under which pseudonym. */
export interface Participant {
  readonly role: Role;
  readonly person: PersonId;
  readonly type: "User" | "Bot";
}

/** Bytes of the salt from which a person's pseudonym is made. */
export const SALT_BYTES = 32;

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 26;

/**
 * The pseudonym of a GitHub user: `p_` and the first 26 characters (130 bits) of the base32 (RFC 4648, lower case) of
 * HMAC-SHA256(salt, "github:" ‖ user id). Whoever is given the salt can check it; without the salt it says nothing.
 */
export function pseudonym(userId: number, salt: Uint8Array): PersonId {
  return `p_${base32(hmacSha256(salt, `github:${userId}`)).slice(0, LENGTH)}` as PersonId;
}

function base32(bytes: Uint8Array): string {
  let out = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return out;
}

import { createHmac, hash as digest } from "node:crypto";
import type { Hash } from "./brand.js";

export function sha256(data: string | Uint8Array): Hash {
  return digest("sha256", data, "hex") as Hash;
}

export function hmacSha256(key: Uint8Array, message: string): Uint8Array {
  return createHmac("sha256", key).update(message).digest();
}

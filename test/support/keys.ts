import { generateKeyPairSync } from "node:crypto";

/** The App's private key in tests: made once a process, for it takes a moment. */
export const TEST_KEY = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey;

/** What GitHub and the App share in tests. */
export const WEBHOOK_SECRET = "a webhook secret of the tests";

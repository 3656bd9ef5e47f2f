import type { Environment } from "./values.js";

/** Names that say that the value is not for everybody. */
const SECRET_NAME = /(TOKEN|SECRET|KEY|PASSWORD)$/i;
/** The server's own whose names end otherwise. */
const OWN = new Set(["WEBHOOK_SECRET_PREVIOUS"]);
/** What is shorter is more likely a word that also stands elsewhere. */
const SHORTEST = 8;

/**
 * The secrets that a module of the operator's own can read and say: the server's, and whatever else the environment names as one.
 * The operator's file does not refer to these, so that nothing else knows them.
 */
export function secretsOf(env: Environment): readonly string[] {
  return Object.entries(env).flatMap(([name, value = ""]) =>
    (SECRET_NAME.test(name) || OWN.has(name)) && value.length >= SHORTEST ? [value] : [],
  );
}

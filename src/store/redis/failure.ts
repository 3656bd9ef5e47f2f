import { LoopForgeError } from "../../core/index.js";
import { ServerFailure } from "../retry.js";

/** By the first word of what the server says; from inside a script, older servers say it somewhere in the text. */
const REFUSED_LOGIN = /\b(NOAUTH|WRONGPASS)\b|invalid password|without any password/i;
const NOT_ALLOWED = /\bNOPERM\b/;
const FOR_A_MOMENT = /\b(LOADING|BUSY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|READONLY)\b|max number of clients/;
const CANNOT_WRITE = /\b(OOM|MISCONF|NOREPLICAS)\b/;
const IN_A_CLUSTER = /\b(MOVED|ASK|CROSSSLOT)\b/;
const NO_DATABASE = /DB index|SELECT is not allowed/i;
const OTHER_TYPE = /\bWRONGTYPE\b/;
const TIMED_OUT = /timed out|ETIMEDOUT/i;

/**
 * What a failure of the driver or the server means, in one line. What is no failure of theirs stays what it is.
 * @param place where the server is, without the password
 */
export function redisFailure(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof LoopForgeError || error instanceof TypeError) return error;
  const why = error.message.replace(/\s+/g, " ").trim();
  const options = { cause: error };
  const final = (what: string) => new ServerFailure("final", "store_unavailable", `${what}: ${why}`, options);
  const unreachable = `Cannot reach ${place} (LOOPFORGE_STORE)`;

  if (error.name !== "ReplyError") {
    // Longer than it has waited already, nobody waits.
    if (TIMED_OUT.test(why)) return final(unreachable);
    return new ServerFailure("unknown", "store_unavailable", `${unreachable}: ${why}`, options);
  }
  if (FOR_A_MOMENT.test(why)) {
    return new ServerFailure("passing", "store_unavailable", `${place} does not take requests now: ${why}`, options);
  }
  if (REFUSED_LOGIN.test(why)) return final(`${place} refuses the user or the password in LOOPFORGE_STORE`);
  if (NOT_ALLOWED.test(why)) return final(`${place} does not let the user in LOOPFORGE_STORE do its work`);
  if (NO_DATABASE.test(why)) return final(`${place} does not have the database that LOOPFORGE_STORE names`);
  if (IN_A_CLUSTER.test(why)) return final(`${place} is a cluster's, and LOOPFORGE_STORE must name a server by itself`);
  if (CANNOT_WRITE.test(why)) return final(`${place} cannot write`);
  if (OTHER_TYPE.test(why)) {
    const what = `The keys in ${place} are not as LoopForge made them (another ?prefix=… in LOOPFORGE_STORE?): ${why}`;
    return new LoopForgeError("store_schema", what, options);
  }
  return error;
}

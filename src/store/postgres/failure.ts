import { LoopForgeError } from "../../core/index.js";
import { type Outlook, ServerFailure } from "../retry.js";

/** By SQLSTATE or its first two characters, and by Node's codes: what else the same request can expect. */
const OUTLOOKS: { readonly [code: string]: Outlook } = {
  // Undone by the server, so that somebody else could go on.
  40001: "passing",
  "40P01": "passing",
  "55P03": "passing",
  // Too many connections; a server that starts, stops, or only reads because another has taken over.
  53300: "passing",
  "57P03": "passing",
  25006: "passing",
  // The connection is cut while the server was at it.
  "57P01": "unknown",
  "57P02": "unknown",
  57014: "unknown",
  "08": "unknown",
  ECONNREFUSED: "passing",
  ENOTFOUND: "passing",
  EAI_AGAIN: "passing",
  EHOSTUNREACH: "passing",
  ENETUNREACH: "passing",
  ENOENT: "passing",
  ECONNRESET: "unknown",
  EPIPE: "unknown",
  ETIMEDOUT: "unknown",
};

/** The driver's own words, which have no code: the server hung up. */
const HUNG_UP = /terminated|not queryable|ended by|closed/i;
/** The same, but it has had its time already, and longer is not waited for. */
const TIMED_OUT = /timeout/i;
const SQLSTATE = /^[0-9A-Z]{5}$/;
const REFUSED_LOGIN = /^28/;
const NO_DATABASE = "3D000";
const NOT_ALLOWED = "42501";
const NO_TABLE_OR_FUNCTION = /^(3F000|42P01|42703|42883)$/;
const NO_ROOM_OR_DISK = /^(53|58)/;
const NOT_IN_TEXT = /^22(021|P05)$/;

/**
 * What a failure of the driver or the server means, in one line. What is no failure of theirs stays what it is.
 * @param place where the server is, without the password
 */
export function postgresFailure(thrown: unknown, place: string): unknown {
  const error = thrown instanceof AggregateError ? (thrown.errors.at(-1) as unknown) : thrown;
  if (!(error instanceof Error) || error instanceof LoopForgeError || error instanceof TypeError) return thrown;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const why = oneLine(error.message);
  const options = { cause: thrown };
  const final = (what: string) => new ServerFailure("final", "store_unavailable", `${what}: ${why}`, options);
  const unreachable = `Cannot reach ${place} (LOOPFORGE_STORE)`;

  const outlook =
    OUTLOOKS[code] ?? OUTLOOKS[code.slice(0, 2)] ?? (!SQLSTATE.test(code) && HUNG_UP.test(why) ? "unknown" : null);
  if (NOT_IN_TEXT.test(code)) {
    return new LoopForgeError("invalid_metadata", "PostgreSQL keeps no text that has U+0000 in it", options);
  }
  if (outlook && !TIMED_OUT.test(why)) {
    return new ServerFailure(outlook, "store_unavailable", `${unreachable}: ${why}`, options);
  }
  if (!SQLSTATE.test(code)) return final(unreachable);
  if (REFUSED_LOGIN.test(code)) return final(`${place} refuses the user or the password in LOOPFORGE_STORE`);
  if (code === NO_DATABASE) return final(`${place} does not have the database that LOOPFORGE_STORE names`);
  if (code === NOT_ALLOWED) return final(`${place} does not let the user in LOOPFORGE_STORE do its work`);
  if (NO_ROOM_OR_DISK.test(code)) return final(`${place} cannot write`);
  if (NO_TABLE_OR_FUNCTION.test(code)) {
    const what = `The schema of ${place} that LOOPFORGE_STORE names is not as LoopForge made it: ${why}`;
    return new LoopForgeError("store_schema", what, options);
  }
  return thrown;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

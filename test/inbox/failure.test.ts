import { describe, expect, test } from "vitest";
import { BusyError, type ErrorCode, LoopForgeError } from "../../src/core/index.js";
import { judgeFailure } from "../../src/inbox/failure.js";
import type { HeldUpBy } from "../../src/inbox/inbox.js";

/** As Octokit says what GitHub answered, and 500 where there was no answer. */
function answered(status: number, message = "no", cause?: Error): Error {
  return Object.assign(new Error(message, cause ? { cause } : {}), { name: "HttpError", status });
}

function coded(code: string, message = "it failed"): Error {
  return Object.assign(new Error(message), { code });
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const ours = (code: ErrorCode) => new LoopForgeError(code, "no");

describe("given an error that no delivery is to blame for", () => {
  test.each<[string, unknown, HeldUpBy]>([
    ["a store that cannot be reached", ours("store_unavailable"), "store"],
    ["a store whose tables are gone", ours("store_schema"), "store"],
    ["a store under more load than it bears", ours("version_conflict"), "store"],
    ["an inbox that cannot be written", ours("inbox_unavailable"), "inbox"],
    ["an inbox that is full", ours("inbox_full"), "inbox"],
    ["GitHub, as LoopForge says it", ours("github_unavailable"), "github"],
    ["a limit, as LoopForge says it", new BusyError("21 writes wait for their turn", 21_000), "github_limits"],
    ["a limit that lost its type", ours("github_busy"), "github_limits"],
    ["GitHub's 500", answered(500), "github"],
    ["GitHub's 502", answered(502), "github"],
    ["GitHub's 503", answered(503), "github"],
    ["a token that is not taken", answered(401, "Bad credentials"), "github"],
    ["GitHub's 429", answered(429), "github_limits"],
    ["a secondary limit", answered(403, "You have exceeded a secondary rate limit"), "github_limits"],
    ["an old secondary limit", answered(403, "You have triggered an abuse detection mechanism"), "github_limits"],
    ["Octokit's 500 for a connection that was cut", answered(500, "cut", coded("ECONNRESET")), "network"],
    ["a connection that was cut", coded("ECONNRESET"), "network"],
    ["a name that is not found", coded("ENOTFOUND"), "network"],
    ["undici's time limit for headers", coded("UND_ERR_HEADERS_TIMEOUT"), "network"],
    ["undici's other side that closed", coded("UND_ERR_SOCKET", "other side closed"), "network"],
    [
      "fetch, which has the reason in its cause",
      new TypeError("fetch failed", { cause: coded("UND_ERR_SOCKET") }),
      "network",
    ],
    ["a time limit of the web's own kind", new DOMException("The operation timed out", "TimeoutError"), "network"],
    ["a certificate that is over", coded("CERT_HAS_EXPIRED"), "network"],
    [
      "GraphQL that is down",
      named(
        "GraphqlResponseError",
        "Something went wrong while executing your query. This may be the result of a timeout",
      ),
      "github",
    ],
    ["GraphQL's limit", named("GraphqlResponseError", "API rate limit exceeded for installation"), "github_limits"],
    ["several of them", new AggregateError([answered(502), coded("ECONNRESET")]), "github"],
  ])("by %s", (_, error, heldUpBy) => {
    expect(judgeFailure(error)).toMatchObject({ heldUpBy, final: false });
  });
});

describe("given an error that the delivery may be to blame for", () => {
  test.each<[string, unknown, boolean]>([
    ["a payload that cannot be read", ours("invalid_payload"), true],
    [
      "a payload that cannot be read, whatever caused it",
      new LoopForgeError("invalid_payload", "no", { cause: coded("ECONNRESET") }),
      true,
    ],
    ["a ledger that is damaged", ours("corrupt_ledger"), true],
    ["what nobody thought of", new TypeError("x is not a function"), false],
    ["GitHub's 422", answered(422), false],
    ["GitHub's 403 that is no limit", answered(403, "Resource not accessible by integration"), false],
    ["GitHub's 404", answered(404), false],
    [
      "GraphQL that does not know a field",
      named("GraphqlResponseError", "Field 'x' doesn't exist on type 'Issue'"),
      false,
    ],
    ["undici's refusal of our own argument", coded("UND_ERR_INVALID_ARG"), false],
    ["a handler whose time is up", new Error("Not handled within 60 s"), false],
    ["one of these beside GitHub's 502", new AggregateError([answered(502), new TypeError("no")]), false],
    ["no error at all", undefined, false],
  ])("by %s", (_, error, final) => {
    expect(judgeFailure(error)).toMatchObject({ heldUpBy: null, final });
  });
});

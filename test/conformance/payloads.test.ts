import { describe, expect, test } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import { ANSWERED, OBSERVERS, type ObservedEvent, parseEvent } from "../../src/github/observe/index.js";
import { isOfNoRepository } from "../../src/github/observe/merge-groups.js";
import { commentPayload, parsePayload } from "../../src/github/observe/payload.js";
import { configurationPush } from "../../src/github/observe/pushes.js";
import { refreshRequest } from "../../src/github/publish/refresh-requested.js";
import { reportEdited } from "../../src/github/publish/report-edited.js";
import { orderingKey } from "../../src/server/ordering-key.js";
import { givenInProcess } from "../support/in-process.js";
import { aLookout } from "../support/lookout.js";
import { seededRandom } from "../support/proof-random.js";
import { Generator } from "./generate.js";
import { problemsOfPayload } from "./payloads.js";
import { WEBHOOKS } from "./schemas.js";

/** How many payloads in all: LOOPFORGE_PAYLOADS. A failure names its seed: LOOPFORGE_SEED begins with it. */
const { LOOPFORGE_PAYLOADS = "2000", LOOPFORGE_SEED = "1" } = process.env;
const HANDLED = [...Object.keys(OBSERVERS), ...ANSWERED];
const EACH = Math.ceil(Number(LOOPFORGE_PAYLOADS) / HANDLED.length);
const APP_ID = 4711;

const { store, parts } = givenInProcess();
const edited = { store, persons: parts.pipeline.persons, appId: APP_ID };

/** As the App reads them. */
const READERS: { readonly [kind: string]: (payload: object) => unknown } = {
  ...Object.fromEntries(
    Object.keys(OBSERVERS).map((kind) => [
      kind,
      (payload) => isOfNoRepository(kind, payload) || parseEvent(kind as ObservedEvent, payload).observe(aLookout()),
    ]),
  ),
  push: (payload) => configurationPush(payload, ".github/loopforge.yml"),
  "issue_comment.created": (payload) => parsePayload(commentPayload, payload),
  "issue_comment.edited": (payload) => reportEdited(payload, edited),
  "issue_comment.deleted": (payload) => reportEdited(payload, edited),
  "check_run.requested_action": (payload) => refreshRequest(payload, APP_ID),
  "check_suite.rerequested": (payload) => refreshRequest(payload, APP_ID),
};

describe("given payloads that GitHub's schemas allow", () => {
  test.each(HANDLED)("when they are %s, then all are read", async (kind) => {
    const schema = WEBHOOKS.payloads[kind];
    const read = READERS[kind];
    if (schema === undefined || read === undefined) throw new Error(`Nothing known of ${kind}`);
    const refused = new Map<string, number>();
    for (let seed = Number(LOOPFORGE_SEED); seed < Number(LOOPFORGE_SEED) + EACH; seed++) {
      const payload = new Generator(WEBHOOKS, seededRandom(seed)).of(schema) as object;
      const [event = ""] = kind.split(".");
      expect(orderingKey(event, "a-guid", payload).length).toBeLessThan(150);
      const problem = await refusalOf(() => read(payload));
      if (problem !== "" && !refused.has(problem)) refused.set(problem, seed);
    }
    expect([...refused].map(([problem, seed]) => `seed ${seed}: ${problem}`)).toEqual([]);
  });

  test.each(Object.keys(WEBHOOKS.payloads))("%s is generated as GitHub describes it", (kind) => {
    const schema = WEBHOOKS.payloads[kind];
    if (schema === undefined) throw new Error(`Nothing known of ${kind}`);
    for (let seed = 1; seed <= 3; seed++) {
      expect(problemsOfPayload(kind, new Generator(WEBHOOKS, seededRandom(seed)).of(schema)), `seed ${seed}`).toEqual(
        [],
      );
    }
  });
});

/** Why a payload was not read; the empty text where it was. Other failures are the test's. */
async function refusalOf(read: () => unknown): Promise<string> {
  try {
    await read();
    return "";
  } catch (error) {
    if (!(error instanceof LoopForgeError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

import { describe, expect, test } from "vitest";
import { endDisturbed, RUNS, refuseNowAndThen, scenariosAt } from "../support/disturbed.js";
import { seededRandom } from "../support/proof-random.js";
import { SEED } from "../support/seed.js";

const REFUSALS = [
  [403, "Resource not accessible by integration"],
  [404, "Not Found"],
  [410, "Gone"],
  [422, "Validation Failed"],
] as const;

/**
 * Open: which lifecycle a repository asks for is decided when its record is opened, and whether an issue was closed by a commit, when it is
 * closed. Where that very answer is refused, nothing asks for it again.
 */
const DECIDED_ONCE: ReadonlySet<string> = new Set(["strict", "closed-by-commit"]);

/**
 * What GitHub refuses to show, it says for good: so a merge may be judged without it, and then a rule is not known to be broken. That is
 * found once it is shown, and somebody asks.
 */
describe.each(REFUSALS.map(([status, message], nth) => ({ status, message, nth })))(
  "given a GitHub of whose answers one in five is $status",
  ({ status, message, nth }) => {
    test.each(scenariosAt(nth).filter(([name]) => !DECIDED_ONCE.has(name)))(
      "when %s is played, then nobody is accused and nothing set aside; when it is asked again later, it ends as it says",
      async (_name, scenario) => {
        for (let run = 0; run < RUNS; run++) {
          const refusals = refuseNowAndThen(status, message, seededRandom(SEED + run));
          const { before, end, expected, setAside } = await endDisturbed(scenario, {}, refusals);
          const accused = before.rules.filter((rule) => !expected.rules.includes(rule));
          expect({ ...before, rules: accused, setAside }).toEqual({ ...expected, rules: [], setAside: [] });
          expect(end).toEqual(expected);
        }
      },
    );
  },
);

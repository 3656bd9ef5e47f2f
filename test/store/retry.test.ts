import { describe, expect, it } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import { type Outlook, ServerFailure, withRetry } from "../../src/store/retry.js";

const failure = (outlook: Outlook) => new ServerFailure(outlook, "store_unavailable", `It is ${outlook}`);

/** Fails as told, turn by turn, and then succeeds. */
function given(...failures: readonly Error[]) {
  const waits: number[] = [];
  let tries = 0;
  const work = async () => {
    const error = failures[tries++];
    if (error) throw error;
    return "done";
  };
  const options = { random: () => 0.5, sleep: async (ms: number) => waits.push(ms) };
  return { waits, tries: () => tries, run: () => withRetry(work, options) };
}

describe("work on a server is tried again", () => {
  it("while its failure may pass, each time after a wait that may be twice as long", async () => {
    const { run, waits } = given(failure("passing"), failure("unknown"), failure("passing"));

    expect(await run()).toBe("done");
    expect(waits).toEqual([25, 50, 100]);
  });

  it("six times and no more", async () => {
    const { run, tries } = given(...Array.from({ length: 9 }, () => failure("passing")));

    await expect(run()).rejects.toMatchObject({ code: "store_unavailable", outlook: "passing" });
    expect(tries()).toBe(6);
  });

  it.each([failure("final"), new LoopForgeError("version_conflict", "late"), new Error("something else")])(
    "not after: %s",
    async (error) => {
      const { run, waits } = given(error);

      await expect(run()).rejects.toBe(error);
      expect(waits).toEqual([]);
    },
  );
});

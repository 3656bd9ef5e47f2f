import { describe, expect, it } from "vitest";
import { openEntry } from "../../src/core/index.js";
import { onceEach } from "../../src/hooks/once-each.js";
import { aStory, QUEUED } from "./given.js";

const STORY = aStory([
  QUEUED,
  { to: "pr_created", trigger: "pr.opened" },
  { to: "ci_pending", trigger: "ci.started" },
  { to: "ci_passed", trigger: "ci.passed" },
]);
const ENTRIES = STORY.entries.map(openEntry);

/** A listener, and the numbers of the entries that it was told of. */
function givenListener() {
  const heard: number[] = [];
  const listen = onceEach((_head, entries) => void heard.push(...entries.map(({ seq }) => seq)));
  return {
    heard,
    tell: (...seqs: number[]) =>
      listen(
        STORY,
        ENTRIES.filter(({ seq }) => seqs.includes(seq)),
      ),
  };
}

describe("given a listener that is told of every entry once", () => {
  it("when an entry comes again, alone or among others, then it is not told again", async () => {
    const { heard, tell } = givenListener();
    await tell(1, 2);
    await tell(2);
    await tell(2, 3);
    expect(heard).toEqual([1, 2, 3]);
  });

  it("when a later entry came first, then the earlier one is told all the same", async () => {
    const { heard, tell } = givenListener();
    await tell(4);
    await tell(2, 3);
    await tell(2, 3, 4);
    expect(heard).toEqual([4, 2, 3]);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../../src/store/open.js";
import { countingStatements } from "../store/servers/statements.js";
import { WaitingPull } from "../support/waiting-pull.js";

describe("a check that moves nothing", () => {
  it.each([1, 32])("is one statement that writes, and no head, where %d are known", async (known) => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
    const store = await openStore(`sqlite:${join(folder, "loopforge.db")}`);
    const statements = countingStatements();
    onTestFinished(async () => {
      statements.stop();
      await store.close();
      await rm(folder, { recursive: true });
    });
    const waiting = await WaitingPull.given(store);
    await waiting.learnChecks(known);
    const heads = await waiting.headsWritten();
    statements.reset();
    await waiting.beginCheck();

    expect(statements.writing).toEqual([expect.stringContaining("INSERT INTO facts")]);
    expect(await waiting.headsWritten()).toBe(heads);
  });

  it("is one fact, though it concerns two work items", async () => {
    const store = await openStore("memory:");
    const waiting = await WaitingPull.given(store, { issues: 2 });
    const heads = await waiting.headsWritten();
    const facts = (await store.facts.list({ limit: 1000 })).items.length;
    await waiting.beginCheck();

    expect((await store.facts.list({ limit: 1000 })).items).toHaveLength(facts + 1);
    expect(await waiting.headsWritten()).toBe(heads);
  });
});

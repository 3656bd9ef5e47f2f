import { describe, expect, test } from "vitest";
import { entityOf, LoopForgeError, timestamp } from "../../src/core/index.js";
import { WorkItems } from "../../src/recorder/work-items.js";
import { MemoryRepository } from "../../src/store/memory.js";
import type { Facts } from "../../src/store/repository.js";
import { aRun, checksOf } from "../builders/github.js";

/** Refuses the first so many writes. */
function failing(facts: Facts, times: number): Facts {
  let left = times;
  return {
    add: async (added, expiresAt) => {
      if (left-- > 0) throw new LoopForgeError("store_unavailable", "The store is down");
      await facts.add(added, expiresAt);
    },
    of: (entities) => facts.of(entities),
    renew: (entities, expiresAt) => facts.renew(entities, expiresAt),
    list: (query) => facts.list(query),
  };
}

describe("given a store that is down when the first check of a repository is heard of", () => {
  test("when it is heard of again, then the repository has shown CI", async () => {
    const clock = () => new Date("2026-01-05T09:00:00Z");
    const items = new WorkItems(failing(new MemoryRepository({ clock }).facts, 1), clock);
    const hearing = { producedAt: timestamp(clock()), receivedAt: timestamp(clock()), isRead: false };
    const news = checksOf([aRun("build", null)]);
    await expect(items.learn(news, hearing)).rejects.toThrow("The store is down");
    await items.learn(news, hearing);

    const repository = entityOf.repository(news.checks?.repoId ?? 0);
    const said = (await items.sets([repository])).get(repository) ?? [];
    expect(said.map(({ fact }) => fact.is)).toEqual(["ci_seen"]);
  });
});

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { HookStats } from "../../src/hooks/stats.js";
import { openInbox } from "../../src/inbox/open.js";
import { serverMetrics } from "../../src/server/measures.js";
import { createWeb } from "../../src/server/web.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { at, claimOne, delivery } from "../inbox/deliveries.js";
import { testClock } from "../sandbox/given.js";
import { collectedLog } from "../support/log.js";
import { temporaryFolder } from "../support/running.js";

async function givenWeb({ inboxLimit = 10 } = {}) {
  const clock = testClock("2026-01-01T00:00:00Z");
  const store = new MemoryRepository({ clock });
  const inbox = await openInbox(`sqlite:${join(temporaryFolder(), "inbox.db")}`, { clock });
  onTestFinished(() => inbox.close());
  const stats = new HookStats();
  const rate: { remaining: number | null } = { remaining: null };
  const metrics = await serverMetrics({ stats, store, inbox, clock, rateRemaining: () => rate.remaining });
  const { log, lines } = collectedLog();
  const web = createWeb({ store, inbox, metrics, clock, log, config: { inboxLimit } });
  const get = async (path: string) => {
    const response = await web.request(path);
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
  };
  const measure = async (name: string) =>
    new RegExp(`^${name} (.*)$`, "m").exec((await get("/metrics")).text)?.[1] ?? null;
  return { clock, store, inbox, stats, rate, get, measure, lines };
}

describe("given the server's own pages", () => {
  test("when / is asked, then it says that it runs, and where GitHub delivers", async () => {
    const { get } = await givenWeb();
    const { status, text } = await get("/");
    expect([status, text]).toEqual([200, "LoopForge is running. GitHub delivers to /api/github/webhooks.\n"]);
  });

  test("when health is asked, then it is alive, and ready while the inbox takes more", async () => {
    const { get, inbox } = await givenWeb({ inboxLimit: 1 });
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/readyz")).status).toBe(200);
    await inbox.put(delivery("a"));
    expect((await get("/healthz")).status).toBe(200);
    const { status, text } = await get("/readyz");
    expect([status, JSON.parse(text)]).toEqual([
      503,
      { status: "not ready", parts: { store: "ok", inbox: "not ready" } },
    ]);
  });

  test("when something else is asked, then it is not there", async () => {
    const { get } = await givenWeb();
    for (const path of ["/metrics/", "/.env", "/..%2f.env", "/api/github/webhooks"]) {
      expect((await get(path)).status, path).toBe(404);
    }
  });
});

describe("given /metrics", () => {
  test("when it is asked, then it is Prometheus text", async () => {
    const { get } = await givenWeb();
    const { status, type, text } = await get("/metrics");
    expect([status, type]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
    expect(text).toContain("# TYPE loopforge_transitions_total counter");
  });

  test("when deliveries wait and one is worked, then it shows how many, and how long the oldest has waited", async () => {
    const { clock, inbox, measure } = await givenWeb();
    expect(await measure("loopforge_inbox_depth")).toBe("0");
    expect(await measure("loopforge_inbox_oldest_seconds")).toBe("0");
    for (const [index, guid] of ["a", "b", "c"].entries()) await inbox.put(delivery(guid, { key: String(index) }));
    await claimOne(inbox, at(1));
    clock.advance(90);
    expect(await measure("loopforge_inbox_depth")).toBe("3");
    expect(Number(await measure("loopforge_inbox_oldest_seconds"))).toBe(90);
  });

  test("when GitHub has said how many requests it allows, then it shows that, and before nothing", async () => {
    const { rate, measure } = await givenWeb();
    expect(await measure("loopforge_github_rate_remaining")).toBeNull();
    rate.remaining = 4321;
    expect(await measure("loopforge_github_rate_remaining")).toBe("4321");
  });

  test("when hooks have run, then it counts how they ended", async () => {
    const { stats, measure } = await givenWeb();
    for (const outcome of ["done", "timed_out", "done"] as const)
      stats.record({ hook: "chat", outcome, durationMs: 5 });
    expect(await measure('loopforge_hook_runs_total{hook="chat",outcome="done"}')).toBe("2");
    expect(await measure('loopforge_hook_runs_total{hook="chat",outcome="timed_out"}')).toBe("1");
  });

  test("when the inbox cannot be read, then the rest of the page is there all the same", async () => {
    const { inbox, stats, get, measure } = await givenWeb();
    stats.record({ hook: "chat", outcome: "done", durationMs: 5 });
    await inbox.close();
    expect((await get("/metrics")).status).toBe(200);
    expect(await measure("loopforge_inbox_depth")).toBeNull();
    expect(await measure('loopforge_hook_runs_total{hook="chat",outcome="done"}')).toBe("1");
  });
});

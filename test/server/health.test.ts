import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { openInbox } from "../../src/inbox/open.js";
import { type HealthOptions, healthRoutes, inboxProbe, storeProbe } from "../../src/server/health.js";
import { openStore } from "../../src/store/open.js";
import { delivery } from "../inbox/deliveries.js";
import { collectedLog } from "../support/log.js";
import { temporaryFolder } from "../support/running.js";

const clock = () => new Date("2026-01-05T09:00:00Z");

afterEach(() => {
  vi.useRealTimers();
});

/** What `/readyz` says. */
function asked(options: Partial<HealthOptions>) {
  const { log, lines } = collectedLog();
  const web = healthRoutes({ probes: {}, log, ...options });
  const ask = async (path = "/readyz") => {
    const response = await web.request(path);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return { ask, lines };
}

async function givenParts() {
  const folder = temporaryFolder();
  const store = await openStore(`sqlite:${join(folder, "records.db")}`);
  const inbox = await openInbox(`sqlite:${join(folder, "inbox.db")}`);
  onTestFinished(() => Promise.all([store.close(), inbox.close()]).then(() => undefined));
  return { store, inbox };
}

describe("given a store and an inbox that work", () => {
  test("when asked, then it is alive and ready", async () => {
    const { store, inbox } = await givenParts();
    const { ask } = asked({ probes: { store: storeProbe(store), inbox: inboxProbe(inbox, { clock }) } });
    expect(await ask("/healthz")).toEqual({ status: 200, body: { status: "ok" } });
    expect(await ask()).toEqual({ status: 200, body: { status: "ready", parts: { store: "ok", inbox: "ok" } } });
  });

  test("when the inbox is full, then it is not ready, for it would refuse what comes", async () => {
    const { inbox } = await givenParts();
    const { ask, lines } = asked({ probes: { inbox: inboxProbe(inbox, { clock, maxWaiting: 2 }) } });
    await inbox.put(delivery("a"));
    expect((await ask()).status).toBe(200);
    await inbox.put(delivery("b"));
    expect(await ask()).toEqual({ status: 503, body: { status: "not ready", parts: { inbox: "not ready" } } });
    expect(lines.join()).toContain("2 deliveries are unfinished: the inbox is full");
  });
});

describe("given a part that does not work", () => {
  test("when asked, then 503 with its name, the reason in the log only, and it is alive all the same", async () => {
    const { store, inbox } = await givenParts();
    await inbox.close();
    const { ask, lines } = asked({ probes: { store: storeProbe(store), inbox: inboxProbe(inbox, { clock }) } });
    const { status, body } = await ask();
    expect([status, body]).toEqual([503, { status: "not ready", parts: { store: "ok", inbox: "not ready" } }]);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ part: "inbox", err: { message: expect.any(String) } });
    expect((await ask("/healthz")).status).toBe(200);
  });

  test("when it hangs, then it is not ready, and those who ask meanwhile ask it no second time", async () => {
    vi.useFakeTimers();
    const probe = vi.fn(() => new Promise<void>(() => {}));
    const { ask } = asked({ probes: { store: probe }, timeoutMs: 5000 });
    const answers = Promise.all([ask(), ask()]);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await answers).map(({ status }) => status)).toEqual([503, 503]);
    expect(probe).toHaveBeenCalledTimes(1);
  });

  test("when it works again, then it is ready again", async () => {
    let works = false;
    const probe = async () => {
      if (!works) throw new Error("down");
    };
    const { ask } = asked({ probes: { store: probe } });
    expect((await ask()).status).toBe(503);
    works = true;
    expect((await ask()).status).toBe(200);
  });
});

import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { timestamp } from "../../src/core/index.js";
import { GAPS } from "../../src/github/catch-up/redeliver.js";
import { openInbox } from "../../src/inbox/open.js";
import { openStore } from "../../src/store/open.js";
import { delivery } from "../inbox/deliveries.js";
import { TEST_KEY } from "../support/keys.js";
import { givenHealthy, type Healthy, troubles } from "./given.js";

let it: Healthy;

beforeEach(async () => {
  it = await givenHealthy();
});

/** Has GitHub answer a route in another way. */
function answering(path: string, change: (body: never) => unknown): void {
  it.sandbox.faults = async (context, next) => {
    await next();
    if (context.req.path !== path) return;
    const { headers, status } = context.res;
    const body = (await context.res.json()) as never;
    context.res = new Response(JSON.stringify(change(body)), { headers, status });
  };
}

const settings = (change: object) => answering("/app/hook/config", (body: object) => ({ ...body, ...change }));

interface AnApp {
  readonly permissions: { readonly [name: string]: string };
  readonly events?: readonly string[];
}

describe("given a LoopForge as it should be", () => {
  test("then every check is ok", async () => {
    const findings = await it.examine();
    expect(findings.map(({ check, status }) => `${check}: ${status}`)).toEqual([
      "configuration: ok",
      "credentials: ok",
      "clock: ok",
      "permissions: ok",
      "events: ok",
      "webhook: ok",
      "installations: ok",
      "organisation: ok",
      "deliveries: ok",
      "store: ok",
      "inbox: ok",
    ]);
    expect(findings.every(({ advice }) => advice === undefined)).toBe(true);
  });

  test("then nothing stays behind in the store", async () => {
    await it.examine();
    const store = await openStore(it.env.LOOPFORGE_STORE ?? "");
    expect(await store.items.list("doctor")).toEqual([]);
    await store.close();
  });
});

describe("given variables that are wrong", () => {
  test("when one is missing, then its name, and GitHub is not asked", async () => {
    const findings = await it.examine({ WEBHOOK_SECRET: "" });
    expect(findings[0]).toMatchObject({ check: "configuration", status: "fail", message: "WEBHOOK_SECRET is not set" });
    expect(findings.map(({ check }) => check)).toEqual(["configuration", "store", "inbox"]);
  });

  test("when the private key cannot be used, then that, and not the network", async () => {
    const [finding, ...more] = await it.examine({ PRIVATE_KEY: TEST_KEY.replace(/\n.*\n/, "\n") });
    expect(finding).toMatchObject({ check: "configuration", status: "fail" });
    expect(finding?.message).toMatch(/^PRIVATE_KEY cannot be used: /);
    expect(troubles(more)).toEqual([]);
  });

  test("when the App's id is another's, then GitHub refuses it", async () => {
    const findings = await it.examine({ APP_ID: "1" });
    expect(findings[1]).toMatchObject({
      check: "credentials",
      status: "fail",
      message: expect.stringContaining("GitHub refuses the App's credentials"),
      advice: expect.stringContaining("generate a new private key"),
    });
    expect(troubles(findings)).toEqual(["credentials: fail"]);
  });

  test("when GitHub is not where it is said to be, then it could not be asked", async () => {
    const [, finding] = await it.examine({ GHE_HOST: "127.0.0.1:1" });
    expect(finding).toMatchObject({ check: "credentials", status: "fail" });
    expect(finding?.message).toMatch(/^GitHub could not be asked: .*ECONNREFUSED/);
  });

  test("then no secret is in what is found", async () => {
    const secret = "a secret that nobody may read";
    for (const env of [{ PRIVATE_KEY: secret }, { APP_ID: "x", WEBHOOK_SECRET: secret }]) {
      expect(JSON.stringify(await it.examine(env))).not.toContain(secret);
    }
  });
});

describe("given a clock that is not GitHub's", () => {
  test.each([
    [30, []],
    [31, ["clock: warn"]],
    [-60, ["clock: warn"]],
    [61, ["clock: fail"]],
    [-3600, ["clock: fail"]],
  ])("when it is %i s off, then %j", async (seconds, expected) => {
    const clock = () => new Date(it.clock().getTime() + seconds * 1000);
    expect(troubles(await it.examine({}, clock))).toEqual(expected);
  });
});

describe("given an App with other permissions and events than app.yml", () => {
  test("when something is missing, then it fails; when there is more than is needed, then it warns", async () => {
    answering("/app", (body: object) => ({
      ...body,
      permissions: {
        metadata: "read",
        checks: "read",
        issues: "read",
        pull_requests: "write",
        administration: "write",
      },
      events: ["issues", "pull_request", "star"],
    }));
    const findings = (await it.examine()).filter(({ status }) => status !== "ok");
    expect(findings).toMatchObject([
      { check: "permissions", status: "fail", message: expect.stringMatching(/^The App lacks checks: write/) },
      { check: "permissions", status: "warn", message: "The App has more than it needs: administration: write" },
      { check: "events", status: "fail", message: expect.stringMatching(/not subscribed to .*check_run/) },
      { check: "events", status: "warn", message: expect.stringMatching(/that say nothing to it: star$/) },
    ]);
  });
});

describe("given a GitHub Enterprise Server", () => {
  /** An App that was registered there, and asks for no merge queues. */
  function atServer(version: string): void {
    const without = ({ permissions: { merge_queues: _, ...permissions }, events, ...body }: AnApp) => ({
      ...body,
      permissions,
      ...(events ? { events: events.filter((event) => event !== "merge_group") } : {}),
    });
    it.sandbox.faults = async (context, next) => {
      await next();
      context.res.headers.set("x-github-enterprise-version", version);
      const { path } = context.req;
      if (path !== "/app" && path !== "/app/installations") return;
      const { headers, status } = context.res;
      const body = (await context.res.json()) as AnApp | AnApp[];
      const changed = Array.isArray(body) ? body.map(without) : without(body);
      context.res = new Response(JSON.stringify(changed), { headers, status });
    };
  }

  test.each(["3.11.4", "2.22.0", "enterprise-server@3.10.1"])(
    "when it is %s, which has no merge queues, then nothing is missing",
    async (version) => {
      atServer(version);
      expect(troubles(await it.examine())).toEqual([]);
    },
  );

  test.each(["3.12.0", "3.20.1", "4.0.0"])("when it is %s, which has them, then they are missing", async (version) => {
    atServer(version);
    expect(troubles(await it.examine())).toEqual(["permissions: fail", "events: fail", "installations: fail"]);
  });
});

describe("given a webhook", () => {
  test.each([
    [{ url: "" }, "fail", "It has no URL"],
    [{ url: "https://a.example/hooks" }, "fail", "Its URL is https://a.example/hooks"],
    [{ url: "http://a.example/api/github/webhooks" }, "warn", "Its URL is http://a.example"],
    [{ url: "http://localhost:3000/api/github/webhooks" }, "warn", "Its URL is http://localhost"],
    [{ content_type: "form" }, "fail", "Its content type is form"],
    [{ secret: null }, "fail", "It has no secret"],
    [{ insecure_ssl: "1" }, "warn", "GitHub does not check the server's certificate"],
  ])("when its settings are %j, then %s", async (change, status, message) => {
    settings(change);
    const findings = (await it.examine()).filter((finding) => finding.status !== "ok");
    expect(findings).toMatchObject([{ check: "webhook", status, message: expect.stringContaining(message) }]);
  });
});

describe("given installations", () => {
  const installations = (change: object) =>
    answering("/app/installations", (body: readonly object[]) => body.map((one) => ({ ...one, ...change })));

  test("when there is none, then it fails", async () => {
    answering("/app/installations", () => []);
    expect(troubles(await it.examine())).toEqual(["installations: fail"]);
  });

  test("when one has not accepted a permission, then who, which, and where to", async () => {
    installations({ permissions: { metadata: "read" } });
    const finding = (await it.examine()).find(({ check }) => check === "installations");
    expect(finding).toMatchObject({
      status: "fail",
      message: expect.stringMatching(/^acme has not accepted .*checks: write/),
      advice: expect.stringContaining("/settings/installations/"),
    });
  });

  test("when one is suspended, then it warns", async () => {
    installations({ suspended_at: "2026-01-01T00:00:00Z" });
    expect(troubles(await it.examine())).toEqual(["installations: warn"]);
  });
});

describe("given deliveries that failed", () => {
  async function openIssues(): Promise<void> {
    it.sandbox.repository("acme/shop").openIssue({ by: it.sandbox.user("alice"), title: "Another" });
    await it.sandbox.flush();
  }

  test("when some arrived, then it warns; when they arrive at last, then it is ok", async () => {
    it.answer = 503;
    await openIssues();
    const findings = await it.examine();
    expect(troubles(findings)).toEqual(["deliveries: warn"]);
    expect(findings.find(({ check }) => check === "deliveries")?.message).toMatch(
      /^1 of the last 2 did not arrive, the newest \(issues\) at .*: Invalid HTTP Response: 503$/,
    );
    it.answer = 202;
    for (const failed of it.sandbox.deliveries.slice(-1)) await it.sandbox.deliver(failed);
    expect(troubles(await it.examine())).toEqual([]);
  });

  test("when none arrived, then it fails", async () => {
    it.clock.advance(4 * 24 * 3600);
    it.answer = 503;
    await openIssues();
    expect(troubles(await it.examine())).toEqual(["deliveries: fail"]);
  });

  test("when some were given up, then it warns of them", async () => {
    const store = await openStore(it.env.LOOPFORGE_STORE ?? "");
    const gap = { guid: "a", event: "issues", lastAt: "2026-01-04T00:00:00.000Z" };
    await store.items.put(GAPS, "a", gap);
    await store.close();
    const finding = (await it.examine()).find(({ check }) => check === "gaps");
    expect(finding).toMatchObject({ status: "warn", message: expect.stringContaining("1 deliveries never arrived") });
  });
});

describe("given a store or an inbox", () => {
  test("when its file is not there yet, then it warns, and makes none", async () => {
    const missing = { LOOPFORGE_STORE: "sqlite:nowhere/records.db", LOOPFORGE_INBOX: "sqlite:nowhere/inbox.db" };
    expect(troubles(await it.examine(missing))).toEqual(["store: warn", "inbox: warn"]);
  });

  test("when it cannot be opened, then it fails with what is the matter", async () => {
    const broken = { LOOPFORGE_STORE: "sqlight:records.db", LOOPFORGE_INBOX: "sqlight:inbox.db" };
    const findings = await it.examine(broken);
    expect(troubles(findings)).toEqual(["store: fail", "inbox: fail"]);
    expect(findings.at(-2)?.message).toContain("there is no store sqlight:");
  });

  test("when the inbox is full, then it fails", async () => {
    const inbox = await openInbox(it.env.LOOPFORGE_INBOX ?? "");
    onTestFinished(() => inbox.close());
    await inbox.put(delivery("a", { receivedAt: timestamp(it.clock()) }));
    expect(troubles(await it.examine({ LOOPFORGE_INBOX_LIMIT: "2" }))).toEqual([]);
    expect(troubles(await it.examine({ LOOPFORGE_INBOX_LIMIT: "1" }))).toEqual(["inbox: fail"]);
  });

  test("when deliveries were set aside or wait for long, then it warns of each", async () => {
    const inbox = await openInbox(it.env.LOOPFORGE_INBOX ?? "");
    onTestFinished(() => inbox.close());
    const receivedAt = timestamp(it.clock());
    await inbox.put(delivery("a", { receivedAt }));
    const [claim] = await inbox.claim(1, it.clock(), 1000);
    if (claim) await inbox.setAside(claim, "unreadable", it.clock());
    await inbox.put(delivery("b", { receivedAt }));
    it.clock.advance(16 * 60);
    const findings = (await it.examine()).filter(({ check }) => check === "inbox");
    expect(findings).toMatchObject([
      { status: "warn", message: "1 deliveries wait, the oldest for 16 minutes" },
      {
        status: "warn",
        message: "1 deliveries were set aside",
        advice: expect.stringContaining("inbox list --failed"),
      },
    ]);
  });
});

describe("given a file for all repositories of an organisation", () => {
  const write = () =>
    it.sandbox
      .repository("acme/.github")
      .putFile(".github/loopforge.yml", "mode: enforce\n", { by: it.sandbox.user("alice") });
  const found = async (named: string) => {
    const findings = await it.examine({ LOOPFORGE_ORGANIZATION_CONFIG: named });
    return findings
      .filter(({ check }) => check === "organisation")
      .map(({ status, message }) => `${status}: ${message}`);
  };

  test("when the operator has not named it, then that is said", async () => {
    write();
    expect(await found("")).toEqual([
      "warn: acme/.github has a .github/loopforge.yml that rules no other repository: it is not named",
    ]);
  });

  test("when the operator has named it, then all is well", async () => {
    write();
    expect(await found("acme/.github")).toEqual(["ok: acme/.github"]);
  });

  test("when the operator named what is not there, then that is said", async () => {
    expect(await found("acme/.github, umbrella/.github")).toEqual([
      "fail: umbrella/.github is named, and the App is not installed there",
      "fail: acme/.github is named, and GitHub shows no .github/loopforge.yml in it",
    ]);
  });
});

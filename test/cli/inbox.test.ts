import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SqliteInbox } from "../../src/inbox/sqlite.js";
import { at, claimOne, delivery } from "../inbox/deliveries.js";
import { loopforge } from "./loopforge.js";

const BODY = '{"action":"opened","planted":"s3cret"}';

let folder: string;
let url: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loopforge-inbox-"));
  url = `--inbox=sqlite:${join(folder, "inbox.db")}`;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => new SqliteInbox(join(folder, "inbox.db"));

/** One of each: `failed-1` and `failed-2` were set aside, `done`, `leased`, `waiting`. */
async function givenDeliveries(): Promise<void> {
  const inbox = open();
  const put = (guid: string) => inbox.put(delivery(guid, { body: BODY, key: "7#1" }));
  for (const guid of ["failed-1", "failed-2", "done"]) await put(guid);
  for (const second of [1, 2])
    await inbox.setAside(await claimOne(inbox, at(second)), "issue.number is missing", at(3));
  await inbox.done(await claimOne(inbox, at(3)), at(4));
  await put("leased");
  await claimOne(inbox, at(5));
  await put("waiting");
  await inbox.close();
}

async function statuses(): Promise<Readonly<Record<string, string>>> {
  const inbox = open();
  const { items } = await inbox.list();
  await inbox.close();
  return Object.fromEntries(items.map(({ guid, status }) => [guid, status]));
}

const BEFORE = { "failed-1": "failed", "failed-2": "failed", done: "done", leased: "leased", waiting: "waiting" };

describe("loopforge inbox list, of deliveries that are held up", () => {
  beforeEach(async () => {
    const inbox = open();
    for (const guid of ["held", "waits"]) await inbox.put(delivery(guid, { body: BODY }));
    await inbox.retry(await claimOne(inbox, at(0)), {
      ...{ error: "connect ECONNREFUSED", failedAt: at(0), dueAt: at(60), heldUpBy: "network" },
    });
    await inbox.close();
  });

  test("says what is held up, and by what", async () => {
    const { out } = await loopforge("inbox", "list", url);
    expect(out).toMatch(/held +pull_request\.opened +held up +0 .* the network: connect ECONNREFUSED/);
    expect(out).toMatch(/waits +pull_request\.opened +waiting +0 /);
    expect((await loopforge("inbox", "show", "held", url)).out).toContain("held by   the network\n");
  });

  test("lists only these when it is asked to", async () => {
    const { out } = await loopforge("inbox", "list", url, "--held-up", "--json");
    expect(JSON.parse(out)).toMatchObject([{ guid: "held", status: "waiting", attempt: 0, held_up_by: "network" }]);
  });
});

describe("loopforge inbox show", () => {
  test("says what a delivery is and why it failed, and not what is in it", async () => {
    await givenDeliveries();
    const { code, out } = await loopforge("inbox", "show", "failed-1", url);
    expect(code).toBe(0);
    expect(out).toBe(
      `failed-1
event     pull_request.opened
status    failed
tries     1
received  2026-01-01 00:00:00 UTC
ended     2026-01-01 00:00:03 UTC
turn with 7#1
payload   sha256 ${delivery("x", { body: BODY }).payloadSha256}
reason    issue.number is missing
`,
    );
    const { out: json } = await loopforge("inbox", "show", "failed-1", url, "--json");
    expect(JSON.parse(json)).toMatchObject({ guid: "failed-1", status: "failed", received_at: at(0).toISOString() });
    expect(json).not.toContain("s3cret");
  });

  test("shows the payload when it is asked for it, byte for byte", async () => {
    await givenDeliveries();
    expect(await loopforge("inbox", "show", "waiting", url, "--body")).toEqual({ code: 0, out: BODY, err: "" });
    const { out } = await loopforge("inbox", "show", "waiting", url, "--body", "--json");
    expect(JSON.parse(out)).toMatchObject({ guid: "waiting", body: BODY });
  });

  test("of what is done there is no payload any more", async () => {
    await givenDeliveries();
    expect((await loopforge("inbox", "show", "done", url)).out).toContain(", not kept any more\n");
    expect(JSON.parse((await loopforge("inbox", "show", "done", url, "--body", "--json")).out)).toMatchObject({
      body: null,
    });
  });

  test("of one that nobody knows is a problem", async () => {
    await givenDeliveries();
    expect(await loopforge("inbox", "show", "nobody", url)).toEqual({
      ...{ code: 1, out: "" },
      err: "loopforge: The inbox knows no delivery nobody\n",
    });
  });
});

describe("loopforge inbox list", () => {
  test("says when there is more than it shows", async () => {
    await givenDeliveries();
    const { code, out, err } = await loopforge("inbox", "list", url, "--limit", "2");
    expect([code, err]).toEqual([0, "Showing the newest 2; --limit shows more.\n"]);
    expect(out).toMatch(/waiting .*\n *leased /);
    expect((await loopforge("inbox", "list", url)).err).toBe("");
  });
});

describe("loopforge inbox retry", () => {
  test("lets those wait again that it names", async () => {
    await givenDeliveries();
    const { code, out } = await loopforge("inbox", "retry", "failed-2", "waiting", url);
    expect([code, out]).toEqual([0, "retried  failed-2\nretried  waiting\n"]);
    expect(await statuses()).toEqual({ ...BEFORE, "failed-2": "waiting" });
  });

  test("--failed lets all of them wait again, the oldest first", async () => {
    await givenDeliveries();
    const { code, out } = await loopforge("inbox", "retry", "--failed", url, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { guid: "failed-1", outcome: "retried" },
      { guid: "failed-2", outcome: "retried" },
    ]);
    expect(await loopforge("inbox", "retry", "--failed", url)).toMatchObject({ code: 0, out: "No deliveries.\n" });
  });

  test("does what it can, and says of which it could not", async () => {
    await givenDeliveries();
    const { code, out, err } = await loopforge("inbox", "retry", "nobody", "leased", "done", "failed-1", url);
    expect(code).toBe(1);
    expect(out).toBe("unknown  nobody\nleased   leased\ndone     done\nretried  failed-1\n");
    expect(err).toBe("loopforge: 3 of 4 were not retried\n");
    expect(await statuses()).toEqual({ ...BEFORE, "failed-1": "waiting" });
  });
});

describe("loopforge inbox drop", () => {
  test("forgets those that it names", async () => {
    await givenDeliveries();
    const { code, out } = await loopforge("inbox", "drop", "failed-1", "waiting", url);
    expect([code, out]).toEqual([0, "dropped  failed-1\ndropped  waiting\n"]);
    expect(await statuses()).toEqual({ "failed-2": "failed", done: "done", leased: "leased" });
  });

  test("--failed --yes forgets all that were set aside", async () => {
    await givenDeliveries();
    const { code, out } = await loopforge("inbox", "drop", "--failed", "--yes", url, "--json");
    expect([code, JSON.parse(out)]).toEqual([
      0,
      ["failed-1", "failed-2"].map((guid) => ({ guid, outcome: "dropped" })),
    ]);
    expect(await statuses()).toEqual({ done: "done", leased: "leased", waiting: "waiting" });
  });

  test("does not take what is being worked away", async () => {
    await givenDeliveries();
    const { code, out, err } = await loopforge("inbox", "drop", "leased", url);
    expect([code, out, err]).toEqual([1, "leased   leased\n", "loopforge: 1 of 1 were not dropped\n"]);
    expect(await statuses()).toEqual(BEFORE);
  });
});

describe("used wrongly: exit code 2, and nothing is changed", () => {
  test.each([
    ["retry", [], /Name deliveries to retry, or say --failed/],
    ["retry", ["failed-1", "--failed"], /Name deliveries to retry, or say --failed/],
    ["drop", [], /Name deliveries to drop, or say --failed/],
    ["drop", ["--failed"], /add --yes/],
    ["show", [], /missing required argument 'guid'/],
    ["list", ["--status", "lost"], /Allowed choices are waiting, leased, done, failed/],
  ])("%s %j", async (command, args, message) => {
    await givenDeliveries();
    const { code, out, err } = await loopforge("inbox", command, ...args, url);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(await statuses()).toEqual(BEFORE);
  });

  test.each([["list"], ["show", "a"], ["retry", "a"], ["drop", "a"]])(
    "%s, of a file that is not there",
    async (...args) => {
      const { code, err } = await loopforge("inbox", ...args, `--inbox=sqlite:${join(folder, "nowhere.db")}`);
      expect(code).toBe(2);
      expect(err).toMatch(/^loopforge: There is no file .*nowhere\.db/);
    },
  );
});

test.each([["list"], ["show"], ["retry"], ["drop"]])("inbox %s --help shows examples", async (command) => {
  const { code, out } = await loopforge("inbox", command, "--help");
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`Examples:\n {2}loopforge inbox ${command} `));
});

test("a payload cannot drive the terminal", async () => {
  const inbox = open();
  await inbox.put(delivery("\u001b[2Ja", { event: "\u001b]0;x\u0007" }));
  await inbox.close();
  const { out } = await loopforge("inbox", "show", "\u001b[2Ja", url);
  for (const driving of ["\u001b", "\u0007"]) expect(out).not.toContain(driving);
});

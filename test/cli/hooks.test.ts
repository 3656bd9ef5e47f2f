import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { givenOperated, readyPull } from "../e2e/operated.js";
import { givenReceiver } from "../support/receiver.js";
import { setEnvironment } from "./at-github.js";
import { loopforge } from "./loopforge.js";

/** A server whose webhook heard of a pull request that became ready; the command has the same environment. */
async function givenTold(more = "") {
  const siem = await givenReceiver();
  const env = { SIEM: `${siem.url}/in`, SECRET: "the secret of the receiver" };
  const webhook = `{ name: siem, type: webhook, url: "\${SIEM}", signing_secret: "\${SECRET}", allow_private: true${more} }`;
  const app = await givenOperated({ operator: `hooks:\n  - ${webhook}\n`, env });
  const pull = await readyPull(app);
  setEnvironment({ ...env, LOOPFORGE_CONFIG: join(app.folder, "operator.yml"), LOOPFORGE_STORE: app.config.store });
  const [head] = (await app.server.store.list()).items;
  return { app, pull, siem, id: head?.recordId ?? "" };
}

const bodies = ({ requests }: Awaited<ReturnType<typeof givenReceiver>>) => requests.map(({ body }) => body);

describe("given a webhook that missed events", () => {
  test("when they are replayed, then it gets the same events again, byte for byte and in order", async () => {
    const { siem, pull } = await givenTold();
    const first = bodies(siem);
    expect(first.length).toBeGreaterThan(2);
    const { code, out } = await loopforge(
      "hooks",
      "replay",
      "siem",
      `https://github.com/acme/shop/pull/${pull.number}`,
    );
    expect(code).toBe(0);
    expect(bodies(siem)).toEqual([...first, ...first]);
    expect(out.trim().split("\n")).toHaveLength(first.length);
  });

  test("when entries are named, then only those are sent", async () => {
    const { siem, id } = await givenTold();
    const before = siem.requests.length;
    const { code, out } = await loopforge("hooks", "replay", "siem", id, "2", "4", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { hook: "siem", record_id: id, seq: 2, outcome: "told", error: null },
      { hook: "siem", record_id: id, seq: 4, outcome: "told", error: null },
    ]);
    const ids = bodies(siem).map((body) => (JSON.parse(body) as { id: string }).id);
    expect(ids.slice(before)).toEqual([`${id}/2`, `${id}/4`]);
  });

  test("when the receiver refuses one, then it says so, sends the others, and exits 1", async () => {
    const { siem, id } = await givenTold();
    siem.script({ status: 400 });
    const { code, out } = await loopforge("hooks", "replay", "siem", id, "2", "3");
    expect(code).toBe(1);
    expect(out).toMatch(/^failed .*\/2: .+\ntold .*\/3\n$/);
  });

  test("when its filters leave a transition out, then it is not sent", async () => {
    const { siem, id } = await givenTold(", filters: { states: [ci_passed] }");
    const before = siem.requests.length;
    const { out } = await loopforge("hooks", "replay", "siem", id, "2");
    expect(out).toContain("its filters leave it out");
    expect(siem.requests).toHaveLength(before);
  });

  test.each([
    {
      what: "no such hook",
      args: ["nobody", "2"],
      says: "There is no hook nobody that can be run again: there are siem",
      code: 2,
    },
    { what: "an entry that is no transition", args: ["siem", "99"], says: "Entry 99 of ", code: 1 },
  ])("when it is $what, then one line says so", async ({ args: [hook = "", seq = ""], says, code }) => {
    const { id } = await givenTold();
    const ended = await loopforge("hooks", "replay", hook, id, seq);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(says);
    expect(ended.err.trim().split("\n")).toHaveLength(1);
  });
});

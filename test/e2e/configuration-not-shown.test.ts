import { describe, expect, test } from "vitest";
import { judgeFailure } from "../../src/inbox/failure.js";
import { auditOf, givenFlow, idOfPull, openPull, passCi, refusal } from "../github/flow.js";

const FILE = ".github/loopforge.yml";

/** An organisation that asks for an approval, over a repository that asks for none. */
async function givenLocks() {
  const app = givenFlow({
    configuration: "approvals:\n  required: 0\n",
    app: { organizationConfig: ["acme/.github"] },
  });
  const settings = app.sandbox.repository("acme/.github");
  settings.putFile(FILE, "approvals:\n  required: 1\nlocked: [approvals]\n", { by: app.carol });
  await app.settle();
  const pull = openPull(app);
  await app.settle();
  return { app, settings, pull };
}

describe("given an organisation's file with locks", () => {
  test("when its repository is not shown any more, then the locks stay, and the report says so", async () => {
    const { app, pull } = await givenLocks();
    app.fault(
      ({ url }) => url.includes("/repos/acme/.github"),
      () => refusal(404, "Not Found"),
    );
    app.clock.advance(120);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
    expect(auditOf(pull)).toContain("organisation's `.github/loopforge.yml`");
    expect(auditOf(pull)).toContain("what it last said is in force");
  });

  test.each([
    [403, "Resource not accessible by integration"],
    [410, "Gone"],
    [422, "Validation Failed"],
  ])("when the file is refused with %i, then the locks stay", async (status, message) => {
    const { app, pull } = await givenLocks();
    app.fault(
      ({ url }) => url.includes("/repos/acme/.github/contents"),
      () => refusal(status, message),
    );
    app.clock.advance(120);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });
});

describe("given a configuration that was never read", () => {
  test.each(["<html>Sign in</html>", "{}", "null", "[]", '{"type":"fi'])(
    "when %s is answered for it, then the delivery is tried again, and is not set aside",
    async (body) => {
      const app = givenFlow({ configuration: "mode: enforce\n" });
      app.fault(
        ({ url }) => url.includes("/contents/"),
        () => new Response(body, { headers: { "content-type": "application/json" } }),
      );
      openPull(app);
      const failed: unknown = await app.receiveAll().catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(Error);
      expect(judgeFailure(failed)).toMatchObject({ final: false });
    },
  );
});

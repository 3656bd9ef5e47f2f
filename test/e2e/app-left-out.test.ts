import { expect, test } from "vitest";
import type { CheckSuite, Sandbox } from "../../src/sandbox/index.js";
import { givenFlow, idOfPull, openPull, ownChecks, passCi } from "../github/flow.js";

/**
 * A server that does not say whose a check is, and puts all checks of a commit into one suite, as the emulator of
 * `test/conformance/emulated.ts` does: from now on, in whatever is read.
 */
function putAllInto({ id }: CheckSuite, sandbox: Sandbox): void {
  const { fetch } = sandbox;
  sandbox.fetch = async (request) => {
    const answer = await fetch(request);
    if (!/\/check-(runs|suites)$/.test(new URL(request.url).pathname) || request.method !== "GET") return answer;
    const body = JSON.parse(await answer.text(), (name, value: unknown) => {
      if (name === "app") return null;
      return name === "check_suite" ? { id } : value;
    }) as { readonly check_suites?: readonly { readonly id: number }[] };
    return Response.json({ ...body, check_suites: body.check_suites?.filter((suite) => suite.id === id) }, answer);
  };
}

test("given a server that does not say whose a suite is, when CI has passed, then the App does not wait for its own check", async () => {
  const app = givenFlow({ configuration: "mode: enforce\n" });
  const pull = openPull(app);
  await app.settle();
  const [own] = ownChecks(app.shop, pull.headSha);
  if (own === undefined) throw new Error("The App has no check");
  expect(own).toMatchObject({ status: "in_progress" });
  putAllInto(own.suite, app.sandbox);
  passCi(app, pull);
  app.lose();
  pull.comment({ by: app.bob, body: "/loopforge refresh" });
  await app.settle();
  expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
});

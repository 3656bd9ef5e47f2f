import { describe, expect, test } from "vitest";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import { type Flow, givenFlow, openPull, ownChecks, passCi } from "../github/flow.js";

/** GitHub does what it is asked by requests like that, and the connection breaks before it can say so: each time, or the first time. */
function loseAnswers(app: Flow, isMeant: (request: Request) => boolean, times: number): void {
  let left = times;
  app.fault(isMeant, async (proceed) => {
    if (left-- <= 0) return null;
    await proceed();
    return Response.json({ message: "Bad Gateway" }, { status: 502 });
  });
}

/** Works all that there is; what fails is tried again until it is done. */
async function settled(app: Flow): Promise<void> {
  for (let pending = app.sandbox.takePending(); pending.length > 0; pending = app.sandbox.takePending()) {
    for (const delivery of pending) {
      for (let isDone = false; !isDone; ) {
        isDone = await app.receive(delivery).then(
          () => true,
          () => false,
        );
      }
    }
  }
}

const posts = (address: RegExp) => (request: Request) =>
  request.method === "POST" && address.test(new URL(request.url).pathname);

describe("given a GitHub that does what it is asked, and whose answer is lost", () => {
  test.each([1, 2, 5])("when that happens %s times to the check run, then there is one", async (times) => {
    const app = givenFlow();
    loseAnswers(app, posts(/\/check-runs$/), times);
    const pull = openPull(app);
    await settled(app);
    passCi(app, pull);
    await settled(app);
    expect(ownChecks(app.shop, pull.headSha)).toHaveLength(1);
  });

  test("when two pull requests have one head, then each has one", async () => {
    const app = givenFlow();
    loseAnswers(app, posts(/\/check-runs$/), 2);
    const pull = openPull(app);
    app.shop.putFile("NOTES", "1.0\n", { by: app.alice, branch: "release" });
    openPull(app, { head: pull.headBranch, base: "release" });
    await settled(app);
    expect(ownChecks(app.shop, pull.headSha)).toHaveLength(2);
  });

  test("when that happens to the comment, then there is one", async () => {
    const app = givenFlow();
    loseAnswers(app, posts(/\/comments$/), 3);
    const pull = openPull(app);
    await settled(app);
    expect(pull.comments.filter(({ body }) => body.startsWith(COMMENT_MARKER))).toHaveLength(1);
  });
});

describe("given a GitHub that hides for a while what was written", () => {
  const edits = (address: RegExp) => (request: Request) =>
    request.method === "PATCH" && address.test(new URL(request.url).pathname);

  test.each([
    ["comment", /\/issues\/comments\/\d+$/],
    ["check run", /\/check-runs\/\d+$/],
  ])("when it answers 404 to a change of the %s, and lists it, then no second one is made", async (_, address) => {
    const app = givenFlow();
    const pull = openPull(app);
    await settled(app);
    let left = 2;
    app.fault(edits(address), () => (left-- > 0 ? Response.json({ message: "Not Found" }, { status: 404 }) : null));
    passCi(app, pull);
    await settled(app);
    expect(pull.comments.filter(({ body }) => body.startsWith(COMMENT_MARKER))).toHaveLength(1);
    expect(ownChecks(app.shop, pull.headSha)).toHaveLength(1);
  });
});

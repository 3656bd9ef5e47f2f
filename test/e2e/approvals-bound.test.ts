import { describe, expect, test } from "vitest";
import type { PullRequest, Review } from "../../src/sandbox/index.js";
import { type Flow, givenFlow, idOfPull, openPull, passCi, refusal } from "../github/flow.js";

const APPROVED_ONCE = "approvals:\n  required: 1\n";

/** The rules that the record says were broken and has not corrected. */
async function rulesOf(app: Flow, pull: PullRequest): Promise<readonly string[]> {
  const head = await app.head(idOfPull(pull));
  return (head?.broken ?? []).filter(({ correctedBy }) => correctedBy === null).flatMap(({ rules }) => rules);
}

/** What the merge of a pull request was judged on. */
async function groundsOf(app: Flow, pull: PullRequest): Promise<object> {
  const merged = (await app.entries(idOfPull(pull))).find(({ toState }) => toState === "merged");
  return merged?.metadata.grounds as object;
}

/** GitHub is asked once more for all that it shows of it. */
async function readAgain(app: Flow, pull: PullRequest): Promise<void> {
  pull.comment({ by: app.bob, body: "/loopforge refresh" });
  await app.settle();
}

function isGraphql({ url }: Request): boolean {
  return new URL(url).pathname.endsWith("/graphql");
}

describe("given a pull request that was approved for the branch of another one", () => {
  async function givenStack() {
    const app = givenFlow({ configuration: APPROVED_ONCE });
    const below = openPull(app, { head: "below" });
    const above = openPull(app, { head: "above", base: "below" });
    passCi(app, below);
    passCi(app, above);
    await app.settle();
    for (const pull of [below, above]) pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    return { app, below, above };
  }

  test("when GitHub moves it to where that one was merged, then the approval goes along, and the grounds say so", async () => {
    const { app, below, above } = await givenStack();
    below.merge({ by: app.bob });
    app.shop.deleteBranch("below", { by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfPull(above))).toBe("approved");
    above.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, above)).toEqual([]);
    expect(await groundsOf(app, above)).toMatchObject({
      retargets: [{ from: "below", to: "main", by: "github" }],
      review: "approved",
    });
  });

  test("when the delivery of that is lost, then it goes along by what the timeline says", async () => {
    const { app, below, above } = await givenStack();
    below.merge({ by: app.bob });
    await app.settle();
    app.shop.deleteBranch("below", { by: app.bob });
    app.lose();
    above.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, above)).toEqual([]);
  });

  test("when a person moves it there, then the approval is for another base", async () => {
    const { app, above } = await givenStack();
    above.edit({ by: app.alice, base: "main" });
    await app.settle();
    expect(await app.stateOf(idOfPull(above))).toBe("awaiting_review");
    above.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, above)).toEqual(["merged_into_other_base"]);
  });

  test("when a person had moved it elsewhere before GitHub did, then so it is", async () => {
    const { app, above } = await givenStack();
    app.shop.putFile("NOTES", "1.0\n", { by: app.carol, branch: "middle" });
    const middle = openPull(app, { head: "middle" });
    above.edit({ by: app.alice, base: "middle" });
    await app.settle();
    middle.merge({ by: app.carol });
    app.shop.deleteBranch("middle", { by: app.carol });
    await app.settle();
    expect(await app.stateOf(idOfPull(above))).toBe("awaiting_review");
  });

  test("when GitHub does not say who moved it, then nobody merges on it, and nobody is accused", async () => {
    const { app, below, above } = await givenStack();
    app.fault(isGraphql, () => refusal(502, "Bad Gateway"));
    below.merge({ by: app.bob });
    app.shop.deleteBranch("below", { by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfPull(above))).toBe("awaiting_review");
    above.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, above)).toEqual([]);
    expect(await groundsOf(app, above)).toMatchObject({ review: "not_known" });
  });

  test("when somebody buries that under hundreds of other events, then it is found all the same", async () => {
    const app = givenFlow({ configuration: APPROVED_ONCE });
    app.shop.putFile("NOTES", "1.0\n", { by: app.carol, branch: "dev" });
    const pull = openPull(app, { base: "dev" });
    passCi(app, pull);
    await app.settle();
    pull.review({ by: app.bob, state: "approved" });
    app.clock.advance(60);
    pull.edit({ by: app.alice, base: "main" });
    for (let times = 0; times < 250; times++) {
      pull.label("noise", { by: app.alice });
      pull.unlabel("noise", { by: app.alice });
    }
    app.lose();
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual(["merged_into_other_base"]);
  });

  test("when the review was never heard, then it is for the base of its time", async () => {
    const app = givenFlow({ configuration: APPROVED_ONCE });
    app.shop.putFile("NOTES", "1.0\n", { by: app.carol, branch: "dev" });
    const pull = openPull(app, { base: "dev" });
    passCi(app, pull);
    await app.settle();
    pull.review({ by: app.bob, state: "approved" });
    app.lose();
    app.clock.advance(60);
    pull.edit({ by: app.alice, base: "main" });
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual(["merged_into_other_base"]);
  });
});

describe("given an approval that was dismissed, and a delivery of it that was lost", () => {
  async function givenApproved() {
    const app = givenFlow({ configuration: APPROVED_ONCE });
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    const review = pull.review({ by: app.bob, state: "approved" });
    app.lose();
    app.clock.advance(60);
    return { app, pull, review };
  }

  test("when that was before the merge, then the merge was not approved", async () => {
    const { app, pull, review } = await givenApproved();
    review.dismiss({ by: app.carol, message: "Not yet" });
    app.lose();
    app.clock.advance(60);
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual(["merged_without_approval"]);
  });

  test("when that was after the merge, then it was approved", async () => {
    const { app, pull, review } = await givenApproved();
    pull.merge({ by: app.alice });
    app.lose();
    app.clock.advance(60);
    review.dismiss({ by: app.carol, message: "Too late" });
    app.lose();
    await readAgain(app, pull);
    expect(await app.stateOf(idOfPull(pull))).toBe("closed");
    expect(await rulesOf(app, pull)).toEqual([]);
  });

  test("when GitHub does not say when, then nobody is accused", async () => {
    const { app, pull, review } = await givenApproved();
    app.fault(isGraphql, () => refusal(502, "Bad Gateway"));
    review.dismiss({ by: app.carol, message: "Not yet" });
    app.lose();
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual([]);
    expect(await groundsOf(app, pull)).toMatchObject({ review: "not_known" });
  });
});

describe("given an approval that nobody heard of, and a force-push that changes no line", () => {
  /** GitHub names the new head on the old approval. */
  async function givenRebased() {
    const app = givenFlow({ configuration: APPROVED_ONCE });
    const pull = openPull(app);
    await app.settle();
    const review: Review = pull.review({ by: app.bob, state: "approved" });
    app.lose();
    app.clock.advance(60);
    const rebased = app.shop.putFile("CART", "mended\n", { by: app.alice, branch: "rebased" });
    pull.forcePush({ by: app.alice, to: rebased });
    Object.assign(review, { commitId: pull.headSha });
    app.clock.advance(60);
    return { app, pull };
  }

  test("when GitHub is read, then the approval is of an earlier commit", async () => {
    const { app, pull } = await givenRebased();
    passCi(app, pull);
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual(["merged_after_unreviewed_push"]);
  });

  test("when neither push nor approval was heard, then so it is", async () => {
    const { app, pull } = await givenRebased();
    passCi(app, pull);
    pull.merge({ by: app.alice });
    app.lose();
    await readAgain(app, pull);
    expect(await rulesOf(app, pull)).toEqual(["merged_after_unreviewed_push"]);
  });

  test("when the push was heard and the timeline is not shown, then it does not count, and accuses nobody", async () => {
    const { app, pull } = await givenRebased();
    app.fault(isGraphql, () => refusal(502, "Bad Gateway"));
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).not.toBe("approved");
    pull.merge({ by: app.alice });
    await app.settle();
    expect(await rulesOf(app, pull)).toEqual([]);
    expect(await groundsOf(app, pull)).toMatchObject({ review: "not_known" });
  });
});

import { describe, expect, test } from "vitest";
import { auditOf, givenFlow, idOfPull, openPull, ownChecks, passCi } from "../github/flow.js";

const MARKER = "<!-- loopforge:audit -->";

describe("given the audit comment of a pull request", () => {
  test("when somebody edits it, then the ledger says who, and it is as it was", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    const before = auditOf(pull);
    const comment = pull.comments.find(({ body }) => body.startsWith(MARKER));
    comment?.edit({ by: app.carol, body: `${MARKER}\n\nAll is well.` });
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain("note (report.edited)");
    expect(pull.comments.filter(({ body }) => body.startsWith(MARKER))).toHaveLength(1);
    expect(auditOf(pull)).toContain("Waiting for CI to start");
    expect(auditOf(pull)).not.toContain("All is well.");
    expect(before).toContain("Waiting for CI to start");
  });

  test("when somebody deletes it, then the ledger says who, and there is one again", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    pull.comments.find(({ body }) => body.startsWith(MARKER))?.delete({ by: app.carol });
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain("note (report.edited)");
    expect(pull.comments.filter(({ body }) => body.startsWith(MARKER))).toHaveLength(1);
  });

  test("when the App edits it itself, then nothing is said of it", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(await app.history(idOfPull(pull))).not.toContain("note (report.edited)");
  });
});

describe("given the check run LoopForge", () => {
  test("when somebody asks to re-run it, then GitHub is read again, and what was lost is made good", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    app.sandbox.takePending();
    const [own] = ownChecks(app.shop, pull.headSha);
    own?.rerequest({ by: app.alice });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    expect(ownChecks(app.shop, pull.headSha).at(-1)).toMatchObject({
      conclusion: "success",
      output: { title: /Ready to merge/ },
    });
  });

  test("when the team enforces, then it is under way, fails, asks, and succeeds as a merge becomes legal", async () => {
    const app = givenFlow({ configuration: "mode: enforce\napprovals:\n  required: 1\n" });
    const pull = openPull(app);
    await app.settle();
    const says = () => ownChecks(app.shop, pull.headSha).map(({ status, conclusion }) => conclusion ?? status);
    expect(says()).toEqual(["in_progress"]);
    app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
    await app.settle();
    expect(says()).toEqual(["failure"]);
    app.clock.advance(60);
    passCi(app, pull);
    await app.settle();
    expect(says()).toEqual(["action_required"]);
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(says()).toEqual(["success"]);
  });

  test("when the organisation locks a setting that the repository says otherwise, then the report names it", async () => {
    const app = givenFlow({ configuration: "mode: observe\n", app: { organizationConfig: ["acme/.github"] } });
    const settings = app.sandbox.repository("acme/.github");
    settings.putFile(".github/loopforge.yml", "mode: enforce\nlocked: [mode]\n", { by: app.carol });
    const pull = openPull(app);
    await app.settle();
    expect(auditOf(pull)).toContain("Locked by the organisation or the operator of LoopForge: `mode`");
    expect(ownChecks(app.shop, pull.headSha).map(({ status }) => status)).toEqual(["in_progress"]);
  });
});

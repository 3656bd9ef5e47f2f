import { describe, expect, test } from "vitest";
import { answersTo, auditOf, givenFlow, openPull } from "../github/flow.js";

/** Carol merged with CI red. */
async function givenMergedRed(configuration: string) {
  const app = givenFlow({ configuration });
  const pull = openPull(app);
  app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
  await app.settle();
  pull.merge({ by: app.carol });
  await app.settle();
  const justify = async (by: typeof app.bob) => {
    const comment = pull.comment({ by, body: "/loopforge justify The site was down" });
    await app.settle();
    return answersTo(comment);
  };
  return { ...app, pull, justify };
}

describe("given a rule that somebody broke and justifies alone", () => {
  test.each(["mode: enforce\n", "justify: another_person\n"])(
    "when %j asks for another person, then the alarm stays until one has",
    async (configuration) => {
      const app = await givenMergedRed(configuration);
      const answer = await app.justify(app.carol);
      expect(answer.reactions).toEqual(["+1 loopforge[bot]"]);
      expect(answer.replies).toEqual([expect.stringContaining("another person")]);
      expect(auditOf(app.pull)).toContain("> [!CAUTION]");
      expect(auditOf(app.pull)).toMatch(/by \[carol]\([^)]*\), who broke the rule, at/);
      expect(auditOf(app.pull)).toContain("another person with write access has to justify it");
      expect(auditOf(app.pull)).not.toContain(", justified");

      await app.justify(app.bob);
      expect(auditOf(app.pull)).toContain("Merged before CI passed, justified");
      expect(auditOf(app.pull)).not.toContain("> [!CAUTION]");
    },
  );

  test("when the word is given in another repository, then the one whose rule it was says whose word counts", async () => {
    const app = givenFlow({ configuration: "mode: enforce\n" });
    const plans = app.sandbox.repository("acme/plans");
    for (const person of [app.alice, app.carol]) plans.grant(person, "write");
    const issue = plans.openIssue({ by: app.alice, title: "The cart is broken" });
    const pull = openPull(app, { body: `Fixes acme/plans#${issue.number}` });
    app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
    await app.settle();
    pull.merge({ by: app.carol });
    await app.settle();
    const comment = issue.comment({ by: app.carol, body: "/loopforge justify The site was down" });
    await app.settle();
    expect(answersTo(comment).replies).toEqual([expect.stringContaining("another person")]);
    expect(auditOf(pull)).toContain("> [!CAUTION]");
  });

  test.each(["mode: observe\n", "mode: enforce\njustify: anyone\n"])(
    "when %j asks for nobody else, then it is justified, and marked",
    async (configuration) => {
      const app = await givenMergedRed(configuration);
      await app.justify(app.carol);
      expect(auditOf(app.pull)).toContain("Merged before CI passed, justified");
      expect(auditOf(app.pull)).toContain(", who broke the rule, at");
    },
  );
});

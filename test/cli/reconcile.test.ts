import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { givenReceiver } from "../support/receiver.js";
import { temporaryFolder } from "../support/running.js";
import { type AtGithub, failAt, givenAtGithub, setEnvironment } from "./at-github.js";
import { loopforge } from "./loopforge.js";

/** What the App knows of two pull requests, one of which went on without being heard. */
async function givenBehind(github: AtGithub) {
  const { repository, alice, ci, clock } = github;
  const behind = repository.openPullRequest({ by: alice, title: "Mend it", body: "", head: "mend" });
  const level = repository.openPullRequest({ by: alice, title: "Paint it", body: "", head: "paint" });
  await github.learn();
  clock.advance(60);
  repository.startCheck({ app: ci, sha: behind.headSha, name: "build" }).start().complete("success");
  return { behind, level };
}

/** What the operator wrote, and the environment that it refers to. */
function givenOperator(text: string, env: Readonly<Record<string, string>> = {}): void {
  const file = join(temporaryFolder(), "operator.yml");
  writeFileSync(file, text);
  setEnvironment({ LOOPFORGE_CONFIG: file, ...env });
}

describe("loopforge reconcile", () => {
  test("records what was missed, and says what it found", async () => {
    const github = await givenAtGithub();
    const { behind } = await givenBehind(github);
    const { code, out } = await loopforge("reconcile");
    expect(code).toBe(0);
    const [found, summary] = out.trimEnd().split("\n");
    expect(found).toMatch(/^✓ acme\/shop#1 {2}gh-\d+-pull-1 {2}pr_created → ci_passed, 2 entries$/);
    expect(summary).toBe("Compared 2: 1 in step, 1 repaired, 0 taken in.");
    const { entries } = await github.recorded();
    expect(entries.at(-1)).toMatchObject({ toState: "ci_passed", source: { kind: "snapshot" } });
    // It reports at the pull request, as a delivery would have.
    expect(behind.comments).toHaveLength(1);
  });

  test("--json prints an array of findings in snake_case", async () => {
    const github = await givenAtGithub();
    await givenBehind(github);
    const { code, out } = await loopforge("reconcile", "acme/shop", "--json");
    expect(code).toBe(0);
    const findings = JSON.parse(out) as readonly { ref: string }[];
    expect(findings.toSorted((a, b) => a.ref.localeCompare(b.ref))).toEqual([
      {
        ...{ record_id: expect.stringMatching(/^gh-\d+-pull-1$/), ref: "acme/shop#1", found: "repaired" },
        ...{ before: "pr_created", after: "ci_passed", recorded: 2 },
      },
      {
        ...{ record_id: expect.stringMatching(/^gh-\d+-pull-2$/), ref: "acme/shop#2", found: "in_step" },
        ...{ before: "pr_created", after: "pr_created", recorded: 0 },
      },
    ]);
  });

  test("takes in what was opened and never heard of", async () => {
    const github = await givenAtGithub();
    await givenBehind(github);
    github.repository.openIssue({ by: github.bob, title: "The cart is slow" });
    const { out } = await loopforge("reconcile");
    expect(out).toContain("unknown → issue_created, 1 entry\n");
    expect(out).toContain("Compared 3: 1 in step, 1 repaired, 1 taken in.\n");
  });

  test("exits 1 where GitHub does not show a record to the App", async () => {
    const github = await givenAtGithub();
    await givenBehind(github);
    github.sandbox.uninstall(github.repository);
    const { code, out } = await loopforge("reconcile");
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ acme\/shop#1 {2}\S+ {2}pr_created: GitHub does not show it$/m);
    expect(out).toContain("Compared 2: 0 in step, 0 repaired, 0 taken in, 2 not shown by GitHub.\n");
  });

  test("exits 1 where GitHub fails at a record, says why, and compares the others", async () => {
    const github = await givenAtGithub();
    await givenBehind(github);
    failAt(github, "/pulls/2");
    const { code, out } = await loopforge("reconcile");
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ acme\/shop#2 {2}gh-\d+-pull-2 {2}Teapot/m);
    expect(out).toContain("Compared 2: 0 in step, 1 repaired, 0 taken in, 1 failed.\n");
    const { code: again, out: json } = await loopforge("reconcile", "--json");
    expect(again).toBe(1);
    expect(JSON.parse(json)).toContainEqual({
      ...{ record_id: expect.stringMatching(/^gh-\d+-pull-2$/), ref: "acme/shop#2", found: "failed" },
      reason: expect.stringContaining("Teapot"),
    });
  });

  test("gives up on CI that was waited for too long", async () => {
    const github = await givenAtGithub({ configuration: "ci:\n  checks: [build, lint]\n  timeout_minutes: 60\n" });
    const { repository, alice, ci } = github;
    const pull = repository.openPullRequest({ by: alice, title: "Mend it", body: "", head: "mend" });
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    await github.learn();
    // By the machine's clock it was opened long ago.
    const { out } = await loopforge("reconcile");
    expect(out).toMatch(/ci_pending → ci_failed, 1 entry$/m);
    const { entries } = await github.recorded();
    expect(entries.at(-1)?.metadata).toMatchObject({ missing: ["lint"], unfinished: ["build"], waited_minutes: 60 });
  });

  test("given a gate that objects, when it finds what could be merged, then it asks, does not merge, and keeps the audit log", async () => {
    const policy = await givenReceiver();
    policy.script({ body: JSON.stringify({ decision: "block", title: "Change freeze" }) });
    const github = await givenAtGithub({ configuration: "auto_merge:\n  enabled: true\ngates: [policy]\n" });
    const audit = join(temporaryFolder(), "audit.jsonl");
    givenOperator(
      `gates: [{ name: policy, type: http, url: "${policy.url}", signing_secret: "\${SECRET}", allow_private: true }]`,
      { SECRET: "the secret of the policy gate", LOOPFORGE_AUDIT_LOG: audit },
    );
    const { behind } = await givenBehind(github);
    const { code } = await loopforge("reconcile");
    expect(code).toBe(0);
    expect(policy.requests).toHaveLength(1);
    expect(behind.state).toBe("open");
    expect(behind.comments[0]?.body).toContain("Change freeze");
    const { entries } = await github.recorded();
    expect(entries.at(-1)).toMatchObject({ kind: "verdict", metadata: { gate: "policy", decision: "block" } });
    const lines = readFileSync(audit, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ kind: "verdict" }),
    );
  });

  test("given an audit log on standard output, then what it prints is its own words alone", async () => {
    const github = await givenAtGithub();
    givenOperator("", { LOOPFORGE_AUDIT_LOG: "stdout" });
    await givenBehind(github);
    const told = vi.spyOn(process.stderr, "write").mockImplementation((_lines, ...rest) => {
      const done = rest.findLast((one) => typeof one === "function");
      done?.();
      return true;
    });
    onTestFinished(() => told.mockRestore());
    const { out } = await loopforge("reconcile", "--json");
    expect(JSON.parse(out)).toHaveLength(2);
    expect(told.mock.calls.map(([lines]) => String(lines)).join("")).toContain('"to_state":"ci_passed"');
  });

  test("is wrong use with an operator's file that cannot be used", async () => {
    await givenAtGithub();
    givenOperator("gates: [{ name: policy, type: hunch }]");
    const { code, err } = await loopforge("reconcile");
    expect(code).toBe(2);
    expect(err).toContain("gates[0].type");
  });

  test("finds nothing where there is nothing", async () => {
    await givenAtGithub();
    expect(await loopforge("reconcile")).toMatchObject({
      code: 0,
      out: "Compared 0: 0 in step, 0 repaired, 0 taken in.\n",
    });
  });

  test.each([
    [
      "without an App",
      { APP_ID: undefined },
      "There is no App to ask GitHub as: set APP_ID and PRIVATE_KEY (or PRIVATE_KEY_PATH), see loopforge serve --help",
    ],
    ["without its secret", { WEBHOOK_SECRET: undefined }, "WEBHOOK_SECRET is not set"],
    ["with a key that is none", { PRIVATE_KEY: "planted" }, "PRIVATE_KEY cannot be used"],
    ["with the id of another App", { APP_ID: "4712" }, "GitHub does not know the App by its APP_ID and PRIVATE_KEY"],
  ])("is wrong use %s, and says so in a line", async (_, env, said) => {
    const github = await givenAtGithub();
    await givenBehind(github);
    setEnvironment(env);
    const { code, err } = await loopforge("reconcile");
    expect(code).toBe(2);
    expect(err).toContain(`loopforge: ${said}`);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(err).not.toContain("planted");
  });
});

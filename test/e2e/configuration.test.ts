import { describe, expect, test } from "vitest";
import {
  auditOf,
  type Flow,
  givenFlow,
  idOfIssue,
  idOfPull,
  openPull,
  ownChecks,
  passCi,
  refusal,
} from "../github/flow.js";
import { newest } from "../support/payloads.js";

const FILE = ".github/loopforge.yml";

/** The operator says whose file is the organisation's. */
const NAMED = { organizationConfig: ["acme/.github"] };

/** Commits the team's file to the default branch. */
function configure({ shop, carol }: Flow, text: string): void {
  shop.putFile(FILE, text, { by: carol });
}

/** Commits the organisation's file; its repository `.github` has the App, too, or GitHub would not show it. */
function configureOrganization({ sandbox, carol }: Flow, text: string, options: { private?: boolean } = {}): void {
  sandbox.repository("acme/.github", options).putFile(FILE, text, { by: carol });
}

function fail({ shop, ci }: Flow, sha: string, name: string): void {
  shop.startCheck({ app: ci, sha, name }).complete("failure");
}

function readsFile({ url }: Request): boolean {
  return url.includes("/contents/");
}

/** The check run that says whether a pull request's configuration can be used. */
function configurationCheck({ shop }: Flow, sha: string) {
  return ownChecks(shop, sha).find(({ name }) => name === "LoopForge / configuration");
}

describe("given a team's file on the default branch", () => {
  test("when it names a check that is required, then CI has not passed before that one has", async () => {
    const app = givenFlow({ configuration: "ci:\n  checks: [e2e]\n" });
    const pull = openPull(app);
    passCi(app, pull, "build");
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_pending");
    passCi(app, pull, "e2e");
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
  });

  test("when it ignores a check, then that one's failure does not count", async () => {
    const app = givenFlow({ configuration: 'ci:\n  ignore: ["flaky *"]\n' });
    const pull = openPull(app);
    fail(app, pull.headSha, "flaky e2e");
    passCi(app, pull, "build");
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
  });

  test("when it says that there is no CI, then the record goes on at once, and says why", async () => {
    const app = givenFlow({ configuration: "ci:\n  required: false\n" });
    const pull = openPull(app);
    await app.settle();
    expect((await app.history(idOfPull(pull))).slice(-2)).toEqual([
      "transition pr_created → ci_pending (ci.not_required)",
      "transition ci_pending → ci_passed (ci.not_required)",
    ]);
    pull.merge({ by: app.bob });
    await app.settle();
    expect((await app.head(idOfPull(pull)))?.exceptions).toBe(0);
  });

  test("when it asks for two approvals, then one is not enough, and a merge with one is an exception", async () => {
    const app = givenFlow({ configuration: "approvals:\n  required: 2\n" });
    const pull = openPull(app);
    passCi(app, pull);
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
    expect(auditOf(pull)).toContain("Waiting for 1 approval");
    pull.merge({ by: app.carol });
    await app.settle();
    const exception = (await app.entries(idOfPull(pull))).find(({ kind }) => kind === "exception");
    expect(exception?.metadata.rule).toBe("merged_without_approval");
  });

  test("when it names labels for the queue, then these queue an issue, and the usual one does not", async () => {
    const app = givenFlow({ configuration: "queue:\n  labels: [ready]\n" });
    const issue = app.shop.openIssue({ by: app.alice, title: "Cart" });
    issue.label("queued", { by: app.alice });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
    issue.label("ready", { by: app.alice });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("task_queued");
  });

  test("when its lifecycle is strict, then an issue that is closed before the merge is an exception", async () => {
    const app = givenFlow({ configuration: "lifecycle: strict\n" });
    const issue = app.shop.openIssue({ by: app.alice, title: "Cart" });
    await app.settle();
    issue.close({ by: app.bob });
    await app.settle();
    const head = await app.head(idOfIssue(issue));
    expect(head).toMatchObject({ lifecycle: "strict", state: "closed", exceptions: 1 });
    const exception = (await app.entries(idOfIssue(issue))).find(({ kind }) => kind === "exception");
    expect(exception?.metadata.rule).toBe("closed_before_merge");
  });

  test("when the lifecycle is changed, then records that are under way stay in theirs", async () => {
    const app = givenFlow();
    const before = app.shop.openIssue({ by: app.alice, title: "Before" });
    await app.settle();
    configure(app, "lifecycle: strict\n");
    await app.settle();
    const after = app.shop.openIssue({ by: app.alice, title: "After" });
    before.close({ by: app.bob });
    await app.settle();
    expect(await app.head(idOfIssue(before))).toMatchObject({ lifecycle: "github", state: "cancelled", exceptions: 0 });
    expect(await app.head(idOfIssue(after))).toMatchObject({ lifecycle: "strict", state: "issue_created" });
  });

  test("when it is changed, then what comes a minute later is judged by the new one", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    configure(app, "ci:\n  checks: [e2e]\n");
    await app.settle();
    passCi(app, pull, "build");
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_pending");
  });

  test("when it stands on the pull request's branch only, then it is not in force", async () => {
    const app = givenFlow();
    app.shop.putFile(FILE, "ci:\n  required: false\n", { by: app.mallory, branch: "mend" });
    const pull = openPull(app);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("pr_created");
  });
});

describe("given a floor of the operator's", () => {
  test("then neither a repository nor its organisation asks for less", async () => {
    const app = givenFlow({
      app: { ...NAMED, defaults: { approvals: { required: 1 }, locked: ["approvals.required"] } },
      configuration: "approvals:\n  required: 0\n",
    });
    configureOrganization(app, "approvals: {required: 0}\nlocked: [approvals]\n");
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
    expect(auditOf(pull)).toContain("Locked by the organisation or the operator of LoopForge: `approvals.required`");
  });
});

describe("given an organisation's file", () => {
  test("when a repository says nothing, then the organisation's word counts", async () => {
    const app = givenFlow({ app: NAMED });
    configureOrganization(app, "approvals:\n  required: 1\n");
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });

  test("when a repository says otherwise, then the repository's word counts", async () => {
    const app = givenFlow({ app: NAMED, configuration: "approvals:\n  required: 0\n" });
    configureOrganization(app, "approvals:\n  required: 1\n");
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
  });

  test("when the organisation has locked it, then a repository cannot weaken it", async () => {
    const app = givenFlow({ app: NAMED, configuration: "approvals:\n  required: 0\nci:\n  required: false\n" });
    configureOrganization(app, "locked: [approvals, ci.required]\napprovals:\n  required: 1\n");
    const pull = openPull(app);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("pr_created");
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });

  test("when it cannot be used, then the comment says so, and nothing of its text", async () => {
    const app = givenFlow({ app: NAMED });
    configureOrganization(app, "secret_project_zeus: true\n", { private: true });
    const pull = openPull(app);
    await app.settle();
    expect(auditOf(pull)).toContain("The organisation's `.github/loopforge.yml`");
    const said = [auditOf(pull), ...ownChecks(app.shop, pull.headSha).map(({ output }) => JSON.stringify(output))];
    expect(said.join("\n")).not.toMatch(/zeus/i);
  });

  test("when the operator has not named it, then it weakens no repository's rules, and the report says so", async () => {
    const app = givenFlow({
      configuration: "mode: enforce\napprovals:\n  required: 2\nci:\n  checks: [build]\n",
    });
    const pull = openPull(app);
    await app.settle();
    configureOrganization(
      app,
      "mode: observe\napprovals: {required: 0}\nci: {required: false}\nauto_merge: {enabled: true}\nlocked: [mode, approvals, ci, auto_merge]\n",
    );
    app.clock.advance(3600);
    pull.push({ by: app.alice, message: "more" });
    await app.settle();
    expect(pull.merged).toBe(false);
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_pending");
    expect(auditOf(pull)).toContain("of `acme/.github` rules no other repository");
  });

  test("when the operator has named it, then its locks weaken no repository's rules either", async () => {
    const app = givenFlow({
      app: NAMED,
      configuration: "mode: enforce\napprovals:\n  required: 2\nci:\n  checks: [build]\n",
    });
    const pull = openPull(app);
    await app.settle();
    configureOrganization(
      app,
      "mode: observe\napprovals: {required: 0}\nci: {required: false}\nauto_merge: {enabled: true}\nlocked: [mode, approvals, ci, auto_merge]\n",
    );
    app.clock.advance(120);
    pull.push({ by: app.alice, message: "more" });
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test("when GitHub shows no file there any more, then what it had locked still holds a merge back", async () => {
    const app = givenFlow({ app: NAMED, configuration: "auto_merge:\n  enabled: true\n" });
    configureOrganization(app, "approvals: {required: 1}\nlocked: [approvals]\n");
    const pull = openPull(app);
    await app.settle();
    app.fault(
      ({ url }) => url.includes("/repos/acme/.github/contents"),
      () => refusal(404, "Not Found"),
    );
    app.clock.advance(120);
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });
});

describe("given a file that cannot be used on the default branch", () => {
  test("when there was one before that could, then that one stays in force, and the comment says what is wrong", async () => {
    const app = givenFlow({ configuration: "ci:\n  checks: [e2e]\n" });
    const first = openPull(app, { head: "first" });
    await app.settle();
    configure(app, "ci:\n  checkz: []\n");
    await app.settle();
    passCi(app, first, "build");
    await app.settle();
    expect(await app.stateOf(idOfPull(first))).toBe("ci_pending");
    expect(auditOf(first)).toMatch(/\.github\/loopforge\.yml`.* cannot be used/);
    expect(auditOf(first)).toMatch(/Line 2: `ci\.checkz is not a setting/);
  });

  test("when there never was one, then the defaults are in force", async () => {
    const app = givenFlow({ configuration: "nonsense: 1\n" });
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    expect(auditOf(pull)).toContain("cannot be used");
  });

  test("when it is mended, then the warning goes", async () => {
    const app = givenFlow({ configuration: "nonsense: 1\n" });
    const pull = openPull(app);
    await app.settle();
    configure(app, "mode: observe\n");
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect(auditOf(pull)).not.toContain("cannot be used");
  });

  test.each([
    ["a mention", '"@acme/everyone": 1\n'],
    ["markup", '"<img src=x onerror=alert(1)>": 1\n'],
    ["a link", '"[x](javascript:alert(1))": 1\n'],
    ["a table", '"a | b | c": 1\n'],
    ["ticks", '"`a` @bob `": 1\n'],
    ["a line end", '"a\\n# b @bob": 1\n'],
    ["a prototype's name", "__proto__:\n  polluted: true\nconstructor: 1\n"],
  ])("when it has %s for a name, then it is said as code", async (_, text) => {
    const app = givenFlow({ configuration: text });
    const pull = openPull(app);
    await app.settle();
    expect(auditOf(pull)).toContain("cannot be used");
    expect(auditOf(pull).replace(/`[^`\n]*`/g, "")).not.toMatch(/@acme|@bob|<img|javascript|^# b/m);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("given a pull request that changes the file", () => {
  /** A pull request that brings a file, with that text. */
  async function bring(text: string, configuration?: string) {
    const app = givenFlow(configuration === undefined ? {} : { configuration });
    const files = { [FILE]: text };
    const pull = app.shop.openPullRequest({ by: app.alice, title: "Settings", head: "settings", files });
    await app.settle();
    return { app, pull };
  }

  test("when it cannot be used, then a check run fails and points at the line", async () => {
    const { app, pull } = await bring("mode: observe\nci:\n  checkz: [build]\n");
    const check = configurationCheck(app, pull.headSha);
    expect(check).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(check?.output.annotations).toEqual([
      {
        ...{ path: FILE, start_line: 3, end_line: 3, annotation_level: "failure" },
        message: expect.stringContaining("did you mean ci.checks?"),
      },
    ]);
    expect(check?.output.title).toBe("The configuration cannot be used: line 3");
    expect(app.sandbox.errors).toEqual([]);
  });

  test("when it can be used, then the check run says when it takes effect", async () => {
    const { app, pull } = await bring("mode: enforce\n");
    expect(configurationCheck(app, pull.headSha)).toMatchObject({ conclusion: "success" });
  });

  test("when it does not change it, then there is no such check run", async () => {
    const app = givenFlow({ configuration: "mode: observe\n" });
    const pull = openPull(app);
    await app.settle();
    expect(configurationCheck(app, pull.headSha)).toBeUndefined();
  });

  test("when it is mended with a push, then the new head's check run is a success", async () => {
    const { app, pull } = await bring("mode: loud\n");
    expect(configurationCheck(app, pull.headSha)).toMatchObject({ conclusion: "failure" });
    pull.push({ by: app.alice, message: "Mend", files: { [FILE]: "mode: observe\n" } });
    await app.settle();
    expect(configurationCheck(app, pull.headSha)).toMatchObject({ conclusion: "success" });
  });

  test("when it loosens the rules, then it is itself judged by those that are in force", async () => {
    const { app, pull } = await bring("approvals:\n  required: 0\n", "approvals:\n  required: 1\n");
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("awaiting_review");
  });

  test("when it is full of mistakes, then no more annotations come than GitHub takes", async () => {
    const { app, pull } = await bring(Array.from({ length: 400 }, (_, index) => `wrong${index}: 1`).join("\n"));
    const annotations = configurationCheck(app, pull.headSha)?.output.annotations ?? [];
    expect(annotations.length).toBeGreaterThan(0);
    expect(annotations.length).toBeLessThanOrEqual(50);
    expect(app.sandbox.errors).toEqual([]);
  });

  test("when its text is hostile, then the check run renders nothing of it", async () => {
    const { app, pull } = await bring('"@acme/everyone <img src=x> | [x](javascript:1)": 1\n');
    const check = configurationCheck(app, pull.headSha);
    const rendered = `${check?.output.title}\n${check?.output.summary}`.replace(/`[^`\n]*`/g, "");
    expect(rendered).not.toMatch(/@acme|<img|javascript/);
  });
});

describe("given that GitHub cannot be asked for the file", () => {
  test("when nothing was ever known of it, then the delivery fails, and is worked when it is tried again", async () => {
    const app = givenFlow({ configuration: "ci:\n  required: false\n" });
    let isDown = true;
    app.fault(readsFile, () => (isDown ? refusal(502, "Bad Gateway") : null));
    const pull = openPull(app);
    await expect(app.receiveAll()).rejects.toThrow("Bad Gateway");
    expect(await app.recordIds()).toEqual([]);
    isDown = false;
    await app.receive(newest(app.sandbox, "pull_request.opened"));
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
  });

  test("when it was known, then the last one stays in force, and the log says so", async () => {
    const app = givenFlow({ configuration: "ci:\n  required: false\n" });
    app.shop.openIssue({ by: app.alice, title: "So that the file is read" });
    await app.settle();
    app.fault(readsFile, () => refusal(502, "Bad Gateway"));
    const issue = app.shop.openIssue({ by: app.alice, title: "While GitHub is down" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
    expect(app.log.join("")).toContain("the last one stays");
  });

  test("when the App may not read files, then it goes on with the defaults, and the log says so", async () => {
    const app = givenFlow({ configuration: "ci:\n  required: false\n" });
    app.fault(readsFile, () => refusal(403, "Resource not accessible by integration"));
    const pull = openPull(app);
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("pr_created");
    expect(app.log.join("")).toContain("GitHub does not show the configuration");
  });
});

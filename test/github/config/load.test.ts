import { beforeEach, describe, expect, test } from "vitest";
import type { Configurations } from "../../../src/github/config/load.js";
import { DEFAULT_CONFIGURATION } from "../../../src/github/config/schema.js";
import { aFile, FAILURES, type Given, given, PATH, repoOf } from "./given.js";

let github: Given;
let configurations: Configurations;
beforeEach(async () => {
  github = await given();
  configurations = github.start();
});

const SHOP = () => repoOf(github.shop);
const organizationFile = () => github.sandbox.repository("acme/.github");
const inForce = async (from = configurations) => {
  const { configuration, problems } = await from.of(github.octokit, SHOP());
  return {
    mode: configuration.mode,
    problems: problems.map(({ file, line, message }) => `${file}:${line} ${message}`),
  };
};
const later = () => github.clock.advance(61);

describe("given no file anywhere", () => {
  test("then the defaults are in force", async () => {
    expect(await configurations.of(github.octokit, SHOP())).toMatchObject({
      configuration: DEFAULT_CONFIGURATION,
      source: ["default"],
      raised: [],
      problems: [],
    });
  });

  test("then what the operator has set is in force", async () => {
    const { configuration } = await github.start({ queue: { labels: ["taken"] } }).of(github.octokit, SHOP());
    expect(configuration).toEqual({ ...DEFAULT_CONFIGURATION, queue: { labels: ["taken"] } });
  });

  test("then one on another branch is none", async () => {
    github.shop.putFile(PATH, "mode: enforce\n", { by: github.alice, branch: "settings" });
    expect(await inForce()).toEqual({ mode: "observe", problems: [] });
  });
});

describe("given files that can be used", () => {
  test("then the repository's lies over the organisation's, but for what that has locked", async () => {
    github.put("mode: enforce\napprovals: {required: 2}\nlocked: [approvals]\n", organizationFile());
    github.put("mode: observe\napprovals: {required: 0}\nci: {timeout_minutes: 30}\n");
    expect(await configurations.of(github.octokit, SHOP())).toMatchObject({
      configuration: {
        ...DEFAULT_CONFIGURATION,
        approvals: { required: 2 },
        ci: { ...DEFAULT_CONFIGURATION.ci, timeoutMinutes: 30 },
      },
      source: ["repository", "organization", "default"],
      raised: ["approvals.required"],
      problems: [],
    });
  });

  test("then a private repository's are read like any", async () => {
    const vault = github.sandbox.repository("acme/vault", { private: true });
    github.put("mode: enforce\n", vault);
    expect((await configurations.of(github.octokit, repoOf(vault))).configuration.mode).toBe("enforce");
  });

  test("then in the organisation's own repository .github, its file is the organisation's, read once", async () => {
    github.put("mode: enforce\nlocked: [mode]\n", organizationFile());
    const { configuration, problems } = await configurations.of(github.octokit, repoOf(organizationFile()));
    expect([configuration.mode, problems]).toEqual(["enforce", []]);
    expect(github.asked()).toEqual(["acme/.github"]);
  });

  test("when one is removed, then the defaults are in force again", async () => {
    github.put("mode: enforce\n");
    expect((await inForce()).mode).toBe("enforce");
    github.remove();
    later();
    expect(await inForce()).toEqual({ mode: "observe", problems: [] });
    github.answer("acme/shop", FAILURES.broken);
    expect((await inForce(github.start())).mode).toBe("observe");
  });
});

describe("given a file that GitHub has shown before", () => {
  const notFound = () => Response.json({ message: "Not Found" }, { status: 404 });

  test("when GitHub says that there is none, and lists it, then what it last said stays in force, and that is said", async () => {
    github.put("mode: enforce\n");
    await inForce();
    github.answer("acme/shop", notFound);
    later();
    const problem = "repository:1 GitHub does not let LoopForge read the file";
    expect(await inForce()).toEqual({ mode: "enforce", problems: [problem] });
    github.answer("acme/shop", null);
    later();
    expect(await inForce()).toEqual({ mode: "enforce", problems: [] });
  });

  test("when it is removed and others stay beside it, then the defaults are in force again", async () => {
    github.put("mode: enforce\n");
    github.shop.putFile(".github/CODEOWNERS", "* @alice\n", { by: github.alice });
    await inForce();
    github.remove();
    later();
    expect(await inForce()).toEqual({ mode: "observe", problems: [] });
  });
});

describe("given a file that cannot be used", () => {
  test("when there was a valid one before, then that stays in force until the file is mended", async () => {
    github.put("mode: enforce\n");
    await inForce();
    github.put("ci:\n  required: maybe\n");
    later();
    const kept = { mode: "enforce", problems: ["repository:2 ci.required must be auto, true or false"] };
    expect(await inForce()).toEqual(kept);
    expect(await inForce(github.start()), "in another process").toEqual(kept);
    github.put("mode: observe\n");
    later();
    expect(await inForce()).toEqual({ mode: "observe", problems: [] });
  });

  test("when there never was a valid one, then the defaults are in force", async () => {
    github.put("mode: all\n");
    expect(await inForce()).toEqual({ mode: "observe", problems: ["repository:1 mode must be observe or enforce"] });
  });

  test("when it is the organisation's, then its last settings and locks stay", async () => {
    github.put("mode: enforce\nlocked: [mode]\n", organizationFile());
    github.put("mode: observe\n");
    await inForce();
    github.put("mode: enforce\nlocked: [modes]\n", organizationFile());
    later();
    expect(await inForce()).toEqual({
      mode: "enforce",
      problems: ["organization:2 locked[0] must be the path of a setting: did you mean mode?"],
    });
  });

  test.each([
    ["a directory", { type: "dir", encoding: undefined, content: undefined }, "This is not a file"],
    ["a link to somewhere else", { type: "symlink", encoding: undefined }, "This is not a file"],
    ["more than 64 KB", { size: 65_537 }, "The file is larger than 64 KB"],
    ["100 MB", { size: 1e8, encoding: "none" }, "The file is larger than 64 KB"],
    ["without content", { encoding: "none" }, "The file has no content that could be read"],
    ["no text", { content: "/w==" }, "The file is not text in UTF-8"],
  ])("when it is %s, then that is the problem", async (_, fields, message) => {
    github.answer("acme/shop", aFile(fields));
    expect(await inForce()).toEqual({ mode: "observe", problems: [`repository:1 ${message}`] });
  });

  test("when it is huge, then that is the problem", async () => {
    github.put(`mode: enforce\n${"[".repeat(1024 * 1024)}`);
    expect(await inForce()).toEqual({ mode: "observe", problems: ["repository:1 The file is larger than 64 KB"] });
  });
});

describe("given a GitHub that does not answer", () => {
  test.each(["broken", "rateLimited", "slowDown"] as const)(
    "when it is %s and a file is known, then that stays",
    async (how) => {
      github.put("mode: enforce\n");
      await inForce();
      github.answer("acme/shop", FAILURES[how]);
      later();
      expect(await inForce()).toEqual({ mode: "enforce", problems: [] });
      expect(await inForce(github.start()), "in another process").toEqual({ mode: "enforce", problems: [] });
      expect(github.log.join()).toContain("the last one stays");
      github.answer("acme/shop", null);
      github.put("mode: observe\n");
      later();
      expect((await inForce()).mode).toBe("observe");
    },
  );

  test.each(["broken", "rateLimited", "slowDown"] as const)(
    "when it is %s and nothing is known, then that is thrown, and asked again at the next call",
    async (how) => {
      github.put("mode: enforce\n");
      github.answer("acme/.github", FAILURES[how]);
      await expect(inForce()).rejects.toMatchObject({ status: FAILURES[how]().status });
      github.answer("acme/.github", null);
      expect((await inForce()).mode).toBe("enforce");
    },
  );

  test("when there is no way to it, then a known file stays, and that there was none is known, too", async () => {
    github.put("mode: enforce\n");
    await inForce();
    await github.hangUp();
    expect(await inForce(github.start())).toEqual({ mode: "enforce", problems: [] });
  });

  const FOREIGN: readonly (readonly [string, string])[] = [
    ["a proxy's page", "<html>Sign in</html>"],
    ["an empty object", "{}"],
    ["null", "null"],
    ["a list", "[]"],
    ["half an answer", '{"type":"file","sha":"aaaa'],
  ];

  test.each(FOREIGN)(
    "when %s comes in its place and nothing is known, then it is asked again later",
    async (_, body) => {
      github.answer("acme/shop", () => new Response(body, { headers: { "content-type": "application/json" } }));
      const error: unknown = await inForce().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "github_unavailable", disposition: { retry: true } });
      github.answer("acme/shop", null);
      github.put("mode: enforce\n");
      expect((await inForce()).mode).toBe("enforce");
    },
  );

  test.each(FOREIGN)("when %s comes in its place and a file is known, then that stays", async (_, body) => {
    github.put("mode: enforce\n");
    await inForce();
    github.answer("acme/shop", () => new Response(body, { headers: { "content-type": "application/json" } }));
    later();
    expect(await inForce()).toEqual({ mode: "enforce", problems: [] });
  });

  test("when what is kept is of another version of LoopForge, then nothing is known", async () => {
    await github.store.items.put("configuration", String(github.shop.id), { sha: null, settings: { later: 1 } });
    github.answer("acme/shop", FAILURES.broken);
    await expect(inForce()).rejects.toMatchObject({ status: 502 });
  });
});

describe("given a GitHub that refuses a file", () => {
  const REFUSED = "GitHub does not let LoopForge read the file";

  test.each([
    ["repository", "acme/shop"],
    ["organization", "acme/.github"],
  ])("when it is known what the %s's last said, then that stays in force and is kept", async (place, refused) => {
    github.put("mode: enforce\n", github.sandbox.repository(refused));
    await inForce();
    github.answer(refused, FAILURES.forbidden);
    later();
    const kept = { mode: "enforce", problems: [`${place}:1 ${REFUSED}`] };
    expect(await inForce()).toEqual(kept);
    expect(await inForce(github.start()), "in another process").toEqual(kept);
    expect((await github.start().of(null, SHOP())).configuration.mode, "with nobody to ask as").toBe("enforce");
    expect(github.log.join()).toContain("GitHub does not show the configuration");
    expect(github.log.join()).not.toMatch(/ghs_|token/i);
    github.answer(refused, null);
    later();
    expect(await inForce()).toEqual({ mode: "enforce", problems: [] });
  });

  test("when its repository is not shown any more, then what it last said stays in force, and that is said", async () => {
    github.put("mode: enforce\nlocked: [mode]\n", organizationFile());
    github.put("mode: observe\n");
    await inForce();
    const hidden = () => Response.json({ message: "Not Found" }, { status: 404 });
    github.answer("acme/.github", hidden);
    github.hide("acme/.github");
    later();
    const kept = { mode: "enforce", problems: [`organization:1 ${REFUSED}`] };
    expect(await inForce()).toEqual(kept);
    expect(await inForce(github.start()), "in another process").toEqual(kept);
  });

  test("when whether its repository is shown cannot be asked, then what it last said stays in force", async () => {
    github.put("mode: enforce\n", organizationFile());
    await inForce();
    github.answer("acme/.github", () => Response.json({ message: "Not Found" }, { status: 404 }));
    github.hide("acme/.github", 502);
    later();
    expect(await inForce()).toEqual({ mode: "enforce", problems: [] });
  });

  test("when nothing is known of the repository's, then the defaults are in force, that is said, and nothing is kept", async () => {
    github.put("mode: enforce\n");
    github.answer("acme/shop", FAILURES.forbidden);
    expect(await inForce()).toEqual({ mode: "observe", problems: [`repository:1 ${REFUSED}`] });
    expect(await github.store.items.get("configuration", String(github.shop.id))).toBeNull();
  });

  test("when the App never saw the organisation's that the operator named, then the repository's is in force, and that is said", async () => {
    github.put("mode: enforce\n");
    github.answer("acme/.github", FAILURES.forbidden);
    expect(await inForce()).toEqual({ mode: "enforce", problems: [`organization:1 ${REFUSED}`] });
  });
});

describe("given an organisation's file that had locked settings, and is gone", () => {
  const GONE = "organization:1 The file is not there any more: what it said stays, for it had locked settings";
  const remove = () => github.remove(organizationFile());

  test("then what it said stays in force, in another process, too, and that is said", async () => {
    github.put("mode: enforce\nlocked: [mode]\n", organizationFile());
    await inForce();
    remove();
    later();
    const kept = { mode: "enforce", problems: [GONE] };
    expect(await inForce()).toEqual(kept);
    expect(await inForce(github.start()), "in another process").toEqual(kept);
  });

  test("when one is there again that locks nothing, then that is in force", async () => {
    github.put("mode: enforce\nlocked: [mode]\n", organizationFile());
    await inForce();
    remove();
    later();
    await inForce();
    github.put("# nothing\n", organizationFile());
    later();
    expect(await inForce()).toEqual({ mode: "observe", problems: [] });
  });

  test("when it had locked nothing, then it sets nothing any more", async () => {
    github.put("mode: enforce\n", organizationFile());
    await inForce();
    remove();
    later();
    expect(await inForce()).toEqual({ mode: "observe", problems: [] });
  });
});

describe("given an organisation's file that the operator has not named", () => {
  beforeEach(() => {
    github.put("mode: enforce\nlocked: [mode]\n", organizationFile());
  });

  test("then it rules nobody", async () => {
    expect(await inForce(github.start({}, []))).toEqual({ mode: "observe", problems: [] });
    expect(await inForce(github.start({}, ["umbrella/.github"]))).toEqual({ mode: "observe", problems: [] });
  });

  test("then it is a file like any other for its own repository", async () => {
    const { configuration, problems } = await github.start({}, []).of(github.octokit, repoOf(organizationFile()));
    expect([configuration.mode, problems]).toEqual(["enforce", []]);
  });

  test("then it can be told that it is there", async () => {
    expect(await github.start({}, []).unnamed(github.octokit, SHOP())).toBe("acme/.github");
    expect(await configurations.unnamed(github.octokit, SHOP()), "it is named").toBeNull();
    github.answer("acme/.github", FAILURES.forbidden);
    expect(await github.start({}, []).unnamed(github.octokit, SHOP()), "it is not shown").toBeNull();
  });

  test("when another repository was named, then that one's is in force", async () => {
    github.put("approvals: {required: 2}\n", github.sandbox.repository("acme/settings"));
    const { configuration } = await github.start({}, ["Acme/settings"]).of(github.octokit, SHOP());
    expect(configuration).toMatchObject({ mode: "observe", approvals: { required: 2 } });
  });
});

describe("given nobody to ask GitHub as", () => {
  test("when nothing is known, then the defaults are in force, and stay unknown", async () => {
    github.put("mode: enforce\n");
    expect((await configurations.of(null, SHOP())).configuration).toEqual(DEFAULT_CONFIGURATION);
    expect((await inForce()).mode).toBe("enforce");
  });

  test("when a file was just found that cannot be used, then that is still said", async () => {
    github.put("mode: all\n");
    await inForce();
    expect((await configurations.of(null, SHOP())).problems).toMatchObject([{ file: "repository", path: "mode" }]);
  });

  test("when a file is known, then that is in force, however old and in any process", async () => {
    github.put("mode: enforce\n");
    await inForce();
    github.asked();
    for (const from of [configurations, github.start()]) {
      expect((await from.of(null, SHOP())).configuration.mode).toBe("enforce");
      later();
      expect((await from.of(null, SHOP())).configuration.mode).toBe("enforce");
    }
    expect(github.asked()).toEqual([]);
  });
});

describe("given a burst of deliveries", () => {
  test("then each file is read once a minute, the organisation's for all its repositories", async () => {
    const both = ["acme/.github", "acme/shop"];
    await Promise.all(Array.from({ length: 20 }, () => inForce()));
    expect(github.asked()).toEqual(both);
    github.clock.advance(59);
    await inForce();
    expect(github.asked()).toEqual([]);
    await configurations.of(github.octokit, repoOf(github.sandbox.repository("acme/other")));
    expect(github.asked()).toEqual(["acme/other"]);
    github.clock.advance(2);
    await inForce();
    expect(github.asked()).toEqual(both);
  });

  test("when the one read fails, then all that wait for it fail", async () => {
    github.answer("acme/shop", FAILURES.broken);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => inForce()));
    expect(results.map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(github.asked()).toEqual(["acme/.github", "acme/shop"]);
  });

  test("when a broken GitHub was asked and a file is known, then it is left alone for a minute", async () => {
    await inForce();
    github.answer("acme/shop", FAILURES.broken);
    later();
    await inForce();
    github.asked();
    await inForce();
    expect(github.asked()).toEqual([]);
  });

  test("when nothing changes, then nothing is written", async () => {
    const { items } = github.store;
    await inForce();
    const before = await items.list("configuration");
    expect(before.map(({ id }) => id)).toEqual([String(github.shop.id), "organization/acme/.github"]);
    await items.put("configuration", "organization/acme/.github", { sha: null, settings: {}, mark: 1 });
    later();
    await inForce();
    expect(await items.get("configuration", "organization/acme/.github")).toMatchObject({ mark: 1 });
  });
});

describe("given a pull request", () => {
  const open = (files: Readonly<Record<string, string>>, repository = github.shop) =>
    repository.openPullRequest({ by: github.alice, title: "Settings", head: "settings", files });
  const check = (sha: string, repository = github.shop) =>
    configurations.check(github.octokit, repoOf(repository), sha);

  test("when there is no file at its head, or the default branch's, then there is nothing to say", async () => {
    expect(await check(open({ "a.txt": "a" }).headSha)).toBeNull();
    github.put("mode: all\n");
    later();
    const pull = github.shop.openPullRequest({ by: github.alice, title: "A", head: "a", files: { "a.txt": "b" } });
    expect(await check(pull.headSha)).toBeNull();
  });

  test("when it adds or changes the file, then its problems are named", async () => {
    expect(await check(open({ [PATH]: "mode: enforce\n" }).headSha)).toEqual({ problems: [] });
    github.put("mode: enforce\n");
    const pull = github.shop.openPullRequest({
      by: github.alice,
      title: "B",
      head: "b",
      files: { [PATH]: "mod: x\n" },
    });
    expect(await check(pull.headSha)).toEqual({
      problems: [{ line: 1, column: 1, message: "mod is not a setting: did you mean mode?", path: "mod" }],
    });
  });

  test("when it mends a file that could not be used, then that is said", async () => {
    github.put("mode: all\n");
    expect(await check(open({ [PATH]: "mode: enforce\n" }).headSha)).toEqual({ problems: [] });
  });

  test("when it comes from a fork, then its head is read like any", async () => {
    github.shop.fork({ by: github.alice });
    const files = { [PATH]: "locked: [mode]\n" };
    const pull = github.shop.openPullRequest({ by: github.alice, title: "F", head: "alice:f", files });
    expect((await check(pull.headSha))?.problems).toHaveLength(1);
  });

  test("when it is of the organisation's repository, then its locks are right", async () => {
    const pull = open({ [PATH]: "locked: [mode]\n" }, organizationFile());
    expect(await check(pull.headSha, organizationFile())).toEqual({ problems: [] });
  });

  test("when the default branch's file is known, then it costs one request", async () => {
    await inForce();
    const { headSha } = open({ [PATH]: "mode: enforce\n" });
    github.asked();
    await check(headSha);
    expect(github.asked()).toEqual([`acme/shop@${headSha}`]);
  });

  test("when GitHub refuses the file, then there is nothing to say; when it does not answer, then that is thrown", async () => {
    const { headSha } = open({ [PATH]: "mode: all\n" });
    await inForce();
    github.answer("acme/shop", FAILURES.forbidden);
    expect(await check(headSha)).toBeNull();
    github.answer("acme/shop", FAILURES.broken);
    await expect(check(headSha)).rejects.toMatchObject({ status: 502 });
  });

  test("then what a head says is never in force", async () => {
    await check(open({ [PATH]: "mode: enforce\n" }).headSha);
    later();
    expect((await inForce()).mode).toBe("observe");
  });
});

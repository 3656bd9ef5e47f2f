import { Octokit } from "@octokit/rest";
import { describe, expect, test } from "vitest";
import { checkApp } from "../../src/doctor/check-app.js";
import { checkDeliveries } from "../../src/doctor/check-deliveries.js";
import { checkInstallations } from "../../src/doctor/check-installations.js";
import { checkWebhook } from "../../src/doctor/check-webhook.js";
import { readManifest } from "../../src/doctor/manifest.js";
import { readAttempts } from "../../src/github/catch-up/app-deliveries.js";
import { backfill } from "../../src/github/catch-up/backfill.js";
import { readClosers } from "../../src/github/catch-up/closers.js";
import { readIssueHistory } from "../../src/github/catch-up/issue-history.js";
import { readPull } from "../../src/github/catch-up/snapshot.js";
import type { SyntheticEvent } from "../../src/github/catch-up/synthetic-event.js";
import { isAnswerTo } from "../../src/github/client/answer-schemas.js";
import { checkedFetch } from "../../src/github/client/checked-fetch.js";
import { readFile } from "../../src/github/config/read-file.js";
import { closedIssues, closingPulls, reopeningsOf } from "../../src/github/links/closing-references.js";
import { changesOf } from "../../src/github/merge/changes.js";
import { parseEvent } from "../../src/github/observe/index.js";
import { Permissions } from "../../src/github/people/permissions.js";
import { locateComment } from "../../src/github/publish/comment.js";
import { repoNamed } from "../../src/github/repo-named.js";
import { givenInProcess } from "../support/in-process.js";
import { aLookout } from "../support/lookout.js";
import { seededRandom } from "../support/proof-random.js";
import { answeringAnything, answerOf } from "./answers.js";
import { Generator } from "./generate.js";
import { OPENAPI, Validators } from "./schemas.js";

/** How often each reader reads: LOOPFORGE_ANSWERS. A failure names its seed: LOOPFORGE_SEED begins with it. */
const { LOOPFORGE_ANSWERS = "50", LOOPFORGE_SEED = "1" } = process.env;
const SEEDS = Array.from({ length: Number(LOOPFORGE_ANSWERS) }, (_, index) => Number(LOOPFORGE_SEED) + index);

const REPO = { id: 1, name: "acme/shop" };
const PLACE = { owner: "acme", repo: "shop", number: 7 };
const SHA = "0123456789abcdef0123456789abcdef01234567";
const clock = () => new Date("2026-01-05T09:00:00Z");

/** Everything that reads GitHub's answers. */
const READERS: { readonly [what: string]: (octokit: Octokit) => Promise<unknown> } = {
  "a pull request": async (octokit) =>
    observed(
      (await readPull(octokit, REPO, 7, { groups: [SHA], pull: null, mergeLabel: "ship it" }))?.readings ?? null,
    ),
  "an issue": async (octokit) => observed(await readIssueHistory(octokit, REPO, 7)),
  "what closed an issue": (octokit) => readClosers(octokit, REPO, 7),
  "which issues a pull request closes": (octokit) => closedIssues(octokit, REPO, 7),
  "which pull requests close an issue": (octokit) => closingPulls(octokit, REPO, 7),
  "how often an issue was reopened": (octokit) => reopeningsOf(octokit, REPO, 7),
  "a configuration": (octokit) => readFile(octokit, PLACE, { isExpected: true }),
  "a permission": (octokit) => new Permissions(clock).mayWrite(octokit, REPO, { id: 1, login: "alice" }),
  "a repository": (octokit) => repoNamed(octokit, "acme/shop"),
  "the audit comment": (octokit) => locateComment(octokit, PLACE, null, 4711),
  "what a pull request changes": (octokit) => changesOf(octokit, { repoName: "acme/shop", number: 7 }),
  deliveries: (octokit) => readAttempts(octokit, [{ cursor: null, downTo: "1970-01-01T00:00:00.000Z" as never }], 2),
  "what the doctor looks at": async (octokit) => {
    const { manifest } = await checkApp(octokit, await readManifest(), clock);
    await Promise.all([checkWebhook(octokit), checkInstallations(octokit, manifest), checkDeliveries(octokit)]);
  },
};

function clientOf(seed: number): Octokit {
  const fetch = checkedFetch(answeringAnything(seededRandom(seed)));
  const quiet = () => undefined;
  return new Octokit({ request: { fetch }, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
}

/** Reads what was read as the pipeline does, to which an event that it cannot read says nothing. */
function observed(readings: readonly SyntheticEvent[] | null): void {
  for (const { event, payload } of readings ?? []) parseEvent(event, payload).observe(aLookout({ isRead: true }));
}

describe("given answers that GitHub's description allows", () => {
  test.each(Object.keys(OPENAPI.operations))("when it is one to %s, then the border lets it in", (id) => {
    const { method, path } = OPENAPI.operations[id] ?? { method: "", path: "" };
    const { schema } = answerOf(id, "application/vnd.github.object+json") ?? {};
    const address = path.replace(/\{\w+_id\}|\{\w+_number\}/g, "7").replace(/\{\w+\}/g, "shop");
    for (const seed of SEEDS) {
      const answer = schema === undefined ? {} : new Generator(OPENAPI, seededRandom(seed)).of(schema);
      expect(isAnswerTo(method, address, answer), `seed ${seed}: ${JSON.stringify(answer)}`).toBe(true);
      if (seed < 4 && schema !== undefined) expect(new Validators(OPENAPI).of(schema)(answer)).toEqual([]);
    }
  });

  test.each(Object.entries(READERS))("when %s is read, then nothing is refused", async (_, read) => {
    const refused = new Map<string, number>();
    for (const seed of SEEDS) {
      try {
        await read(clientOf(seed));
      } catch (error) {
        const reason = String(error);
        if (!refused.has(reason)) refused.set(reason, seed);
      }
    }
    expect([...refused].map(([reason, seed]) => `seed ${seed}: ${reason}`)).toEqual([]);
  });

  test("when a repository's past is read, then nothing of it fails", async () => {
    const { parts } = givenInProcess();
    for (const seed of SEEDS.slice(0, SEEDS.length / 5)) {
      const octokit = clientOf(seed);
      for await (const step of backfill({ parts, octokit, clock, sleep: async () => undefined }, REPO)) {
        expect(step, `seed ${seed}`).not.toMatchObject({ found: "failed" });
      }
    }
  });
});

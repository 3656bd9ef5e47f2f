import { beforeEach, describe, expect, test } from "vitest";
import { type Entry, linkOf, openEntry } from "../../../src/core/index.js";
import { reportEdited } from "../../../src/github/publish/report-edited.js";
import { COMMENT_MARKER } from "../../../src/report/comment.js";
import type { Comment, Delivery, PullRequest, Repository, User } from "../../../src/sandbox/index.js";
import { givenPaced, type Paced } from "../../report/paced.js";
import { payloadOf } from "../../support/payloads.js";

const APP_ID = 4711;

let app: Paced;
let repository: Repository;
let alice: User;
let bob: User;
let pull: PullRequest;

beforeEach(async () => {
  app = givenPaced();
  repository = app.sandbox.repository("acme/shop");
  [alice, bob] = [app.sandbox.user("alice"), app.sandbox.user("bob")];
  for (const user of [alice, bob]) repository.grant(user, "write");
  pull = repository.openPullRequest({ by: alice, title: "Mend the cart", body: "", head: "mend" });
  await app.receiveAll();
});

function audit(): Comment {
  const [found, ...others] = pull.comments.filter(({ body }) => body.startsWith(COMMENT_MARKER));
  if (!found || others.length > 0) throw new Error("There is not one audit comment");
  return found;
}

/** What the App does when it hears of a comment that was changed or deleted. */
async function hear(delivery: Delivery): Promise<boolean> {
  const { parts, store } = app;
  const payload = payloadOf(delivery);
  const sighting = await reportEdited(payload, { store, persons: parts.pipeline.persons, appId: APP_ID });
  if (!sighting) return false;
  const source = { kind: "api" } as const;
  const octokit = await app.installation();
  const observed = await parts.pipeline.apply(sighting, { source, key: delivery.guid, octokit });
  await parts.conclusions.of(observed, octokit);
  return true;
}

async function hearAll(): Promise<readonly boolean[]> {
  const heard: boolean[] = [];
  for (const delivery of app.sandbox.takePending())
    if (delivery.event === "issue_comment") heard.push(await hear(delivery));
  return heard;
}

async function notes(): Promise<readonly Entry[]> {
  const [id] = await app.store.findByLink(linkOf.pull(repository.id, pull.number));
  const entries = id ? await app.store.entries(id) : [];
  return entries.map(openEntry).filter(({ trigger }) => trigger === "report.edited");
}

describe("given the audit comment", () => {
  test("when somebody else edits it, then that is recorded with who it was, and the comment is as it was to be", async () => {
    audit().edit({ by: bob, body: "All is well. Nothing to see here." });
    const [delivery] = app.sandbox.takePending();
    if (!delivery) throw new Error("Nothing was delivered");
    expect(await hear(delivery)).toBe(true);

    const [note] = await notes();
    expect(note).toMatchObject({ kind: "note", toState: null, metadata: { report: "edited" } });
    const person = note?.people[0]?.person;
    expect(person && (await app.store.people.find(person))?.account.login).toBe("bob");
    expect(audit().body).toContain("Waiting for CI to start");
    expect(audit().body).toContain("Report changed by somebody else, and repaired");

    // The App's own repair is no news, and the delivery once more records nothing more.
    expect(await hearAll()).toEqual([false]);
    await hear(delivery);
    expect(await notes()).toHaveLength(1);
  });

  test("when somebody takes the marker off, then it is still known by its id", async () => {
    const { id } = audit();
    audit().edit({ by: bob, body: "gone" });
    await hearAll();
    expect(audit().id).toBe(id);
  });

  test("when somebody deletes it, then that is recorded, and there is a new one", async () => {
    audit().delete({ by: bob });
    expect(await hearAll()).toEqual([true]);
    expect((await notes()).map(({ metadata }) => metadata.report)).toEqual(["deleted"]);
    expect(audit().body).toContain("Report changed by somebody else");
  });

  test("when its id was lost, then it is known by its marker", async () => {
    await app.store.items.delete("report", `${repository.id}#${pull.number}`);
    audit().edit({ by: bob, body: "gone" });
    expect(await hearAll()).toEqual([true]);
  });
});

describe("given another program that changes the comment whenever it is written", () => {
  test("when it did so ten times, then it is let be: the two do not go on for ever", async () => {
    const program = app.sandbox.checksApp("tidy").bot;
    let heard: readonly boolean[] = [];
    for (let time = 1; time <= 11; time++) {
      audit().edit({ by: program, body: `${COMMENT_MARKER} tidied` });
      heard = await hearAll();
    }
    expect(heard).not.toContain(true);
    expect(await notes()).toHaveLength(10);
    expect(audit().body).toBe(`${COMMENT_MARKER} tidied`);
  });
});

describe("given other comments", () => {
  test("when somebody edits their own copy of it, then that is nothing", async () => {
    const copy = pull.comment({ by: bob, body: `${COMMENT_MARKER}\n\nMine` });
    app.sandbox.takePending();
    copy.edit({ by: alice, body: "Yours" });
    expect(await hearAll()).toEqual([false]);
    expect(await notes()).toEqual([]);
  });

  test("when somebody edits an answer of the App's to a command, then that is nothing", async () => {
    const answer = pull.comment({ by: audit().author, body: "An answer" });
    app.sandbox.takePending();
    answer.edit({ by: bob, body: "Another answer" });
    expect(await hearAll()).toEqual([false]);
  });
});

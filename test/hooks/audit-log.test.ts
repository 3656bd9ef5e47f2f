import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type LoopRecord, openEntry } from "../../src/core/index.js";
import { type AuditFormat, auditLog } from "../../src/hooks/audit-log.js";
import { type AuditSink, fileSink, streamSink } from "../../src/hooks/audit-sink.js";
import { moment } from "../builders/records.js";
import { Log } from "../builders/service.js";
import { temporaryFolder } from "../support/running.js";
import { ALICE, aStory, aStream, MERGED_RED, QUEUED } from "./given.js";

const STORY = aStory([
  QUEUED,
  { kind: "note", to: null, trigger: "queue.entered", people: [] },
  { kind: "rejected", to: "closed", trigger: "hasty" },
  MERGED_RED,
]);

function given(sink: AuditSink, format: AuditFormat = "plain", timeoutMs = 20_000) {
  const logger = new Log();
  const log = auditLog({ sink, format, timeoutMs, logger });
  const tell = (record: LoopRecord = STORY) => log.listen(record, record.entries.map(openEntry));
  return { log, logger, tell };
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("the audit log", () => {
  it("is one line for each entry, in order, as it is in the ledger", async () => {
    const { stream, text } = aStream();
    const { tell, log } = given(streamSink(stream));
    await tell();
    expect(linesOf(text()).map(({ seq, kind }) => [seq, kind])).toEqual([
      ...[[1, "created"] as const, [2, "transition"] as const, [3, "note"] as const],
      ...[[4, "rejected"] as const, [5, "exception"] as const],
    ]);
    expect(linesOf(text())[4]).toMatchObject({
      ...{ ref: "acme/shop#7", repo: "acme/shop", record_id: "record-7", from_state: "task_queued" },
      ...{ to_state: "merged", hash: STORY.ledger.hash, metadata: { rule: "merged_before_ci_passed" } },
    });
    expect(log.lost).toBe(0);
  });

  it("keeps a line a line, whatever an entry holds", async () => {
    const { stream, text } = aStream();
    const { tell } = given(streamSink(stream));
    await tell(aStory([{ ...QUEUED, trigger: 'a\n{"seq":99}\r\u2028b' }]));
    expect(linesOf(text())).toHaveLength(2);
  });

  it("goes to a file that only its owner may read, at its end", async () => {
    const file = join(temporaryFolder(), "audit.jsonl");
    for (const story of [aStory([QUEUED]), aStory([])]) {
      const { tell, log } = given(await fileSink(file));
      await tell(story);
      await log.close();
    }
    expect(linesOf(await readFile(file, "utf8")).map(({ seq }) => seq)).toEqual([1, 2, 1]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("keeps the order when it is told much at once", async () => {
    const file = join(temporaryFolder(), "audit.jsonl");
    const { log } = given(await fileSink(file));
    const entries = STORY.entries.map(openEntry);
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => log.listen({ ...STORY, ref: String(n) }, entries.slice(1, 2))),
    );
    const refs = linesOf(await readFile(file, "utf8")).map(({ ref }) => Number(ref));
    expect(refs).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe("an audit log that cannot be written", () => {
  it.skipIf(!existsSync("/dev/full"))("to a full disk: says so once, counts, and stops nothing", async () => {
    const { tell, log, logger } = given(await fileSink("/dev/full"));
    await tell();
    await tell();
    expect(log.lost).toBe(10);
    expect(logger.lines).toEqual([
      { level: "error", message: "The audit log cannot be written", details: { code: "ENOSPC", lost: 5 } },
    ]);
  });

  it("to a closed pipe: the same, and the process lives", async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const { tell, log, logger } = given(streamSink(stream));
    await tell();
    await tell();
    expect(log.lost).toBe(10);
    expect(logger.lines).toMatchObject([{ level: "error", details: { code: "EPIPE" } }]);
  });

  it("goes on when it can again, on a line of its own", async () => {
    const written: string[] = [];
    let isFull = true;
    const sink: AuditSink = {
      async write(lines) {
        written.push(isFull ? lines.slice(0, 10) : lines);
        if (isFull) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
      close: async () => {},
    };
    const { tell, log, logger } = given(sink);
    await tell();
    isFull = false;
    await tell(aStory([]));
    await tell(aStory([]));
    const lines = written.join("").trimEnd().split("\n");
    expect(lines.map((line) => line.endsWith("}"))).toEqual([false, true, true]);
    expect(log.lost).toBe(5);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      "The audit log cannot be written",
      "The audit log can be written again",
    ]);
  });
});

describe("an audit log whose disk hangs", () => {
  it("keeps nobody waiting for longer than its time, and no more than fits", async () => {
    let write = () => {};
    const hanging = new Promise<void>((resolve) => {
      write = resolve;
    });
    const sink: AuditSink = { write: () => hanging, close: async () => {} };
    const { log, logger } = given(sink, "plain", 20);
    const entries = Array.from({ length: 6_000 }, () => STORY.entries.map(openEntry).slice(0, 1)).flat();
    await log.listen(STORY, entries);
    expect([log.lost, logger.lines]).toEqual([0, []]);
    await log.listen(STORY, entries);
    expect(log.lost).toBe(6_000);
    expect(logger.lines).toMatchObject([{ level: "error", details: { code: "too many lines wait" } }]);
    write();
    await log.close();
    expect(logger.lines.at(-1)).toMatchObject({ message: "The audit log can be written again" });
  });
});

describe("the audit log in OCSF", () => {
  const events = async () => {
    const { stream, text } = aStream();
    const { tell } = given(streamSink(stream), "ocsf");
    await tell(aStory([QUEUED, { kind: "rejected", to: "closed", trigger: "hasty" }, MERGED_RED]));
    return linesOf(text());
  };

  it("has all that the class Entity Management requires", async () => {
    for (const event of await events()) {
      expect(event).toMatchObject({
        ...{ category_uid: 3, class_uid: 3004, type_uid: 300_400 + Number(event.activity_id) },
        ...{ severity_id: expect.any(Number), time: expect.any(Number) },
        metadata: { version: "1.3.0", product: { name: "LoopForge", vendor_name: "LoopForge" } },
        entity: { uid: "record-7", name: "acme/shop#7" },
      });
    }
  });

  it("says what was done, whether it was, and how much it matters", async () => {
    const told = (await events()).map(({ activity_name, status, severity, message }) => [
      ...[activity_name, status, severity, message],
    ]);
    expect(told).toEqual([
      ["Create", "Success", "Informational", "acme/shop#7: created nothing to issue_created (created)"],
      ["Update", "Success", "Informational", "acme/shop#7: transition issue_created to task_queued (worker.picked_up)"],
      ["Update", "Failure", "Low", "acme/shop#7: rejected task_queued to closed (hasty)"],
      ["Update", "Success", "High", "acme/shop#7: exception task_queued to merged (pr.merged)"],
    ]);
  });

  it("says when and who, and keeps the rest", async () => {
    const [created, queued] = await events();
    expect(queued).toMatchObject({
      time: Date.parse(moment(60)),
      actor: { user: { uid: ALICE.person, type_id: 1 } },
      metadata: { uid: "record-7/2", event_code: "worker.picked_up", sequence: 2 },
      unmapped: { kind: "transition", from_state: "issue_created", to_state: "task_queued", repo: "acme/shop" },
    });
    expect(created).toMatchObject({ actor: { app_name: "LoopForge" } });
  });
});

import { expect, it } from "vitest";
import { aMove, aNote, aRecord, breaksOf, grown } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const CONFLICT = expect.objectContaining({ code: "version_conflict" });

export function saving({ open }: Suite): void {
  it("gets back what was saved", async () => {
    const store = await open();
    const record = grown(aRecord({ labels: ["bug"], links: ["issue:1#7"] }), [
      aMove("task_queued", "worker.picked_up"),
    ]);
    await store.save(record);

    expect(await store.get(record.recordId)).toEqual(record);
    expect(await store.findByLink("issue:1#7")).toEqual([record.recordId]);
  });

  it("adds what a later version has more, however many versions later", async () => {
    const store = await open();
    const record = aRecord();
    const later = grown(grown(grown(record), [aMove("task_queued")]), [aNote(), aNote()]);
    await store.save(record);
    await store.save(later);

    expect(await store.get(record.recordId)).toEqual(later);
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("does nothing when the very same record is saved again", async () => {
    const store = await open();
    const record = grown(aRecord());
    await store.save(record);
    await store.save(record);

    expect(await store.get(record.recordId)).toEqual(record);
  });

  it("refuses a version that is older than the kept one, or equal and another", async () => {
    const store = await open();
    const record = aRecord();
    const kept = grown(record, [aNote({ by: "one" })]);
    await store.save(kept);

    await expect(store.save(record)).rejects.toEqual(CONFLICT);
    await expect(store.save(grown(record, [aNote({ by: "another" })]))).rejects.toEqual(CONFLICT);
    expect(await store.get(record.recordId)).toEqual(kept);
  });

  it("refuses a later version whose history went another way", async () => {
    const store = await open();
    const record = aRecord();
    const kept = grown(record, [aNote({ by: "one" })]);
    await store.save(kept);

    await expect(store.save(grown(grown(record, [aNote({ by: "another" })])))).rejects.toEqual(CONFLICT);
    expect(await store.get(record.recordId)).toEqual(kept);
  });

  it("lets one of two savers of the same version win", async () => {
    const store = await open();
    const record = aRecord();
    await store.save(record);
    const outcomes = await Promise.allSettled([
      store.save(grown(record, [aNote({ by: "one" })])),
      store.save(grown(record, [aNote({ by: "another" })])),
    ]);

    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("follows the links of the record", async () => {
    const store = await open();
    const record = aRecord({ links: ["issue:1#7", "commit:1@a"] });
    await store.save(record);
    await store.save({ ...grown(record), links: ["issue:1#7", "commit:1@b"] });

    expect(await store.findByLink("commit:1@a")).toEqual([]);
    expect(await store.findByLink("commit:1@b")).toEqual([record.recordId]);
    expect(await store.findByLink("issue:1#7")).toEqual([record.recordId]);
  });
}

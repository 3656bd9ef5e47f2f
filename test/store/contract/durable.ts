import { expect, it } from "vitest";
import { SALT_BYTES } from "../../../src/core/index.js";
import { aFact, LATER } from "../../builders/facts.js";
import { anAccount, aRecord, breaksOf, creation, step } from "../../builders/records.js";
import type { Suite } from "../contract.js";

export function durable({ openWhole }: Suite): void {
  it("has everything when it is opened again", async (context) => {
    const { store, reopen } = await openWhole();
    if (!reopen) return context.skip("It keeps nothing beyond its process, and does not say that it does");
    const [record, gone] = [aRecord({ links: ["issue:1#7"] }), aRecord()];
    const write = { ...step(record), idempotencyKey: "delivery-1" };
    for (const one of [record, gone]) await store.append(creation(one));
    await store.append(write);
    await store.delete(gone.recordId);
    const kept = await store.get(record.recordId);
    const person = await store.people.identify(anAccount(), new Uint8Array(SALT_BYTES));
    await store.items.put("waiting", "a", { text: "é" });
    const facts = [aFact({ key: "a", value: { text: "größe 🚦\u0000" } }), aFact({ key: "b" })];
    await store.facts.add(facts, LATER);

    const again = await reopen();
    expect(await again.get(record.recordId)).toEqual(kept);
    expect(await again.append(write)).toEqual({ replayed: true, first: 2, last: 2 });
    expect(await again.findByLink("issue:1#7")).toEqual([record.recordId]);
    expect(await again.get(gone.recordId)).toBeNull();
    for (const { recordId } of [record, gone]) expect(await breaksOf(again, recordId)).toEqual([]);
    expect((await again.people.find(person))?.account).toEqual(anAccount());
    expect(await again.items.get("waiting", "a")).toEqual({ text: "é" });
    expect(await again.facts.of([aFact().entity])).toEqual(facts);
    await again.close();
  });
}

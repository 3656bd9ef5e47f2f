import { expect, it } from "vitest";
import { aRecord, creation, step } from "../../builders/records.js";
import type { Suite } from "../contract.js";

export function finding({ open }: Suite): void {
  it("many records by one link and one record by many, in the order of ids", async () => {
    const store = await open();
    const b = aRecord({ id: "b", links: ["pull:1#8", "issue:1#2"] });
    const a = aRecord({ id: "a", links: ["pull:1#8", "issue:1#1", "address:acme/shop#1"] });
    for (const record of [b, a]) await store.append(creation(record));

    expect(await store.findByLink("pull:1#8")).toEqual(["a", "b"]);
    expect(await store.findByLink("issue:1#1")).toEqual(["a"]);
    expect(await store.findByLink("address:acme/shop#1")).toEqual(["a"]);
    expect(await store.findByLink("issue:1#2")).toEqual(["b"]);
    expect(await store.findByLink("issue:1#3")).toEqual([]);
  });

  it("by links that came later, and no longer by those that went", async () => {
    const store = await open();
    const record = aRecord({ id: "a", links: ["issue:1#1", "commit:1@old"] });
    const other = aRecord({ id: "b", links: ["commit:1@old"] });
    for (const one of [record, other]) await store.append(creation(one));
    const { head, ...write } = step(record);
    const links = ["issue:1#1", "commit:1@new"];
    await store.append({ ...write, head: { ...head, links }, linked: ["commit:1@new"], unlinked: ["commit:1@old"] });

    expect(await store.findByLink("commit:1@new")).toEqual(["a"]);
    expect(await store.findByLink("commit:1@old")).toEqual(["b"]);
    expect(await store.findByLink("issue:1#1")).toEqual(["a"]);
  });

  it("a link that was named twice as one", async () => {
    const store = await open();
    const record = aRecord({ id: "a", links: ["issue:1#1", "issue:1#1"] });
    await store.append(creation(record));
    await store.append({ ...step(record), linked: ["issue:1#1"] });

    expect(await store.findByLink("issue:1#1")).toEqual(["a"]);
  });
}

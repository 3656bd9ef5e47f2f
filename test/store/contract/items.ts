import { expect, it } from "vitest";
import { type Json, type Timestamp, timestamp } from "../../../src/core/index.js";
import type { Suite } from "../contract.js";

const VALUE: Json = { text: "größe 🚦\u0000", list: [1, null, { deep: [] }], "": false };

/** So many seconds after midnight of a day that is far off: what has expired by its own clock, DynamoDB deletes by itself. */
const later = (seconds: number) => timestamp(Date.UTC(2126, 0, 1) + seconds * 1000);

export function itemsBeside({ open }: Suite): void {
  it("gets what was put, and null where nothing was", async () => {
    const { items } = await open();
    await items.put("waiting", "commit:1@a", VALUE);
    await items.put("waiting", "bare", "text");

    expect(await items.get("waiting", "commit:1@a")).toEqual(VALUE);
    expect(await items.get("waiting", "bare")).toBe("text");
    expect(await items.get("waiting", "other")).toBeNull();
    expect(await items.get("published", "bare")).toBeNull();
  });

  it("replaces what stood there", async () => {
    const { items } = await open();
    await items.put("waiting", "a", 1);
    await items.put("waiting", "a", 2);

    expect(await items.list("waiting")).toEqual([{ id: "a", value: 2 }]);
  });

  it("lists a collection in the order of ids, and no other", async () => {
    const { items } = await open();
    for (const id of ["b", "c", "a", "B", "a/1"]) await items.put("waiting", id, id);
    await items.put("published", "z", "z");

    expect((await items.list("waiting")).map((item) => item.id)).toEqual(["B", "a", "a/1", "b", "c"]);
    expect(await items.list("nothing")).toEqual([]);
  });

  it("leaves out what has expired, by the store's clock", async () => {
    let now = 0;
    const { items } = await open({ clock: () => new Date(later(now)) });
    await items.put("waiting", "soon", 1, { expiresAt: later(10) });
    await items.put("waiting", "coarse", 2, { expiresAt: "2126-01-01T00:00:20Z" as Timestamp });
    await items.put("waiting", "never", 3);
    const ids = async () => (await items.list("waiting")).map((item) => item.id);

    now = 9;
    expect(await ids()).toEqual(["coarse", "never", "soon"]);
    now = 10;
    expect(await ids()).toEqual(["coarse", "never"]);
    expect(await items.get("waiting", "soon")).toBeNull();
    now = 20;
    expect(await ids()).toEqual(["never"]);
  });

  it("keeps an expired item that is put again", async () => {
    let now = 0;
    const { items } = await open({ clock: () => new Date(later(now)) });
    await items.put("waiting", "a", 1, { expiresAt: later(10) });
    now = 15;
    await items.put("waiting", "a", 2);

    expect(await items.list("waiting")).toEqual([{ id: "a", value: 2 }]);
  });

  it("deletes one, and minds none that is not there", async () => {
    const { items } = await open();
    await items.put("waiting", "a", 1);
    await items.put("waiting", "b", 2);
    await items.delete("waiting", "a");
    await items.delete("waiting", "a");

    expect(await items.list("waiting")).toEqual([{ id: "b", value: 2 }]);
  });

  it("is not changed by what is done to a value that was put", async () => {
    const { items } = await open();
    const value = { list: [1] };
    await items.put("waiting", "a", value);
    value.list.push(2);

    expect(await items.get("waiting", "a")).toEqual({ list: [1] });
  });
}

import { afterEach, describe } from "vitest";
import type { StoreOptions } from "../../src/store/options.js";
import type { LoopStore } from "../../src/store/repository.js";
import { appending } from "./contract/appending.js";
import { deleting } from "./contract/deleting.js";
import { durable } from "./contract/durable.js";
import { factsKept } from "./contract/facts.js";
import { finding } from "./contract/finding.js";
import { itemsBeside } from "./contract/items.js";
import { keeping } from "./contract/keeping.js";
import { listing } from "./contract/listing.js";
import { peopleKnown } from "./contract/people.js";
import { saving } from "./contract/saving.js";

export interface Opened {
  /** Empty, and nobody else's. */
  readonly store: LoopStore;
  /** Closes the store and opens what it kept; a store that keeps nothing has none. */
  readonly reopen?: () => Promise<LoopStore>;
  /** Takes away what the test left behind; the store is closed by then. */
  readonly remove?: () => Promise<void>;
}

/** How much of everything: less for a store that is slow to test against. */
export interface Scale {
  readonly records: number;
  readonly history: number;
  readonly writers: number;
}

/** What each part of the suite is given. */
export interface Suite extends Scale {
  /** Opens a store for one test; it is closed and removed after it. */
  readonly open: (options?: StoreOptions) => Promise<LoopStore>;
  /** The same with all that its opening said. */
  readonly openWhole: (options?: StoreOptions) => Promise<Opened>;
}

const SCALE: Scale = { records: 10_000, history: 10_000, writers: 100 };

/** What every shipped store promises. A backend names itself and says how a new, empty store of its kind is opened. */
export function describeLoopStore(
  name: string,
  open: (options: StoreOptions) => Promise<Opened>,
  scale: Partial<Scale> = {},
): void {
  describe(`${name} as a LoopStore`, () => {
    const opened: Opened[] = [];
    const openWhole = async (options: StoreOptions = {}) => {
      const one = await open(options);
      opened.push(one);
      return one;
    };
    const suite: Suite = { ...SCALE, ...scale, openWhole, open: async (options) => (await openWhole(options)).store };

    afterEach(async () => {
      for (const { store, remove } of opened.splice(0)) {
        await store.close();
        await remove?.();
      }
    });

    describe("keeps what it is given", () => keeping(suite));
    describe("appends", () => appending(suite));
    describe("saves whole records", () => saving(suite));
    describe("lists", () => listing(suite));
    describe("finds by link", () => finding(suite));
    describe("deletes", () => deleting(suite));
    describe("knows people", () => peopleKnown(suite));
    describe("keeps items", () => itemsBeside(suite));
    describe("keeps facts", () => factsKept(suite));
    describe("is durable", () => durable(suite));
  });
}

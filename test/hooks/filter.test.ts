import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openEntry } from "../../src/core/index.js";
import { type Filters, hookFilter, wantsEntry } from "../../src/hooks/filter.js";
import { fitsRepository } from "../../src/hooks/repository-pattern.js";
import { selectHooks } from "../../src/hooks/select.js";
import { aStory, MERGED_RED, newestTransition, QUEUED } from "./given.js";

describe("a pattern for repositories", () => {
  it.each([
    ["acme/shop", "acme/shop", true],
    ["acme/shop", "Acme/Shop", true],
    ["acme/shop", "acme/shop2", false],
    ["acme/*", "acme/shop", true],
    ["acme/*", "acme2/shop", false],
    ["*/*", "acme/shop", true],
    ["*/shop", "acme/shop", true],
    ["acme/s*p", "acme/shop", true],
    ["acme/s*p", "acme/sp", true],
    ["acme/s*p", "acme/s", false],
    ["acme/a*a", "acme/a", false],
    ["acme/*-*-api", "acme/eu-shop-api", true],
    ["acme/*-*-api", "acme/shop-api", false],
    ["acme/.*", "acme/shop", false],
    ["acme/**", "acme/shop", true],
    ["acme*", "acme/shop", false],
  ])("%s on %s: %s", (pattern, repository, fits) => expect(fitsRepository(pattern, repository)).toBe(fits));

  it("fits what an expression with the same meaning fits", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(part, name, (pattern, repository) => {
        const expected = new RegExp(`^${pattern.replace(/\*+/g, "[^/]*")}$`).test(repository);
        expect(fitsRepository(`x/${pattern}`, `x/${repository}`)).toBe(expected);
      }),
    );
  });
});

describe("a hook's filters", () => {
  const queued = newestTransition(aStory([QUEUED]));
  const broken = newestTransition(aStory([QUEUED, MERGED_RED]));

  it.each<{ filters: Filters; queued: boolean; broken: boolean }>([
    { filters: {}, queued: true, broken: true },
    { filters: { states: ["task_queued"] }, queued: true, broken: false },
    { filters: { states: ["merged", "closed"] }, queued: false, broken: true },
    { filters: { repositories: ["other/*", "acme/*"] }, queued: true, broken: true },
    { filters: { repositories: ["other/*"] }, queued: false, broken: false },
    { filters: { exceptions_only: true }, queued: false, broken: true },
    { filters: { exceptions_only: false }, queued: true, broken: true },
    { filters: { exceptions_only: true, states: ["closed"] }, queued: false, broken: false },
  ])("$filters", ({ filters, ...expected }) => {
    const filter = hookFilter(filters);
    expect({ queued: filter(...queued), broken: filter(...broken) }).toEqual(expected);
  });

  it("mean the same for entries, of which not all are moves", () => {
    const record = aStory([QUEUED, { kind: "note", to: null, trigger: "queue.entered" }, MERGED_RED]);
    const kinds = (filters: Filters) =>
      record.entries
        .map(openEntry)
        .filter((entry) => wantsEntry(filters, record, entry))
        .map(({ kind }) => kind);
    expect(kinds({})).toEqual(["created", "transition", "note", "exception"]);
    expect(kinds({ states: ["task_queued"] })).toEqual(["transition"]);
    expect(kinds({ exceptions_only: true })).toEqual(["exception"]);
    expect(kinds({ repositories: ["other/*"] })).toEqual([]);
  });
});

describe("what a repository chooses of the operator's hooks", () => {
  const configured = [{ name: "chat" }, { name: "siem" }];

  it.each([
    { names: null, selected: ["chat", "siem"], unknown: [] },
    { names: [], selected: [], unknown: [] },
    { names: ["siem"], selected: ["siem"], unknown: [] },
    { names: ["https://evil.example.com", "chat"], selected: ["chat"], unknown: ["https://evil.example.com"] },
  ])("$names", ({ names, selected, unknown }) => {
    const selection = selectHooks(configured, names);
    expect({ ...selection, selected: selection.selected.map(({ name }) => name) }).toEqual({ selected, unknown });
  });
});

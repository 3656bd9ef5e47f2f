import { describe, expect, it } from "vitest";
import type { PostOptions } from "../../src/hooks/post.js";
import { post } from "../../src/hooks/post.js";
import { moment } from "../builders/records.js";
import { givenReceiver, type Scripted } from "../support/receiver.js";
import { givenPosting, noSignal } from "./given.js";

/** Posts once to a receiver with a script. */
async function posting(script: readonly Scripted[], overrides: Partial<PostOptions> = {}) {
  const receiver = await givenReceiver();
  receiver.script(...script);
  const { options, waits } = givenPosting(overrides);
  const outcome = await post({ url: receiver.url, headers: { a: "b" }, body: "same" }, noSignal(), options).then(
    ({ status }) => `answered ${status}`,
    (error: unknown) => String(error),
  );
  return { outcome, waits, bodies: receiver.requests.map(({ body }) => body) };
}

describe("posting", () => {
  it.each([200, 201, 204, 299])("is done when the answer is %i", async (status) => {
    expect(await posting([{ status, body: "" }])).toEqual({
      outcome: `answered ${status}`,
      waits: [],
      bodies: ["same"],
    });
  });

  it.each<Scripted>([{ status: 429 }, { status: 500 }, { status: 503 }, "hang up"])(
    "tries the same bytes again after %j, and waits longer each time",
    async (failure) => {
      expect(await posting([failure, failure, failure])).toEqual({
        outcome: "answered 200",
        waits: [125, 250, 500],
        bodies: ["same", "same", "same", "same"],
      });
    },
  );

  it("waits with jitter: anything from nothing up to the whole", async () => {
    const waits = async (random: number) => (await posting([{ status: 500 }], { random: () => random })).waits;
    expect(await waits(0)).toEqual([0]);
    expect(await waits(0.999)).toEqual([249.75]);
  });

  it.each([
    { header: "3", wait: 3000 },
    { header: "0", wait: 0 },
    { header: new Date(Date.parse(moment(0)) + 4000).toUTCString(), wait: 4000 },
    { header: new Date(0).toUTCString(), wait: 0 },
    { header: "soon", wait: 125 },
    { header: "-1", wait: 125 },
  ])("waits as it is asked to: Retry-After: $header", async ({ header, wait }) => {
    const { waits, outcome } = await posting([{ status: 429, headers: { "retry-after": header } }]);
    expect({ waits, outcome }).toEqual({ waits: [wait], outcome: "answered 200" });
  });

  it("does not wait for what it cannot live to see", async () => {
    expect(await posting([{ status: 503, headers: { "retry-after": "10" } }])).toEqual({
      outcome: "HookFailure: Its endpoint answered 503",
      waits: [],
      bodies: ["same"],
    });
  });

  it("gives up after five attempts", async () => {
    const { outcome, bodies } = await posting(Array(9).fill({ status: 500 }));
    expect({ outcome, attempts: bodies.length }).toEqual({
      outcome: "HookFailure: Its endpoint answered 500",
      attempts: 5,
    });
  });

  it.each([
    { status: 400, outcome: "HookFailure: Its endpoint answered 400" },
    { status: 404, outcome: "HookFailure: Its endpoint answered 404" },
    { status: 302, outcome: "HookFailure: Its endpoint answered 302; redirects are not followed" },
  ])("does not try again what will not go better: $status", async ({ status, outcome }) => {
    expect(await posting([{ status, body: "a secret" }])).toEqual({ outcome, waits: [], bodies: ["same"] });
  });

  it("stops between two attempts when it is told to", async () => {
    const abort = new AbortController();
    const receiver = await givenReceiver();
    receiver.script({ status: 500 });
    const { options } = givenPosting({ wait: async () => abort.abort(new Error("enough")) });
    const request = { url: receiver.url, headers: {}, body: "" };
    await expect(post(request, abort.signal, options)).rejects.toThrow("enough");
    expect(receiver.requests).toHaveLength(1);
  });

  it("does not try again what is refused", async () => {
    const { options, waits } = givenPosting();
    const request = { url: "http://169.254.169.254/", headers: {}, body: "" };
    await expect(post(request, noSignal(), options)).rejects.toThrow("cloud metadata");
    expect(waits).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { createGuardedFetch, type GuardedFetch, MAX_ANSWER } from "../../src/hooks/guarded-fetch.js";
import { givenReceiver } from "../support/receiver.js";
import { noSignal } from "./given.js";

const posted = (fetch: GuardedFetch, url: string, signal = noSignal()) =>
  fetch({ url, headers: { "content-type": "text/plain" }, body: "hello" }, signal);

const failure = (work: Promise<unknown>) =>
  work.then(
    () => "it went well",
    (error: unknown) => String(error),
  );

describe("given private addresses are allowed", () => {
  const fetch = createGuardedFetch({ allowPrivate: true });

  it("when a receiver is posted to, then it gets the bytes and its answer comes back", async () => {
    const receiver = await givenReceiver();
    receiver.script({ status: 429, headers: { "retry-after": "7" }, body: "not now" });

    expect(await posted(fetch, `${receiver.url}/path?a=b`)).toEqual({ status: 429, retryAfter: "7", text: "not now" });
    expect(receiver.requests).toMatchObject([
      { method: "POST", path: "/path?a=b", headers: { "content-type": "text/plain" }, body: "hello" },
    ]);
  });

  it("when it redirects, then that is the answer, and nobody follows", async () => {
    const [receiver, elsewhere] = [await givenReceiver(), await givenReceiver()];
    receiver.script({ status: 307, headers: { location: elsewhere.url } });

    expect(await posted(fetch, receiver.url)).toMatchObject({ status: 307 });
    expect(elsewhere.requests).toEqual([]);
  });

  it("when it answers with more than is read, then it fails", async () => {
    const receiver = await givenReceiver();
    receiver.script({ body: "x".repeat(MAX_ANSWER) }, { body: "x".repeat(MAX_ANSWER + 1) });

    expect(await posted(fetch, receiver.url)).toMatchObject({ status: 200 });
    expect(await failure(posted(fetch, receiver.url))).toContain(`more than ${MAX_ANSWER} bytes`);
  });

  it("when it hangs up or nobody is there, then the failure says the code and not the address", async () => {
    const receiver = await givenReceiver();
    receiver.script("hang up");

    expect(await failure(posted(fetch, `${receiver.url}/T00/B00/secret`))).toBe(
      "HookFailure: Its endpoint cannot be reached (UND_ERR_SOCKET)",
    );
    expect(await failure(posted(fetch, "http://127.0.0.1:1/T00/B00/secret"))).toBe(
      "HookFailure: Its endpoint cannot be reached (ECONNREFUSED)",
    );
  });

  it.each(["hold", "stall"] as const)(
    "when it is told to stop, then it does so with the reason (%s)",
    async (script) => {
      const receiver = await givenReceiver();
      receiver.script(script);
      const abort = new AbortController();
      const answer = failure(posted(fetch, receiver.url, abort.signal));
      await receiver.received(1);
      abort.abort(new Error("enough"));
      expect(await answer).toBe("Error: enough");
    },
  );

  it.each([
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "nonsense",
    "http://user:pass@127.0.0.1/",
    "http://user@127.0.0.1/",
  ])("when the address is %s, then it is refused", async (url) =>
    expect(await failure(posted(fetch, url))).toMatch(/^HookFailure: must /),
  );

  it("when it is cloud metadata, then it is refused all the same", async () => {
    expect(await failure(posted(fetch, "http://169.254.169.254/latest/meta-data/"))).toContain("(cloud metadata)");
  });
});

describe("given private addresses are not allowed", () => {
  it.each(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "017700000001"])(
    "when the address is written as %s, then nothing is connected",
    async (host) => {
      const receiver = await givenReceiver();
      const fetch = createGuardedFetch({ allowPrivate: false });
      expect(await failure(posted(fetch, `http://${host}:${receiver.port}/`))).toContain("(loopback)");
      expect(receiver.requests).toEqual([]);
    },
  );

  it("when a name leads to one, also beside a public one, then nothing is connected", async () => {
    const receiver = await givenReceiver();
    for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"]]) {
      const fetch = createGuardedFetch({ allowPrivate: false, lookup: async () => addresses.map(found) });
      expect(await failure(posted(fetch, `http://hooks.example.com:${receiver.port}/`))).toContain("(loopback)");
    }
    expect(receiver.requests).toEqual([]);
  });

  it("when a name leads to nothing, or cannot be looked up, then it says so", async () => {
    const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND secret.example.com"), { code: "ENOTFOUND" });
    const empty = createGuardedFetch({ allowPrivate: false, lookup: async () => [] });
    const failing = createGuardedFetch({ allowPrivate: false, lookup: () => Promise.reject(unknown) });
    expect(await failure(posted(empty, "http://secret.example.com/"))).toBe("HookFailure: Its name has no address");
    expect(await failure(posted(failing, "http://secret.example.com/"))).toBe(
      "HookFailure: Its endpoint cannot be reached (ENOTFOUND)",
    );
  });
});

describe("given a name that leads elsewhere each time it is looked up (DNS rebinding)", () => {
  it("when it is allowed once and then turns to a refused address, then the second connection is not made", async () => {
    const receiver = await givenReceiver();
    // The receiver hangs up after each answer, so that there is a connection for each request.
    receiver.script({ headers: { connection: "close" } }, { headers: { connection: "close" } });
    const answers = ["127.0.0.1", "169.254.169.254"];
    let looked = 0;
    const fetch = createGuardedFetch({
      allowPrivate: true,
      lookup: async () => [found(answers[looked++] ?? "")],
    });
    expect(await posted(fetch, `http://hooks.example.com:${receiver.port}/`)).toMatchObject({ status: 200 });
    expect(await failure(posted(fetch, `http://hooks.example.com:${receiver.port}/`))).toContain("(cloud metadata)");
    expect(looked).toBe(2);
    expect(receiver.requests).toHaveLength(1);
  });
});

function found(address: string) {
  return { address, family: address.includes(":") ? 6 : 4 };
}

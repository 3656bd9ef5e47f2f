import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/index.js";
import type { Inbox } from "../../../src/inbox/inbox.js";
import { at, claimOne, delivery } from "../deliveries.js";
import type { Subject } from "./subject.js";

const AS_MUCH_AS_GITHUB_SENDS = 25 * 1024 * 1024;

/** What is in a delivery comes out as it went in. */
export function describeBodies(subject: Subject): void {
  let inbox: Inbox;
  beforeEach(() => {
    inbox = subject.inbox;
  });

  describe("given a body of 25 MB", () => {
    it.each([
      ["text that repeats itself", () => "0123456789abcdé€😀".repeat(1_200_000)],
      ["text that cannot be made smaller", () => randomBytes(19_500_000).toString("base64")],
    ])(
      "when it is %s, then it is kept, handed out and forgotten",
      async (_, text) => {
        const body = JSON.stringify({ text: text().slice(0, AS_MUCH_AS_GITHUB_SENDS) });
        expect(Buffer.byteLength(body)).toBeGreaterThan(25_000_000);
        expect(await inbox.put(delivery("a", { body }))).toBe("stored");
        expect(await inbox.put(delivery("a", { body }))).toBe("duplicate");
        const claim = await claimOne(await subject.open(), at(0));
        expect(sha256(claim.body)).toBe(sha256(body));
        await inbox.setAside(claim, "too much", at(0));
        expect(sha256((await inbox.show("a"))?.body ?? "")).toBe(sha256(body));
        await inbox.retryNow("a");
        expect(await inbox.done(await claimOne(inbox, at(0)), at(0))).toBe(true);
        expect(await inbox.show("a")).toMatchObject({ status: "done", body: null });
      },
      120_000,
    );
  });

  it.each([
    ["every plane of Unicode", '{"a":"é € 😀 \u2028 \ufeff 𐀀 \uffff"}'],
    ["combining characters as they came", '{"a":"e\u0301"}'],
    ["blanks and line ends as they came", ' {\r\n\t"a" : 1.0e2 }\n'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["a NUL", '{"a":"x\0y"}'],
    ["nothing", ""],
  ])("keeps a body byte for byte: %s", async (_, body) => {
    await inbox.put(delivery("a", { body }));
    expect((await inbox.show("a"))?.body).toBe(body);
    const claim = await claimOne(inbox, at(0));
    expect(Buffer.from(claim.body)).toEqual(Buffer.from(body));
  });
}

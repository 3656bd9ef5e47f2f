import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pseudonym, SALT_BYTES } from "../../../src/core/index.js";

const ZEROS = new Uint8Array(SALT_BYTES);
const COUNTING = Uint8Array.from({ length: SALT_BYTES }, (_, index) => index);
const anySalt = fc.uint8Array({ minLength: SALT_BYTES, maxLength: SALT_BYTES });
const anyUser = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe("a pseudonym", () => {
  // python3: base64.b32encode(hmac.new(salt, b"github:583231", "sha256").digest()).decode().lower()[:26]
  it.each([
    { salt: ZEROS, user: 583231, expected: "p_sidsyuyanrbfjcggpdt4gwskah" },
    { salt: COUNTING, user: 583231, expected: "p_de7xbphbyrejzujr4n6g6gzwlf" },
    { salt: COUNTING, user: 1, expected: "p_zwv3csryxe2qgbtt6k2xjiqbdi" },
  ])("is base32 of HMAC-SHA256 over the user's id: $expected", ({ salt, user, expected }) => {
    expect(pseudonym(user, salt)).toBe(expected);
  });

  it("has p_ and 26 characters of lower-case base32, whoever it is", () => {
    fc.assert(
      fc.property(anyUser, anySalt, (user, salt) => {
        expect(pseudonym(user, salt)).toMatch(/^p_[a-z2-7]{26}$/);
      }),
    );
  });

  it("is the same for the same salt and user, and another for another salt or user", () => {
    fc.assert(
      fc.property(anyUser, anyUser, anySalt, anySalt, (user, otherUser, salt, otherSalt) => {
        fc.pre(user !== otherUser && Buffer.compare(salt, otherSalt) !== 0);
        expect(pseudonym(user, salt)).toBe(pseudonym(user, Uint8Array.from(salt)));
        expect(pseudonym(otherUser, salt)).not.toBe(pseudonym(user, salt));
        expect(pseudonym(user, otherSalt)).not.toBe(pseudonym(user, salt));
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { secretsOf } from "../../src/hooks/operator/environment-secrets.js";
import { redactor } from "../../src/hooks/redact.js";

describe("the secrets of an environment", () => {
  it("are the values that are named as such, and long enough to be one", () => {
    const env = {
      ...{ WEBHOOK_SECRET: "secret-1", WEBHOOK_SECRET_PREVIOUS: "secret-2", PRIVATE_KEY: "secret-3" },
      ...{ NPM_TOKEN: "secret-4", database_password: "secret-5" },
      ...{ SHORT_KEY: "1234567", HOME: "/home/loopforge", KEYBOARD: "dvorak-programmer", EMPTY_TOKEN: "" },
      UNSET_TOKEN: undefined,
    };
    expect(secretsOf(env)).toEqual(["secret-1", "secret-2", "secret-3", "secret-4", "secret-5"]);
  });
});

describe("a text without secrets", () => {
  const LINES = ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEAAoIB"];

  it.each([
    { what: "as it is", key: LINES.join("\n"), said: LINES.join("\n"), kept: "[redacted]" },
    {
      what: "line by line",
      key: LINES.join("\n"),
      said: `a ${LINES[1]} b ${LINES[2]}`,
      kept: "a [redacted] b [redacted]",
    },
    { what: "held on one line", key: LINES.join("\\n"), said: `a ${LINES[2]}`, kept: "a [redacted]" },
  ])("loses a key that is said $what", ({ key, said, kept }) => {
    expect(redactor([key])(said)).toBe(kept);
  });

  it("keeps the short lines of a secret, which may be any words", () => {
    expect(redactor(["first\nsecond line of many words"])("the first")).toBe("the first");
  });
});

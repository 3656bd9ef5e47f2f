import { SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { required, withSecrets } from "../../src/lambda/secrets.js";
import { givenParameters } from "./parameter-store.js";

describe("given variables that name parameters", () => {
  test("when they are read, then each variable has its parameter's value, decrypted, in one request", async () => {
    const { ssm, asked } = await givenParameters({ "/test/key": "a key", "/test/secret": "a secret" });
    const env = { APP_ID: "1", PRIVATE_KEY_PARAMETER: "/test/key", WEBHOOK_SECRET_PARAMETER: "/test/secret" };
    expect(await withSecrets(env, ssm)).toEqual({ ...env, PRIVATE_KEY: "a key", WEBHOOK_SECRET: "a secret" });
    expect(asked).toEqual([{ Names: ["/test/key", "/test/secret"], WithDecryption: true }]);
  });

  test("when a parameter is not there, then its variable is not set, and who needs it says so", async () => {
    const { ssm } = await givenParameters({});
    const env = await withSecrets({ WEBHOOK_SECRET_PARAMETER: "/test/secret" }, ssm);
    expect(env).toEqual({ WEBHOOK_SECRET_PARAMETER: "/test/secret" });
    expect(() => required(env, "WEBHOOK_SECRET")).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("WEBHOOK_SECRET is not set") }),
    );
  });

  test("when a path is named, then each parameter below it is a variable, however many there are", async () => {
    const names = Array.from({ length: 23 }, (_, index) => `SECRET_${index}`);
    const below = Object.fromEntries(names.map((name) => [`/test/variables/${name}`, `the value of ${name}`]));
    const { ssm } = await givenParameters({ ...below, "/test/key": "a key" });
    const env = { LOOPFORGE_VARIABLES: "/test/variables" };
    expect(await withSecrets(env, ssm)).toEqual({
      ...env,
      ...Object.fromEntries(names.map((name) => [name, `the value of ${name}`])),
    });
  });

  test("when one below the path is set already, then it stays as it is set", async () => {
    const { ssm } = await givenParameters({ "/test/variables/APP_ID": "2", "/test/key": "a key" });
    const env = { APP_ID: "1", LOOPFORGE_VARIABLES: "/test/variables", PRIVATE_KEY_PARAMETER: "/test/key" };
    expect(await withSecrets(env, ssm)).toEqual({ ...env, PRIVATE_KEY: "a key" });
  });

  test("when none is named, then nothing is asked", async () => {
    const { ssm, asked } = await givenParameters({});
    expect(await withSecrets({ APP_ID: "1" }, ssm)).toEqual({ APP_ID: "1" });
    expect(asked).toEqual([]);
  });

  test("when they cannot be read, then an error that names them", async () => {
    const { ssm, endpoint } = await givenParameters({});
    const nowhere = new SSMClient({
      endpoint: endpoint.replace(/\d+$/, "1"),
      region: "us-east-1",
      credentials: await ssm.config.credentials(),
      maxAttempts: 1,
    });
    await expect(withSecrets({ PRIVATE_KEY_PARAMETER: "/test/key" }, nowhere)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("Cannot read the parameters /test/key"),
    });
    await expect(withSecrets({ LOOPFORGE_VARIABLES: "/test/variables" }, nowhere)).rejects.toMatchObject({
      message: expect.stringContaining("Cannot read the parameters /test/variables/*"),
    });
  });
});

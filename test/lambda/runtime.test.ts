import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Runtime, withRuntime } from "../../src/lambda/runtime.js";
import { openDynamoDB } from "../../src/store/dynamodb/open.js";
import { givenAws } from "../inbox/servers/aws.js";
import { testClock } from "../sandbox/given.js";
import { TEST_KEY } from "../support/keys.js";
import { temporaryFolder } from "../support/running.js";
import { givenParameters } from "./parameter-store.js";

const aws = await givenAws();
const ANOTHER_KEY = `${TEST_KEY}\n`;

describe.skipIf(!aws)("given a function that works as the App", () => {
  async function given(operator?: string) {
    if (!aws) throw new Error("skipped");
    const place = await aws.newPlace();
    const at = new URLSearchParams({ region: "us-east-1", endpoint: place.dynamodbEndpoint ?? "" });
    await (await openDynamoDB(`${place.table}-records?${at}&ensureTables=true`, {})).close();
    const parameters: Record<string, string> = { "/test/private-key": TEST_KEY };
    const { ssm } = await givenParameters(parameters);
    const clock = testClock();
    const runtimes: Runtime[] = [];
    const file = join(temporaryFolder(), "hooks.yml");
    writeFileSync(file, operator ?? "");
    const env = {
      LOOPFORGE_CONFIG: operator === undefined ? "" : file,
      LOOPFORGE_VARIABLES: "/test/variables",
      APP_ID: "4711",
      LOG_LEVEL: "silent",
      PRIVATE_KEY_PARAMETER: "/test/private-key",
      LOOPFORGE_STORE: `dynamodb:${place.table}-records?${at}`,
    };
    onTestFinished(async () => {
      await Promise.all(runtimes.map(({ store }) => store.close()));
    });
    const runtime = withRuntime(env, async (made) => runtimes[runtimes.push(made) - 1], { ssm, clock });
    return { parameters, clock, runtimes, keyInUse: async () => (await runtime())?.config.privateKey };
  }

  test("when its private key is exchanged, then five minutes later it works with the new one", async () => {
    const { parameters, clock, keyInUse } = await given();
    expect(await keyInUse()).toBe(TEST_KEY);
    parameters["/test/private-key"] = ANOTHER_KEY;
    clock.advance(299);
    expect(await keyInUse()).toBe(TEST_KEY);
    clock.advance(1);
    expect(await keyInUse()).toBe(ANOTHER_KEY);
  });

  test("when its private key is the same for hours, then nothing is made anew", async () => {
    const { clock, runtimes, keyInUse } = await given();
    for (let hours = 0; hours < 3; hours++) {
      await keyInUse();
      clock.advance(3600);
    }
    expect(runtimes).toHaveLength(1);
  });

  test("when the new private key cannot be used, then it works with the one before, until it can", async () => {
    const { parameters, clock, keyInUse } = await given();
    await keyInUse();
    parameters["/test/private-key"] = "not a key";
    clock.advance(300);
    expect(await keyInUse()).toBe(TEST_KEY);
    parameters["/test/private-key"] = ANOTHER_KEY;
    clock.advance(300);
    expect(await keyInUse()).toBe(ANOTHER_KEY);
  });

  test("when its hooks refer to a variable, then the Parameter Store has it, and without it the function does not start", async () => {
    const hook = `{ name: siem, type: webhook, url: "https://siem.example.com/", signing_secret: "\${SIEM_SECRET}" }`;
    const { parameters, keyInUse } = await given(`hooks: [${hook}]`);
    await expect(keyInUse()).rejects.toThrow("refers to the environment variable SIEM_SECRET, which is not set");
    parameters["/test/variables/SIEM_SECRET"] = "a secret";
    expect(await keyInUse()).toBe(TEST_KEY);
  });
});

import type { LambdaFunctionURLResult, SQSBatchResponse } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { SqsInbox } from "../../src/inbox/sqs.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { openDynamoDB } from "../../src/store/dynamodb/open.js";
import { givenAws } from "../inbox/servers/aws.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { temporaryFolder } from "../support/running.js";
import { headsOf } from "../support/scenarios.js";
import { bundle, givenProcess } from "./bundled.js";
import { EventSource } from "./event-source.js";
import { givenFunctionUrl } from "./function-url.js";
import { givenParameters } from "./parameter-store.js";

const aws = await givenAws();

describe.skipIf(!aws)("given the functions as they are deployed: bundled, each in a process of its own", () => {
  async function given(parameters: Readonly<Record<string, string>>) {
    if (!aws) throw new Error("skipped");
    const folder = temporaryFolder();
    const queue = await aws.newPlace();
    const sandbox = createSandbox({
      clock: () => new Date(),
      app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
    });
    const github = await sandbox.listen();
    const at = new URLSearchParams({ region: "us-east-1", endpoint: queue.dynamodbEndpoint ?? "" });
    const store = await openDynamoDB(`${queue.table}-records?${at}&ensureTables=true`, {});
    const { endpoint } = await givenParameters(parameters);
    const inboxAt = new URLSearchParams({ table: queue.table, endpoint: queue.endpoint ?? "" });
    const env = {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_SSM: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: queue.dynamodbEndpoint ?? "",
      LOOPFORGE_INBOX: `sqs:${queue.queueUrl}?${inboxAt}`,
      LOOPFORGE_STORE: `dynamodb:${queue.table}-records`,
      WEBHOOK_SECRET_PARAMETER: "/test/webhook-secret",
      PRIVATE_KEY_PARAMETER: "/test/private-key",
      APP_ID: "4711",
      GHE_HOST: new URL(github.url).host,
      GHE_PROTOCOL: "http",
    };
    const stop = () => Promise.all([github.close(), store.close()]);
    return { folder, queue, sandbox, store, env, stop };
  }

  test("when a delivery comes, then one takes it, another works it, and the third has nothing to catch up on", async () => {
    if (!aws) throw new Error("skipped");
    const { folder, queue, sandbox, store, env, stop } = await given({
      "/test/webhook-secret": WEBHOOK_SECRET,
      "/test/private-key": TEST_KEY,
    });
    const ingest = await givenProcess((await bundle("ingest", folder)).file, env);
    const worker = await givenProcess((await bundle("worker", folder)).file, env);
    const schedule = await givenProcess((await bundle("schedule", folder)).file, env);
    const url = await givenFunctionUrl((event) => ingest.invoke<LambdaFunctionURLResult>(event));
    sandbox.deliverTo(`${url}/api/github/webhooks`);
    sandbox.repository("acme/shop").openIssue({ by: sandbox.user("alice"), title: "An issue" });
    await sandbox.flush();
    expect(sandbox.deliveries.map(({ status }) => status)).toEqual([202, 202]);

    await new EventSource(aws.sqs, queue.queueUrl, (event) => worker.invoke<SQSBatchResponse>(event)).drain();
    expect(await headsOf(store)).toMatchObject([{ ref: "acme/shop#1", state: "issue_created" }]);
    const guid = sandbox.deliveries.at(-1)?.guid;
    expect(worker.lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ guid, action: "opened", msg: "A delivery is over" }),
    );

    expect(await schedule.invoke({})).toBeNull();
    expect(schedule.lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ job: "redeliver", result: expect.objectContaining({ read: 2, asked: 0 }) }),
    );
    for (const line of [...ingest.lines, ...worker.lines, ...schedule.lines]) {
      expect(line).not.toMatch(/PRIVATE KEY|a webhook secret/);
    }
    await stop();
  });

  test("when the webhook's secret is not there, then deliveries are refused with 503, and the log says why", async () => {
    const { folder, queue, sandbox, env, stop } = await given({});
    const ingest = await givenProcess((await bundle("ingest", folder)).file, env);
    const url = await givenFunctionUrl((event) => ingest.invoke<LambdaFunctionURLResult>(event));
    sandbox.deliverTo(`${url}/api/github/webhooks`);
    sandbox.repository("acme/shop");
    await sandbox.flush();
    expect(sandbox.deliveries.map(({ status }) => status)).toEqual([503]);
    expect(ingest.lines.join()).toContain("WEBHOOK_SECRET is not set");
    const inbox = new SqsInbox(queue);
    expect(await inbox.stats(new Date())).toMatchObject({ waiting: 0, ignored: {} });
    await inbox.close();
    await stop();
  });
});

test("given the ingest function's bundle, then it is small enough to start at once, and holds nothing of the worker's", async () => {
  const { file, bytes } = await bundle("ingest", temporaryFolder());
  expect(bytes).toBeLessThan(600_000);
  expect(file).toMatch(/[.]mjs$/);
});

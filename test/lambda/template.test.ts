import pino from "pino";
import { beforeAll, describe, expect, test } from "vitest";
import { tableDefinition } from "../../src/inbox/sqs/schema.js";
import { reworked } from "../../src/sandbox/scenarios/index.js";
import { tablesOf } from "../../src/store/dynamodb/keys.js";
import { tableDefinitions } from "../../src/store/dynamodb/schema.js";
import { givenAws } from "../inbox/servers/aws.js";
import { play } from "../support/scenarios.js";
import { givenFunctions } from "./functions.js";
import { allOf, givenPackaged, type Packaged, rights } from "./packaged.js";
import { givenRecording } from "./recording.js";

const NAME = "loopforge-test";
const FUNCTIONS = ["IngestLambdaFunction", "WorkerLambdaFunction", "ScheduleLambdaFunction"];
const TABLES = ["RecordsTable", "LedgerTable", "LinksTable", "PeopleTable", "FactsTable", "InboxTable"];

const aws = await givenAws();

let packaged: Packaged;

beforeAll(async () => {
  packaged = await givenPackaged();
});

const properties = (name: string) => packaged.resources[name]?.Properties ?? {};

describe("given what would be deployed: functions", () => {
  test("then they run on arm64 under nodejs22.x, each with a role of its own", () => {
    for (const name of FUNCTIONS) {
      expect(properties(name)).toMatchObject({ Runtime: "nodejs22.x", Architectures: ["arm64"] });
    }
    const roles = FUNCTIONS.map((name) => JSON.stringify(properties(name).Role));
    expect(new Set(roles).size).toBe(FUNCTIONS.length);
    expect(allOf(packaged, "AWS::IAM::Role")).toHaveLength(FUNCTIONS.length);
  });

  test("then GitHub reaches the ingest function only, by its URL", () => {
    const target = { "Fn::GetAtt": ["IngestLambdaFunction", "Arn"] };
    expect(allOf(packaged, "AWS::Lambda::Url").map(([, { Properties }]) => Properties)).toEqual([
      { AuthType: "NONE", TargetFunctionArn: target },
    ]);
    const open = allOf(packaged, "AWS::Lambda::Permission").filter(
      ([, { Properties }]) => Properties.Principal === "*",
    );
    expect(open.map(([, { Properties }]) => Properties)).toEqual([
      { FunctionName: target, Principal: "*", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
      { FunctionName: target, Principal: "*", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
    ]);
  });

  test("then no secret is in the template: functions know the names of parameters", () => {
    expect(properties("IngestLambdaFunction").Environment).toMatchObject({
      Variables: { WEBHOOK_SECRET_PARAMETER: "/loopforge/test/webhook-secret" },
    });
    expect(properties("WorkerLambdaFunction").Environment).toMatchObject({
      Variables: { PRIVATE_KEY_PARAMETER: "/loopforge/test/private-key" },
    });
    for (const name of ["WorkerLambdaFunction", "ScheduleLambdaFunction"]) {
      expect(properties(name).Environment).toMatchObject({
        Variables: {
          LOOPFORGE_CONFIG: "",
          LOOPFORGE_ORGANIZATION_CONFIG: "",
          LOOPFORGE_VARIABLES: "/loopforge/test/variables",
        },
      });
    }
    expect(packaged.text).not.toMatch(/"(WEBHOOK_SECRET|PRIVATE_KEY)"/);
  });

  test("then the schedule runs by itself", () => {
    expect(allOf(packaged, "AWS::Events::Rule").map(([, { Properties }]) => Properties)).toMatchObject([
      { ScheduleExpression: "rate(15 minutes)", State: "ENABLED" },
    ]);
    expect(allOf(packaged, "AWS::Lambda::EventInvokeConfig").map(([, { Properties }]) => Properties)).toMatchObject([
      { MaximumRetryAttempts: 0 },
    ]);
  });
});

describe("given what would be deployed: the queue", () => {
  test("then it is a FIFO queue, with one more for what cannot be worked", () => {
    expect(properties("InboxQueue")).toMatchObject({
      QueueName: `${NAME}.fifo`,
      FifoQueue: true,
      DeduplicationScope: "messageGroup",
      MessageRetentionPeriod: 1_209_600,
      RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["DeadLetters", "Arn"] }, maxReceiveCount: 1000 },
    });
    expect(properties("DeadLetters")).toMatchObject({ FifoQueue: true, MessageRetentionPeriod: 1_209_600 });
  });

  test("then the worker says which messages failed, and a message stays hidden six times as long as it may run", () => {
    expect(allOf(packaged, "AWS::Lambda::EventSourceMapping").map(([, { Properties }]) => Properties)).toMatchObject([
      {
        EventSourceArn: { "Fn::GetAtt": ["InboxQueue", "Arn"] },
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: 4 },
      },
    ]);
    const { Timeout } = properties("WorkerLambdaFunction");
    expect(properties("InboxQueue").VisibilityTimeout).toBe(6 * Number(Timeout));
  });
});

describe("given what would be deployed: tables", () => {
  test("then they are as the code makes them", () => {
    const expected = [...tableDefinitions(tablesOf(NAME), 1), tableDefinition(`${NAME}-inbox`)];
    const made = allOf(packaged, "AWS::DynamoDB::Table");
    expect(made.map(([name]) => name)).toEqual(TABLES);
    for (const [index, definition] of expected.entries()) expect(made[index]?.[1].Properties).toMatchObject(definition);
  });

  test("then each is protected: deletion, restore to any second, and it stays when the stack goes", () => {
    for (const [, table] of allOf(packaged, "AWS::DynamoDB::Table")) {
      expect(table).toMatchObject({
        DeletionPolicy: "Retain",
        Properties: {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      });
    }
  });

  test("then what expires does: links and items, facts, and deliveries that were worked", () => {
    const expiring = allOf(packaged, "AWS::DynamoDB::Table").filter(
      ([, { Properties }]) => Properties.TimeToLiveSpecification,
    );
    expect(expiring.map(([name, { Properties }]) => [name, Properties.TimeToLiveSpecification])).toEqual([
      ["LinksTable", { AttributeName: "expires_at", Enabled: true }],
      ["FactsTable", { AttributeName: "expires", Enabled: true }],
      ["InboxTable", { AttributeName: "expires_at", Enabled: true }],
    ]);
  });
});

describe("given what would be deployed: rights", () => {
  test("then the ingest function may store deliveries and read the webhook's secret, and nothing else", () => {
    expect(rights(packaged, "IngestRole")).toEqual([
      "logs:CreateLogStream IngestLogGroup",
      "logs:PutLogEvents IngestLogGroup",
      "ssm:GetParameters /loopforge/test/webhook-secret",
      "ssm:GetParameters /loopforge/test/webhook-secret-previous",
      "sqs:SendMessage InboxQueue",
      "dynamodb:GetItem InboxTable",
      "dynamodb:Query InboxTable",
      "dynamodb:PutItem InboxTable",
      "dynamodb:UpdateItem InboxTable",
    ]);
  });

  test("then the worker may take deliveries, keep records and read the private key, and nothing else", () => {
    expect(rights(packaged, "WorkerRole")).toEqual([
      "logs:CreateLogStream WorkerLogGroup",
      "logs:PutLogEvents WorkerLogGroup",
      "ssm:GetParameters /loopforge/test/private-key",
      ...["", "/*"].map((below) => `ssm:GetParametersByPath /loopforge/test/variables${below}`),
      "sqs:ReceiveMessage InboxQueue",
      "sqs:DeleteMessage InboxQueue",
      "sqs:GetQueueAttributes InboxQueue",
      "sqs:ChangeMessageVisibility InboxQueue",
      "sqs:SendMessage InboxQueue",
      "dynamodb:GetItem InboxTable",
      "dynamodb:Query InboxTable",
      "dynamodb:PutItem InboxTable",
      "dynamodb:UpdateItem InboxTable",
      "dynamodb:DeleteItem InboxTable",
      ...records(),
    ]);
  });

  test("then the schedule may keep records and read the private key, and knows no deliveries", () => {
    expect(rights(packaged, "ScheduleRole")).toEqual([
      "logs:CreateLogStream ScheduleLogGroup",
      "logs:PutLogEvents ScheduleLogGroup",
      "ssm:GetParameters /loopforge/test/private-key",
      ...["", "/*"].map((below) => `ssm:GetParametersByPath /loopforge/test/variables${below}`),
      ...records(),
    ]);
  });

  test("then no role may change or remove an entry of the ledger, whatever it is called", () => {
    for (const role of ["IngestRole", "WorkerRole", "ScheduleRole"]) {
      // No right of the Parameter Store's reaches a table, whatever its star stands for.
      const onLedger = rights(packaged, role).filter((right) => /LedgerTable|^(?!ssm:).*\*/.test(right));
      expect(onLedger.filter((right) => !/^dynamodb:(DescribeTable|Query|PutItem) LedgerTable$/.test(right))).toEqual(
        [],
      );
    }
  });

  test.skipIf(!aws)(
    "when a change is followed from issue to close, then what the functions ask for is what they may",
    async () => {
      if (!aws) throw new Error("skipped");
      const queue = await aws.newPlace();
      const recordings = [];
      for (const to of [queue.endpoint, queue.dynamodbEndpoint, queue.endpoint, queue.dynamodbEndpoint]) {
        recordings.push(await givenRecording(to ?? ""));
      }
      const [ingestSqs, ingestDb, workerSqs, workerDb] = recordings;
      const app = await givenFunctions(aws, {
        queue,
        ingest: { endpoint: ingestSqs?.endpoint ?? "", dynamodbEndpoint: ingestDb?.endpoint ?? "" },
        worker: { endpoint: workerSqs?.endpoint ?? "", dynamodbEndpoint: workerDb?.endpoint ?? "" },
      });
      await play(app, reworked, () => app.settle());
      const name = queue.table.replace("inbox", "records");
      const named = (right: string) => {
        const [action = "", table = ""] = right.split(" ");
        if (table === "") return `${action} InboxQueue`;
        if (table.startsWith(queue.table)) return `${action} InboxTable${table.slice(queue.table.length)}`;
        return `${action} ${{ "": "Records", "-ledger": "Ledger", "-links": "Links", "-people": "People", "-facts": "Facts" }[table.slice(name.length)]}Table`;
      };
      const ingest = [...(ingestSqs?.needed() ?? []), ...(ingestDb?.needed() ?? [])].map(named);
      const worker = [...(workerSqs?.needed() ?? []), ...(workerDb?.needed() ?? [])].map(named);
      expect(rights(packaged, "IngestRole")).toEqual(expect.arrayContaining(ingest));
      expect(rights(packaged, "WorkerRole")).toEqual(expect.arrayContaining(worker));
      expect(ingest).toContain("dynamodb:PutItem InboxTable");
      expect(worker).toContain("dynamodb:PutItem LedgerTable");
    },
  );

  function records(): readonly string[] {
    return [
      ...TABLES.slice(0, 5).map((table) => `dynamodb:DescribeTable ${table}`),
      ...["GetItem", "BatchGetItem", "UpdateItem"].map((action) => `dynamodb:${action} RecordsTable`),
      ...["Query", "PutItem"].map((action) => `dynamodb:${action} LedgerTable`),
      ...["GetItem", "Query", "PutItem", "DeleteItem", "Scan"].map((action) => `dynamodb:${action} LinksTable`),
      ...["GetItem", "PutItem", "UpdateItem"].map((action) => `dynamodb:${action} PeopleTable`),
      ...["Query", "UpdateItem"].map((action) => `dynamodb:${action} FactsTable`),
      "dynamodb:Query RecordsTable/index/state-index",
    ];
  }
});

describe("given what would be deployed: alarms", () => {
  test("then somebody is told of old deliveries, dead letters, logged errors, refusals, errors and throttling", () => {
    const alarms = allOf(packaged, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
    const about = alarms.map(({ Namespace, MetricName, Threshold, Dimensions }) => {
      const [of] = (Dimensions ?? []) as { readonly Value: { Ref?: string; "Fn::GetAtt"?: readonly string[] } }[];
      return `${Namespace} ${MetricName} > ${Threshold}: ${of?.Value.Ref ?? of?.Value["Fn::GetAtt"]?.[0] ?? "any"}`;
    });
    expect(about).toEqual([
      "AWS/SQS ApproximateAgeOfOldestMessage > 900: InboxQueue",
      "AWS/SQS ApproximateNumberOfMessagesVisible > 0: DeadLetters",
      `LoopForge ${NAME}-errors > 0: any`,
      "AWS/Lambda Url5xxCount > 0: IngestLambdaFunction",
      ...FUNCTIONS.map((name) => `AWS/Lambda Errors > 0: ${name}`),
      ...FUNCTIONS.map((name) => `AWS/Lambda Throttles > 0: ${name}`),
    ]);
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({ AlarmActions: [{ Ref: "Alarms" }], TreatMissingData: "notBreaching" });
    }
  });

  test("then errors that the worker and the schedule log are counted, a delivery that is set aside among them", () => {
    const filters = allOf(packaged, "AWS::Logs::MetricFilter").map(([, { Properties }]) => Properties);
    const counted = { MetricNamespace: "LoopForge", MetricName: `${NAME}-errors`, MetricValue: "1", DefaultValue: 0 };
    const FilterPattern = `{ $.level >= ${pino.levels.values.error} }`;
    expect(filters).toEqual([
      { LogGroupName: { Ref: "WorkerLogGroup" }, FilterPattern, MetricTransformations: [counted] },
      { LogGroupName: { Ref: "ScheduleLogGroup" }, FilterPattern, MetricTransformations: [counted] },
    ]);
  });
});

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A way to a stand-in for AWS that notes what was asked for. */
export interface Recording {
  readonly endpoint: string;
  /** The permissions that it took, each once: `dynamodb:PutItem loopforge-links`. */
  readonly needed: () => readonly string[];
}

/** Ends with the test. */
export async function givenRecording(to: string): Promise<Recording> {
  const needed = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const target = String(request.headers["x-amz-target"]);
      for (const right of rightsFor(target, JSON.parse(body.toString("utf8")) as Input)) needed.add(right);
      const headers = new Headers(request.headers as Record<string, string>);
      for (const name of ["host", "connection", "content-length"]) headers.delete(name);
      const answer = await fetch(to + (request.url ?? ""), { method: request.method ?? "POST", headers, body });
      const type = answer.headers.get("content-type") ?? "";
      response.writeHead(answer.status, { "content-type": type }).end(Buffer.from(await answer.arrayBuffer()));
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, needed: () => [...needed].sort() };
}

interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: object;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
}

/**
 * In a transaction, each action needs the permission of its kind.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
function rightsFor(target: string, input: Input): readonly string[] {
  const [service = "", action = ""] = target.split(".");
  if (service === "AmazonSQS") return [`sqs:${action}`];
  const { TableName = "", IndexName, RequestItems = {}, TransactItems = [] } = input;
  if (action === "TransactWriteItems") {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName: table }]) =>
        kind === "ConditionCheck" ? `dynamodb:ConditionCheckItem ${table}` : `dynamodb:${kind}Item ${table}`,
      ),
    );
  }
  if (action === "BatchGetItem") return Object.keys(RequestItems).map((table) => `dynamodb:BatchGetItem ${table}`);
  return [`dynamodb:${action} ${TableName}${IndexName === undefined ? "" : `/index/${IndexName}`}`];
}

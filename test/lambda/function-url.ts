import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from "aws-lambda";
import { onTestFinished } from "vitest";

type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/** A request in the form that a function URL gives to its function (payload version 2.0). */
export function urlEvent(fields: {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}): LambdaFunctionURLEvent {
  const { method = "POST", path = "/api/github/webhooks", headers, body, isBase64Encoded = false } = fields;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers,
    requestContext: {
      accountId: "anonymous",
      apiId: "abc",
      domainName: "abc.lambda-url.eu-central-1.on.aws",
      domainPrefix: "abc",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "GitHub-Hookshot/test" },
      requestId: "request",
      routeKey: "$default",
      stage: "$default",
      time: "05/Jan/2026:09:00:00 +0000",
      timeEpoch: 1_767_603_600_000,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
}

/** What Lambda does between HTTP and a function: an address that calls it. Ends with the test. */
export async function givenFunctionUrl(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const body = (await buffer(request)).toString("utf8");
      const event = urlEvent({ method: request.method ?? "", path: request.url ?? "", headers, body });
      const result = await handler(event);
      if (typeof result === "string") throw new Error("The function answers objects");
      response.writeHead(result.statusCode ?? 200, result.headers as Record<string, string>).end(result.body);
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

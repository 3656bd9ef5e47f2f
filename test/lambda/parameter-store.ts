import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { SSMClient } from "@aws-sdk/client-ssm";
import { onTestFinished } from "vitest";

/** A Parameter Store that knows these, and what was asked of it. */
export async function givenParameters(parameters: Readonly<Record<string, string>>) {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as { readonly Names: readonly string[] };
      asked.push(body);
      const known = body.Names.filter((name) => name in parameters);
      const Parameters = known.map((Name) => ({ Name, Value: parameters[Name] }));
      const InvalidParameters = body.Names.filter((name) => !(name in parameters));
      const status = request.headers["x-amz-target"] === "AmazonSSM.GetParameters" ? 200 : 400;
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ Parameters, InvalidParameters }));
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const ssm = new SSMClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => {
    ssm.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { ssm, endpoint, asked };
}

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { SSMClient } from "@aws-sdk/client-ssm";
import { onTestFinished } from "vitest";

interface Asked {
  readonly Names?: readonly string[];
  readonly Path?: string;
  readonly NextToken?: string;
}

/** How many parameters below a path are answered at once, as at AWS. */
const PAGE = 10;

/** A Parameter Store that knows these, and what was asked of it. */
export async function givenParameters(parameters: Readonly<Record<string, string>>) {
  const asked: Asked[] = [];
  const withValues = (names: readonly string[]) => names.map((Name) => ({ Name, Value: parameters[Name] }));
  const answers: Readonly<Record<string, (asked: Asked) => object>> = {
    "AmazonSSM.GetParameters": ({ Names = [] }) => ({
      Parameters: withValues(Names.filter((name) => name in parameters)),
      InvalidParameters: Names.filter((name) => !(name in parameters)),
    }),
    "AmazonSSM.GetParametersByPath": ({ Path, NextToken = "0" }) => {
      const names = Object.keys(parameters).filter((name) => name.startsWith(`${Path}/`));
      const end = Number(NextToken) + PAGE;
      return {
        Parameters: withValues(names.slice(Number(NextToken), end)),
        ...(end < names.length ? { NextToken: String(end) } : {}),
      };
    },
  };
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as Asked;
      asked.push(body);
      const answer = answers[String(request.headers["x-amz-target"])];
      response.writeHead(answer ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer?.(body) ?? {}));
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

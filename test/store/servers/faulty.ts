import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What happens to a request: it is answered so, or carried out and its answer lost; or it goes through, and the next one does not. */
export type Fault = { readonly status: number; readonly body: object } | "lost" | "through";

export interface Asked {
  /** The operation: `TransactWriteItems`. */
  readonly operation: string;
  readonly body: { readonly [name: string]: unknown };
}

/** DynamoDB behind a line that can be made to fail. */
export interface Faulty {
  readonly endpoint: string;
  /** Every request so far. */
  readonly asked: readonly Asked[];
  /** The next ones of this operation go wrong, one fault each; those after them go through. */
  fail(operation: string, ...faults: Fault[]): void;
  /** From now on, every request goes through. */
  heal(): void;
  stop(): Promise<void>;
}

export async function givenFaulty(behind: string): Promise<Faulty> {
  const asked: Asked[] = [];
  const faults = new Map<string, Fault[]>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers["x-amz-target"]).replace(/^.*\./, "");
    const sent = await text(request);
    asked.push({ operation, body: JSON.parse(sent) as Asked["body"] });
    const fault = faults.get(operation)?.shift();
    if (typeof fault === "object") {
      response
        .writeHead(fault.status, { "content-type": "application/x-amz-json-1.0" })
        .end(JSON.stringify(fault.body));
      return;
    }
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const through = await fetch(behind, { method: "POST", headers: headers as Record<string, string>, body: sent });
    const body = await through.text();
    if (fault === "lost") response.destroy();
    else response.writeHead(through.status, { "content-type": "application/x-amz-json-1.0" }).end(body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fail: (operation, ...next) => faults.set(operation, [...(faults.get(operation) ?? []), ...next]),
    heal: () => faults.clear(),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

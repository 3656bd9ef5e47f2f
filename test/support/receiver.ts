import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver does with one request: answer, keep it waiting until it is released, stop halfway through, or hang up. */
export type Scripted =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | "hold"
  | "stall"
  | "hang up";

/** A small server on the loopback that keeps what it gets. It ends with the test. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly Received[];
  /** What it does with the next requests, in turn. When it has done all of that, it answers 200. */
  script(...scripted: Scripted[]): void;
  /** Resolves when so many requests have arrived in all. */
  received(count: number): Promise<void>;
  /** Answers 200 to all that is kept waiting. */
  release(): void;
}

export async function givenReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  const script: Scripted[] = [];
  const held: ServerResponse[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      act(script.shift() ?? {}, response);
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
      waiting = waiting.filter(({ count }) => requests.length < count);
    });
  });
  const act = (scripted: Scripted, response: ServerResponse) => {
    if (scripted === "hold") held.push(response);
    else if (scripted === "stall") response.writeHead(200).write("half of an ans");
    else if (scripted === "hang up") response.destroy();
    else response.writeHead(scripted.status ?? 200, scripted.headers).end(scripted.body ?? "ok");
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, requests },
    script: (...scripted) => void script.push(...scripted),
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    release() {
      for (const response of held.splice(0)) response.end("ok");
    },
  };
}

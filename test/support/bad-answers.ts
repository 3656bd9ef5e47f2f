import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a server does with one request. */
export type Answer = (response: ServerResponse) => void;

/** A server on the loopback that answers as GitHub would not. It ends with the test. */
export interface BadServer {
  readonly url: string;
  readonly requests: readonly { readonly route: string; readonly headers: IncomingHttpHeaders }[];
  /** The answers to a route, in turn; the last one stays. */
  answer(route: RegExp, ...answers: readonly Answer[]): void;
}

export async function givenBadServer(): Promise<BadServer> {
  const requests: { readonly route: string; readonly headers: IncomingHttpHeaders }[] = [];
  const scripts: { readonly route: RegExp; readonly answers: Answer[] }[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    const route = `${method} ${url}`;
    requests.push({ route, headers });
    const script = scripts.findLast((one) => one.route.test(route));
    const [next] = (script && script.answers.length > 1 ? script.answers.splice(0, 1) : script?.answers) ?? [];
    (next ?? json({ message: "Not Found" }, 404))(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, requests },
    answer: (route, ...answers) => void scripts.push({ route, answers: [...answers] }),
  };
}

const JSON_TYPE = "application/json; charset=utf-8";

export function json(value: unknown, status = 200): Answer {
  const body = JSON.stringify(value);
  return (response) =>
    void response.writeHead(status, { "content-type": JSON_TYPE, "content-length": Buffer.byteLength(body) }).end(body);
}

export function page(status = 200): Answer {
  return (response) =>
    void response.writeHead(status, { "content-type": "text/html" }).end("<html><h1>Sign in</h1></html>");
}

export function text(body: string, status = 200): Answer {
  return (response) => void response.writeHead(status, { "content-type": JSON_TYPE }).end(body);
}

/** Says how long it is, sends half of it, and hangs up. */
export function cutShort(value: unknown): Answer {
  return (response) => {
    const body = JSON.stringify(value);
    response.writeHead(200, { "content-type": JSON_TYPE, "content-length": Buffer.byteLength(body) });
    response.write(body.slice(0, body.length / 2), () => response.destroy());
  };
}

/** Sends half of it in chunks, and hangs up. */
export function cutInChunks(value: unknown): Answer {
  return (response) => {
    const body = JSON.stringify(value);
    response.writeHead(200, { "content-type": JSON_TYPE });
    response.write(body.slice(0, body.length / 2), () => response.destroy());
  };
}

/** Sends half of it, says nothing of its length, and ends as if that were all. */
export function cutQuietly(value: unknown): Answer {
  return (response) => {
    const body = JSON.stringify(value);
    response.removeHeader("transfer-encoding");
    response.writeHead(200, { "content-type": JSON_TYPE, connection: "close" });
    response.end(body.slice(0, body.length / 2));
  };
}

export function hangUp(): Answer {
  return (response) => void response.destroy();
}

/** Sends a space every few milliseconds, for ever. */
export function drip(): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": JSON_TYPE });
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => clearInterval(timer));
  };
}

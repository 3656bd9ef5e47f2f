import { serve } from "@hono/node-server";

/** Where to listen; the loopback interface and a free port when not said. */
export interface ListenOptions {
  host?: string;
  port?: number;
}

/** A sandbox that answers over HTTP. */
export interface RunningServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves until closed. */
export function listen(
  fetch: (request: Request) => Promise<Response>,
  { host = "127.0.0.1", port = 0 }: ListenOptions = {},
): Promise<RunningServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, (address) => {
      const name = host.includes(":") ? `[${host}]` : host;
      resolve({ url: `http://${name}:${address.port}`, close });
    });
    server.once("error", reject);
    const close = (): Promise<void> =>
      new Promise((closed, failed) => {
        server.close((error) => (error === undefined ? closed() : failed(error)));
        // Octokit keeps connections open, and a server waits for them.
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
  });
}

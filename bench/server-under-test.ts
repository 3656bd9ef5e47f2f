import { createServer } from "node:http";
import { createNodeMiddleware, Probot } from "probot";
import { createLog } from "../src/server/log.js";
import { type RunningServer, startServer } from "../src/server/server.js";
import type { Places } from "./http-backends.js";
import type { ServerJob } from "./http-server.js";

/** Forked by the benchmark: runs one server and says where it listens; answers `idle` when all deliveries have been worked. */
let server: RunningServer | null = null;

process.on("SIGINT", () => process.exit(0));
process.on("message", (message: ServerJob | "idle") => {
  void answer(message).then((reply) => process.send?.(reply));
});

async function answer(message: ServerJob | "idle"): Promise<object> {
  if (message === "idle") {
    await server?.idle();
    return { idle: true };
  }
  const { places } = message;
  return { url: places ? await startLoopForge(message, places) : await startProbot(message) };
}

async function startLoopForge({ githubUrl, privateKey, webhookSecret }: ServerJob, places: Places): Promise<string> {
  server = await startServer({
    config: {
      ...{
        appId: 1,
        privateKey,
        webhookSecret,
        previousWebhookSecret: null,
        githubUrl,
        queueLabel: "queued",
        organizationConfig: [],
      },
      ...{ host: "127.0.0.1", port: 0, logLevel: "warn", inboxLimit: 100_000 },
      ...places,
    },
    log: createLog("warn"),
    throttle: false,
  });
  return server.webhookUrl;
}

async function startProbot({ privateKey, webhookSecret, githubUrl }: ServerJob): Promise<string> {
  const probot = new Probot({
    appId: 1,
    privateKey,
    secret: webhookSecret,
    baseUrl: githubUrl,
    log: createLog("warn"),
  });
  const middleware = await createNodeMiddleware((app) => app.on("pull_request.opened", () => {}), { probot });
  const http = createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/api/github/webhooks`;
}

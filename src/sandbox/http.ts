import { Hono, type MiddlewareHandler } from "hono";
import type { Auth } from "./auth.js";
import { GitHubError, notFound } from "./errors.js";
import { graphqlRoute } from "./graphql/route.js";
import type { App } from "./model/account.js";
import type { World } from "./model/world.js";
import type { SandboxOptions } from "./options.js";
import { RateLimit } from "./rate-limit.js";
import type { RecordedError } from "./recorded-error.js";
import { Api, ok, respond } from "./rest/api.js";
import { appRoutes } from "./rest/apps.js";
import { checkRoutes } from "./rest/checks.js";
import { commentRoutes } from "./rest/comments.js";
import { commitRoutes } from "./rest/commits.js";
import { hookConfigRoutes } from "./rest/hook-config.js";
import { hookDeliveryRoutes } from "./rest/hook-deliveries.js";
import { issueRoutes } from "./rest/issues.js";
import { pullRoutes } from "./rest/pulls.js";
import { repositoryRoutes } from "./rest/repositories.js";
import { spoiltAnswers } from "./spoilt-answers.js";

/** What the HTTP side is made from. */
export interface HttpOptions {
  world: World;
  app: App;
  auth: Auth;
  errors: RecordedError[];
  /** Asked before every request. */
  faults: () => MiddlewareHandler | null;
  options: SandboxOptions;
}

/** GitHub's API over a sandbox's state. */
export function createHttpApp(options: HttpOptions): { fetch: (request: Request) => Promise<Response> } {
  const { world, errors } = options;
  const hono = new Hono({ getPath: pathBelowBase });
  const limit = new RateLimit(world.clock);
  let requests = 0;

  hono.use(async (context, next) => {
    await next();
    requests += 1;
    const { headers } = context.res;
    headers.set("date", world.clock().toUTCString());
    headers.set("server", "github.com");
    headers.set("x-github-media-type", "github.v3; format=json");
    headers.set("x-github-request-id", `SAND:${requests.toString(16).toUpperCase().padStart(8, "0")}`);
    for (const [name, value] of limit.headers(context.req.path)) headers.set(name, value);
  });
  hono.use(async (context, next) => {
    const faults = options.faults();
    return faults === null ? next() : faults(context, next);
  });
  hono.use(spoiltAnswers(options.options));

  const api = new Api({ hono, world, app: options.app, auth: options.auth });
  appRoutes(api);
  hookConfigRoutes(api);
  hookDeliveryRoutes(api);
  repositoryRoutes(api);
  commentRoutes(api, options.options);
  issueRoutes(api);
  pullRoutes(api);
  commitRoutes(api);
  checkRoutes(api);
  graphqlRoute(api, errors, options.options);
  api.anyRoute("GET", "/rate_limit", () => ok(limit.data()));

  hono.notFound((context) => {
    const { method, path } = context.req;
    errors.push({ kind: "route", method, path, message: `The sandbox has no route ${method} ${path}` });
    return respond({ status: 404, body: notFound().body() });
  });
  hono.onError((error, context) => {
    if (error instanceof GitHubError) return respond({ status: error.status, body: error.body() });
    const { method, path } = context.req;
    errors.push({ kind: "sandbox", method, path, message: error.stack ?? error.message });
    return respond({ status: 500, body: { message: "Server Error" } });
  });
  return { fetch: async (request) => hono.fetch(request) };
}

/** Enterprise servers have the API below `/api/v3` and GraphQL at `/api/graphql`; both layouts are one here. */
function pathBelowBase(request: Request): string {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/graphql") return "/graphql";
  return pathname.startsWith("/api/v3/") ? pathname.slice("/api/v3".length) : pathname;
}

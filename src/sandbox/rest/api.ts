import type { RestEndpointMethodTypes } from "@octokit/rest";
import type { Context, Hono } from "hono";
import { type ZodType, z } from "zod";
import type { Auth, Caller, TokenGrant } from "../auth.js";
import { GitHubError, notFound } from "../errors.js";
import type { App, User } from "../model/account.js";
import type { Repository } from "../model/repository.js";
import type { World } from "../model/world.js";

/** What an Octokit user gets from a method: `Data<"checks", "create">`. */
export type Data<
  Scope extends keyof RestEndpointMethodTypes,
  Method extends keyof RestEndpointMethodTypes[Scope],
> = RestEndpointMethodTypes[Scope][Method] extends { response: { data: infer Body } } ? Body : never;

/** An answer before it is written. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request whose caller is known. */
export interface ApiRequest {
  /** A part of the path. */
  param(name: string): string;
  /** A part of the path that is a number; anything else is not found. */
  id(name: string): number;
  query(name: string): string | undefined;
  /** The JSON body, checked. */
  body<T>(schema: ZodType<T>): Promise<T>;
  /** The address that was asked for, whole. */
  readonly url: string;
  /** The Accept header. */
  readonly accept: string;
}

/** A request with an installation token; its writes are the App's bot's. */
export interface InstallationRequest extends ApiRequest {
  readonly grant: TokenGrant;
  readonly by: User;
}

/** A request about one repository. */
export interface RepositoryRequest extends InstallationRequest {
  readonly repository: Repository;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Handle<R> = (request: R) => Answer | Promise<Answer>;

/** Adds routes, each with the kind of caller that it demands. */
export class Api {
  readonly world: World;
  readonly app: App;
  readonly auth: Auth;
  readonly #hono: Hono;

  constructor(options: { hono: Hono; world: World; app: App; auth: Auth }) {
    this.#hono = options.hono;
    this.world = options.world;
    this.app = options.app;
    this.auth = options.auth;
  }

  /** A route for the App itself, by its JSON web token. */
  appRoute(method: Method, path: string, handle: Handle<ApiRequest>): void {
    this.#add(method, path, (request, caller) => {
      if (caller.kind !== "app") throw new GitHubError(401, "A JSON web token could not be decoded");
      return handle(request);
    });
  }

  /** A route that any known caller may ask. */
  anyRoute(method: Method, path: string, handle: Handle<ApiRequest>): void {
    this.#add(method, path, handle);
  }

  /** A route for an installation, by its token. */
  route(method: Method, path: string, handle: Handle<InstallationRequest>): void {
    this.#add(method, path, (request, caller) => {
      if (caller.kind !== "installation") throw new GitHubError(403, "Resource not accessible by integration");
      return handle({ ...request, grant: caller.grant, by: this.app.bot });
    });
  }

  /** A route below `/repos/:owner/:repo`, for an installation that holds the repository. */
  repositoryRoute(method: Method, path: string, handle: Handle<RepositoryRequest>): void {
    this.route(method, `/repos/:owner/:repo${path}`, (request) => {
      const found = this.world.repositories.get(`${request.param("owner")}/${request.param("repo")}`.toLowerCase());
      return handle({ ...request, repository: accessible(found, request.grant, method) });
    });
  }

  #add(method: Method, path: string, handle: (request: ApiRequest, caller: Caller) => Answer | Promise<Answer>): void {
    this.#hono.on(method, path, async (context) => {
      const caller = this.auth.identify(context.req.header("authorization"));
      return respond(await handle(apiRequest(context), caller));
    });
  }
}

/** The repository if the token opens it: a public one may be read by all, the rest is not found. */
export function accessible(found: Repository | undefined, grant: TokenGrant, method = "GET"): Repository {
  if (found === undefined) throw notFound();
  const open = found.installation === grant.installation && (grant.repositoryIds?.has(found.id) ?? true);
  if (open || (method === "GET" && !found.private)) return found;
  if (found.private) throw notFound();
  throw new GitHubError(403, "Resource not accessible by integration");
}

/** 200. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** 201. */
export function created(body: unknown): Answer {
  return { status: 201, body };
}

/** 204. */
export function noContent(): Answer {
  return { status: 204, body: null };
}

/** Writes an answer: text as it is, everything else as JSON. */
export function respond({ status, body, headers }: Answer): Response {
  if (status === 204) return new Response(null, { status });
  const raw = typeof body === "string";
  const type = raw ? "application/vnd.github.raw+json; charset=utf-8" : "application/json; charset=utf-8";
  return new Response(raw ? body : JSON.stringify(body), { status, headers: { "content-type": type, ...headers } });
}

function apiRequest(context: Context): ApiRequest {
  const param = (name: string): string => context.req.param(name) ?? "";
  return {
    url: context.req.url,
    accept: context.req.header("accept") ?? "",
    param,
    query: (name) => context.req.query(name),
    id: (name) => {
      const value = param(name);
      if (!/^\d+$/.test(value)) throw notFound();
      return Number(value);
    },
    body: async (schema) => {
      const text = await context.req.text();
      const result = schema.safeParse(text === "" ? {} : parseJson(text));
      if (!result.success) throw new GitHubError(422, `Invalid request.\n\n${z.prettifyError(result.error)}`);
      return result.data;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GitHubError(400, "Problems parsing JSON");
  }
}

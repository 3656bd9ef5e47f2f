import type { Sandbox } from "../../src/sandbox/index.js";
import { OPENAPI, type Operation, type Schema, type Validate, Validators } from "./schemas.js";

/** What was asked of a sandbox, held against GitHub's description while it goes on. */
export interface Exchanges {
  /** What is wrong with requests and answers, each once. */
  readonly problems: ReadonlySet<string>;
  /** The operations that were called, by GitHub's ids, and the statuses that came back. */
  readonly operations: ReadonlyMap<string, ReadonlySet<number>>;
  /** The texts of the GraphQL queries that were asked. */
  readonly queries: ReadonlySet<string>;
}

/** Holds every request to a sandbox, and every answer of it, against GitHub's description from now on. */
export function inspectExchanges(sandbox: Sandbox, into = newExchanges()): Exchanges {
  const { fetch } = sandbox;
  sandbox.fetch = async (request) => {
    const body = await request.clone().text();
    const answer = await fetch(request);
    await inspect(request, body, answer.clone(), into);
    return answer;
  };
  return into;
}

export function newExchanges() {
  return {
    problems: new Set<string>(),
    operations: new Map<string, Set<number>>(),
    queries: new Set<string>(),
  };
}

async function inspect(
  { method, url, headers }: Request,
  body: string,
  answer: Response,
  { problems, operations, queries }: ReturnType<typeof newExchanges>,
): Promise<void> {
  const { pathname: path, searchParams } = new URL(url);
  const pathname = path.replace(SERVER_BASE, "");
  if (pathname === "/graphql") {
    queries.add((JSON.parse(body) as { readonly query: string }).query);
    return;
  }
  const found = operationAt(method, pathname);
  if (found === null) {
    problems.add(`${method} ${pathname} is no operation of fixtures/github/used.ts`);
    return;
  }
  const { id, parameters } = found;
  const statuses = operations.get(id) ?? new Set();
  operations.set(id, statuses.add(answer.status));
  const text = await answer.text();
  const wrong = [
    ...parametersOf(id)({ path: parameters, query: Object.fromEntries(searchParams) }).map(
      (one) => `parameters ${one}`,
    ),
    ...bodyProblems(id, body),
    ...answerProblems(id, answer.status, headers.get("accept") ?? "", text),
  ];
  for (const one of wrong) problems.add(`${id}: ${one}`);
}

/** Where an Enterprise Server has its API. */
const SERVER_BASE = /^\/api(\/v3)?(?=\/)/;

const VALIDATORS = new Validators(OPENAPI);
const OF_ADDRESSES = new Validators(OPENAPI, { coerces: true });

/** Parameters of these names may have slashes in them. */
const DEEP = new Set(["path", "ref"]);

const ROUTES = Object.entries(OPENAPI.operations).map(([id, { method, path }]) => {
  const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${DEEP.has(name) ? ".+" : "[^/]+"})`);
  return { id, method, pattern: new RegExp(`^${pattern}$`) };
});

export function operationAt(method: string, pathname: string) {
  for (const { id, method: of, pattern } of ROUTES) {
    const match = of === method ? pattern.exec(pathname) : null;
    if (match) return { id, parameters: { ...match.groups } };
  }
  return null;
}

function operationOf(id: string): Operation {
  const operation = OPENAPI.operations[id];
  if (operation === undefined) throw new Error(`No operation ${id}`);
  return operation;
}

const parameterSchemas = new Map<string, Schema>();

/** Validates the parameters of an operation, of which none may be unknown to GitHub. */
function parametersOf(id: string): Validate {
  const known = parameterSchemas.get(id) ?? parameterSchema(operationOf(id));
  parameterSchemas.set(id, known);
  return OF_ADDRESSES.of(known);
}

function parameterSchema({ parameters }: Operation): Schema {
  const part = (where: "path" | "query"): Schema => {
    const all = parameters.filter((one) => one.in === where);
    return {
      type: "object",
      properties: Object.fromEntries(all.map(({ name, schema }) => [name, schema])),
      required: all.filter(({ required }) => required).map(({ name }) => name),
      additionalProperties: false,
    };
  };
  return { type: "object", properties: { path: part("path"), query: part("query") } };
}

/** GitHub ignores what it does not know in a body, so that a name with a slip of the pen would never be seen. */
function bodyProblems(id: string, text: string): readonly string[] {
  const { body: schema } = operationOf(id);
  if (text === "") return [];
  if (schema === null) return ["body where GitHub wants none"];
  const body = JSON.parse(text) as object;
  const unknown = Object.keys(body).filter((name) => !(name in (schema.properties ?? {})));
  return [
    ...unknown.map((name) => `body has ${name}, which GitHub does not know`),
    ...VALIDATORS.of(schema)(body).map((one) => `body ${one}`),
  ];
}

const REFUSAL: Schema = { $ref: "#/$defs/basic-error" };

/** The schema of an answer for whoever accepts that: Octokit asks for an object as `application/vnd.github.v3.object`. */
export function acceptedIn(byType: { readonly [mediaType: string]: Schema }, accept: string): Schema | undefined {
  const asObject = /\bobject\b/.test(accept) ? byType["application/vnd.github.object"] : undefined;
  return asObject ?? byType["application/json"];
}

function answerProblems(id: string, status: number, accept: string, text: string): readonly string[] {
  const known = operationOf(id).answers[status];
  // Not every description lists every refusal.
  if (known === undefined && status < 400) return [`GitHub never answers ${status}`];
  const schema = known && acceptedIn(known, accept);
  const expected = schema ?? (status >= 400 ? REFUSAL : undefined);
  if (expected === undefined) return text === "" ? [] : [`${status} has a body`];
  return VALIDATORS.of(expected)(JSON.parse(text)).map((one) => `${status} ${one}`);
}

import {
  execute,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
} from "graphql";
import type { Fetch } from "../../src/github/client/checked-fetch.js";
import type { Random } from "../support/proof-random.js";
import { acceptedIn, operationAt } from "./exchanges.js";
import { Generator, textOf } from "./generate.js";
import { GRAPHQL, OPENAPI } from "./schemas.js";

/** A GitHub that answers every request with whatever its descriptions allow: pages of one page, and nothing refused. */
export function answeringAnything(random: Random): Fetch {
  const generator = new Generator(OPENAPI, random);
  return async (url, { method = "GET", headers = {}, body }) => {
    const { pathname } = new URL(url);
    if (pathname === "/graphql") {
      const { query, variables } = JSON.parse(String(body)) as {
        query: string;
        variables: { [name: string]: unknown };
      };
      return answer(url, 200, await anyData(query, variables, random));
    }
    const found = operationAt(method, pathname);
    const accept = Object.entries(headers).find(([name]) => name.toLowerCase() === "accept")?.[1] ?? "";
    const given = found && answerOf(found.id, accept);
    if (!given) throw new Error(`${method} ${pathname} is no operation of fixtures/github/used.ts`);
    return answer(url, given.status, given.schema === undefined ? undefined : generator.of(given.schema));
  };
}

/** The status of success and the schema of an operation's answer. */
export function answerOf(id: string, accept = "") {
  const answers = Object.entries(OPENAPI.operations[id]?.answers ?? {});
  const [status, byType] = answers.find(([one]) => one.startsWith("2")) ?? [];
  if (status === undefined || byType === undefined) return null;
  const schema = acceptedIn(byType, accept);
  // The description of an App may be null, for the checks of one that is gone: not so the answer to GET /app.
  return { status: Number(status), schema: schema && { allOf: [schema, { type: ["array", "object"] }] } };
}

function answer(url: string, status: number, data: unknown): Response {
  const response = data === undefined ? new Response(null, { status }) : Response.json(data, { status });
  // An answer that came over no network does not know its address.
  return Object.defineProperty(response, "url", { value: url });
}

/** What GitHub's GraphQL may answer to a query: whatever may be null is null now and then. */
async function anyData(
  query: string,
  variableValues: { readonly [name: string]: unknown },
  random: Random,
): Promise<object> {
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_source, _args, _context, { returnType, fieldName }) =>
    anyOf(returnType, fieldName, random);
  const typeResolver: GraphQLTypeResolver<unknown, unknown> = (_value, _context, { schema }, type) => {
    const types = schema.getPossibleTypes(type);
    return types[random.upTo(types.length) - 1]?.name;
  };
  const { data, errors } = await execute({
    schema: GRAPHQL,
    document: parse(query),
    variableValues,
    fieldResolver,
    typeResolver,
  });
  if (errors !== undefined) throw new Error(`A query cannot be answered: ${String(errors[0])}`);
  return { data };
}

function anyOf(type: GraphQLOutputType, name: string, random: Random): unknown {
  if (!isNonNullType(type) && random.next() < 0.3) return null;
  const inner = getNullableType(type);
  if (isListType(inner)) return Array.from({ length: random.upTo(4) - 1 }, () => anyOf(inner.ofType, name, random));
  if (isEnumType(inner)) return inner.getValues()[random.upTo(inner.getValues().length) - 1]?.value;
  // An object's fields are asked for one by one.
  if (!isLeafType(inner)) return {};
  switch (inner.name) {
    case "Int":
    case "Float":
      return random.upTo(9999);
    case "Boolean":
      return random.next() < 0.5;
    case "DateTime":
      return textOf(name, "date-time", random);
    case "URI":
      return textOf(name, "uri", random);
    default:
      return textOf(name === "oid" ? "sha" : name === "nameWithOwner" ? "full_name" : name, undefined, random);
  }
}

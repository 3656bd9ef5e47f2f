import { type DocumentNode, execute, GraphQLError, parse, validate } from "graphql";
import { z } from "zod";
import { GitHubError } from "../errors.js";
import type { SandboxOptions } from "../options.js";
import type { RecordedError } from "../recorded-error.js";
import { type Api, accessible, ok } from "../rest/api.js";
import { actorNode, repositoryNode, unresolved } from "./nodes.js";
import { schema } from "./schema.js";

const REQUEST = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

// Apps send a handful of texts over and over.
const DOCUMENTS_KEPT = 100;

/** GraphQL at `/graphql`; every error in an answer is recorded too. */
export function graphqlRoute(
  api: Api,
  errors: RecordedError[],
  { graphqlDown = false, graphqlPartial = false }: Pick<SandboxOptions, "graphqlDown" | "graphqlPartial">,
): void {
  const { world, app } = api;
  const documents = new Map<string, Prepared>();

  api.route("POST", "/graphql", async (request) => {
    if (graphqlDown) throw new GitHubError(502, "Bad Gateway");
    const { query, variables, operationName } = await request.body(REQUEST);
    const prepared = documents.get(query) ?? prepare(query);
    if (documents.size < DOCUMENTS_KEPT) documents.set(query, prepared);
    if ("errors" in prepared) {
      record(errors, prepared.errors);
      return ok({ errors: prepared.errors.map(validationError) });
    }
    const root = {
      repository: ({ owner, name }: { owner: string; name: string }) => {
        const found = world.repositories.get(`${owner}/${name}`.toLowerCase());
        try {
          return repositoryNode(accessible(found, request.grant));
        } catch (error) {
          if (!(error instanceof GitHubError)) throw error;
          throw unresolved(`Could not resolve to a Repository with the name '${owner}/${name}'.`);
        }
      },
      rateLimit: { limit: 5000, cost: 1, remaining: 4999, used: 1, resetAt: world.now(), nodeCount: 0 },
      viewer: () => ({ ...actorNode(world, app.bot), login: app.bot.login, __typename: "User" }),
    };
    const result = await execute({
      schema,
      document: prepared.document,
      rootValue: root,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    });
    record(errors, result.errors ?? []);
    if (graphqlPartial) return ok(partly(result.data ?? {}));
    return ok({
      data: result.data,
      ...(result.errors === undefined ? {} : { errors: result.errors.map(executionError) }),
    });
  });
}

/** @see https://github.blog/changelog/2025-09-01-graphql-api-resource-limits/ */
function partly(data: Readonly<Record<string, unknown>>): object {
  const fields = Object.keys(data);
  const message = "Resource limits for this query exceeded.";
  return {
    data: Object.fromEntries(fields.map((field) => [field, null])),
    errors: fields.map((field) => ({ type: "RESOURCE_LIMITS_EXCEEDED", path: [field], message })),
  };
}

type Prepared = { document: DocumentNode } | { errors: readonly GraphQLError[] };

function prepare(query: string): Prepared {
  try {
    const document = parse(query);
    const errors = validate(schema, document);
    return errors.length > 0 ? { errors } : { document };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

function record(errors: RecordedError[], found: readonly GraphQLError[]): void {
  for (const { message } of found) errors.push({ kind: "graphql", method: "POST", path: "/graphql", message });
}

function executionError(error: GraphQLError) {
  const { type } = error.extensions;
  return {
    ...(typeof type === "string" ? { type } : {}),
    path: error.path,
    locations: error.locations,
    message: error.message,
  };
}

/** GitHub words the commonest mistake in its own way. */
function validationError(error: GraphQLError) {
  const [, fieldName, typeName] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message) ?? [];
  if (fieldName === undefined) return { locations: error.locations, message: error.message };
  return {
    path: ["query", fieldName],
    extensions: { code: "undefinedField", typeName, fieldName },
    locations: error.locations,
    message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
  };
}

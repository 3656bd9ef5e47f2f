import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLType,
  isEnumType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
} from "graphql";
import { describe, expect, test } from "vitest";
import { schema } from "../../src/sandbox/graphql/schema.js";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { givenSandbox } from "../sandbox/given.js";
import { everyAction } from "../sandbox/scenario.js";
import { givenPlayed } from "../support/in-process.js";
import { payloadProblems } from "./payloads.js";
import { GRAPHQL } from "./schemas.js";

describe("given the sandbox's webhooks", () => {
  test("when it goes through every action, then each payload is as GitHub describes it", () => {
    const sandbox = givenSandbox();
    everyAction(sandbox);
    expect(sandbox.deliveries.flatMap(payloadProblems)).toEqual([]);
  });

  test.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    "when the scenario %s is played, then each payload is as GitHub describes it",
    async (_, scenario) => {
      const { deliveries } = await givenPlayed(scenario);
      expect(deliveries.length).toBeGreaterThan(0);
      expect(deliveries.flatMap(payloadProblems)).toEqual([]);
    },
  );
});

describe("given the sandbox's GraphQL schema", () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));

  test.each(types.map((type) => [type.name, type] as const))(
    "then GitHub has %s as well, and it is the same",
    (_, type) => {
      expect(differences(type)).toEqual([]);
    },
  );
});

/** How a type differs from GitHub's of that name, as far as the sandbox has it. */
function differences(own: GraphQLNamedType): readonly string[] {
  const theirs = GRAPHQL.getType(own.name);
  if (theirs === undefined) return ["GitHub has no such type"];
  if (isEnumType(own) && isEnumType(theirs))
    return own
      .getValues()
      .map(({ name }) => name)
      .filter((name) => !theirs.getValue(name));
  if (isUnionType(own) && isUnionType(theirs)) {
    return own
      .getTypes()
      .map(({ name }) => name)
      .filter((name) => !theirs.getTypes().some((one) => one.name === name));
  }
  const hasFields = (type: GraphQLNamedType) => isObjectType(type) || isInterfaceType(type);
  if (!hasFields(own) || !hasFields(theirs))
    return own.constructor === theirs.constructor ? [] : [`it is a ${theirs.constructor.name}`];
  return Object.values(own.getFields()).flatMap((field) => fieldDifferences(field, theirs.getFields()[field.name]));
}

function fieldDifferences(own: Field, theirs: Field | undefined): readonly string[] {
  if (theirs === undefined) return [`GitHub has no field ${own.name}`];
  const args = own.args.flatMap((arg) => {
    const known = theirs.args.find(({ name }) => name === arg.name);
    const isSame = known !== undefined && isSameType(known.type, arg.type) && known.defaultValue === arg.defaultValue;
    return isSame ? [] : [`${own.name}(${arg.name}: ${String(arg.type)}) is not GitHub's`];
  });
  const isSame = isSameType(own.type, theirs.type);
  return [
    ...args,
    ...(isSame ? [] : [`${own.name} is ${String(own.type)}, and GitHub's ${String(theirs.type)}`]),
    ...(theirs.deprecationReason ? [`${own.name} is deprecated: ${theirs.deprecationReason}`] : []),
  ];
}

type Field = GraphQLField<unknown, unknown>;

function isSameType(one: GraphQLType, other: GraphQLType): boolean {
  return String(one) === String(other);
}

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: { readonly [name: string]: unknown };
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** What would be deployed. */
export interface Packaged {
  /** The template as text. */
  readonly text: string;
  readonly resources: Readonly<Record<string, Resource>>;
}

/** Packages serverless.yml as `.ci/serverless` does it, which takes some seconds. */
export async function givenPackaged(): Promise<Packaged> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-package-"));
  try {
    await promisify(execFile)(".ci/serverless", [folder], { timeout: 100_000 });
    const text = await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8");
    const { Resources } = JSON.parse(text) as { readonly Resources: Record<string, Resource> };
    return { text, resources: Resources };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Logical name and properties of all resources of a type. */
export function allOf({ resources }: Packaged, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

/** What a role may do: a line for each action and resource, `dynamodb:GetItem LinksTable`. */
export function rights({ resources }: Packaged, role: string): readonly string[] {
  const policies = resources[role]?.Properties.Policies as readonly {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  }[];
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) => {
      const targets = [Resource].flat().map(nameOf);
      return [Action].flat().flatMap((action) => targets.map((target) => `${action} ${target}`));
    });
}

function nameOf(resource: unknown): string {
  const {
    "Fn::GetAtt": attribute,
    "Fn::Sub": text,
    "Fn::Join": join,
  } = resource as {
    "Fn::GetAtt"?: readonly string[];
    "Fn::Sub"?: string;
    "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  if (attribute) return attribute[0] ?? "";
  if (text) return text.replace(/^.*:parameter/, "");
  if (join) return join[1].map((part) => (typeof part === "string" ? part : nameOf(part))).join("");
  return JSON.stringify(resource);
}

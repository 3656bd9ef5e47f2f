import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** One payload that somebody got from GitHub. */
export interface Example {
  readonly event: string;
  readonly action: string | null;
  readonly payload: object;
}

/** The folders of @octokit/webhooks-examples: github.com, and the Enterprise Servers that differ from it. */
export const EXAMPLE_SOURCES = ["api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"] as const;

type Source = (typeof EXAMPLE_SOURCES)[number];

/** Every example of a source, in its order. */
export function examplesOf(source: Source): readonly Example[] {
  const definitions: readonly { name: string; examples: readonly { action?: string }[] }[] = require(
    `@octokit/webhooks-examples/${source}/index.json`,
  );
  return definitions.flatMap(({ name, examples }) =>
    examples.map((payload) => ({ event: name, action: payload.action ?? null, payload })),
  );
}

/** The first example of an event and action, such as `issues.opened`, for which `fits` holds. */
export function exampleOf(name: string, fits: (payload: object) => boolean = () => true): object {
  const found = examplesOf("api.github.com").find(
    ({ event, action, payload }) => `${event}.${action}` === name && fits(payload),
  );
  if (!found) throw new Error(`@octokit/webhooks-examples has no such ${name}`);
  return found.payload;
}

/** The same as an App gets it: with the installation that it is for. */
export function deliveredExample(name: string): object {
  return { ...exampleOf(name), installation: { id: 1 } };
}

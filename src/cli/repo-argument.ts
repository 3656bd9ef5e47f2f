import { InvalidArgumentError } from "commander";

/** `owner/name`, or the repository's address. */
export function repoArgument(text: string): string {
  const name = text.replace(/^https?:\/\/[^/]+\//, "").replace(/(?:\.git)?\/?$/, "");
  if (/^[\w.-]+\/[\w.-]+$/.test(name)) return name;
  throw new InvalidArgumentError("It must be owner/name, such as acme/shop.");
}

import { LoopForgeError } from "../core/index.js";

/**
 * Loads the packages that one backend needs and nobody else does; they are optional peers, installed by who uses them.
 * @param backend as a person calls it: `PostgreSQL`
 * @param packages what has to be installed, of which `load` imports some
 * @throws LoopForgeError `usage` when one of them is not installed, with the command that installs them
 */
export async function loadDriver<Driver>(
  backend: string,
  packages: readonly string[],
  load: () => Promise<Driver>,
): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    const missing = packages.find((name) => isMissing(error, name));
    if (missing === undefined) throw error;
    throw new LoopForgeError(
      "usage",
      `Cannot use LOOPFORGE_STORE: for ${backend} the package ${missing} is needed and not installed. Run: npm install ${packages.join(" ")}`,
      { cause: error },
    );
  }
}

/** Node says which package it did not find in its text only; one that the driver itself lacks is another matter. */
function isMissing(error: unknown, name: string): boolean {
  const isNotFound = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
  return isNotFound && error.message.includes(`'${name}'`);
}

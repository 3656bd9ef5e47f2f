/** Set where every backend has to be there, as in CI: one that is not fails its tests. */
const REQUIRED = "LOOPFORGE_REQUIRE_BACKENDS";

/**
 * What `connect` answers, or null when the server cannot be reached: its tests are then to be skipped (`describe.skipIf`), and this
 * prints plainly that they are, and why. Where LOOPFORGE_REQUIRE_BACKENDS is set it throws instead.
 * @param backend as a person calls it, with the variable that says where it is: `PostgreSQL (POSTGRES_URL)`
 */
export async function reach<Server>(backend: string, connect: () => Promise<Server>): Promise<Server | null> {
  try {
    return await connect();
  } catch (error) {
    const why = `${backend} cannot be reached: ${reasonOf(error)}`;
    if (process.env[REQUIRED])
      throw new Error(`${why}. ${REQUIRED} is set, so that this is a failure`, { cause: error });
    console.warn(`SKIPPED: ${why}`);
    return null;
  }
}

/** A connection tried at several addresses fails with one error that says nothing itself. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}

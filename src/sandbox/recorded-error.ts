/** A request that no real client of GitHub should make, or a failure of the sandbox itself. */
export interface RecordedError {
  readonly kind: "route" | "graphql" | "sandbox";
  readonly method: string;
  readonly path: string;
  readonly message: string;
}

const LIMIT = 5_000;
const WINDOW_SECONDS = 3_600;

/** Counts requests as GitHub does. The sandbox refuses nobody, so `remaining` stops at one. */
export class RateLimit {
  readonly #clock: () => Date;
  #used = 0;
  #reset = 0;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Counts one request, and gives the headers of its answer. */
  headers(path: string): [string, string][] {
    // GitHub does not charge for the question itself.
    if (path !== "/rate_limit") this.#count();
    const { limit, remaining, used, reset } = this.#core();
    return [
      ["x-ratelimit-limit", String(limit)],
      ["x-ratelimit-remaining", String(remaining)],
      ["x-ratelimit-used", String(used)],
      ["x-ratelimit-reset", String(reset)],
      ["x-ratelimit-resource", path === "/graphql" ? "graphql" : "core"],
    ];
  }

  /** The body of `GET /rate_limit`. */
  data() {
    const core = this.#core();
    return { resources: { core, graphql: core, search: core }, rate: core };
  }

  #count(): void {
    const now = Math.floor(this.#clock().getTime() / 1000);
    if (now >= this.#reset) {
      this.#used = 0;
      this.#reset = now + WINDOW_SECONDS;
    }
    this.#used = Math.min(LIMIT - 1, this.#used + 1);
  }

  #core() {
    return { limit: LIMIT, remaining: LIMIT - this.#used, used: this.#used, reset: this.#reset };
  }
}

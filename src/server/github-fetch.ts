import { Agent, interceptors, request } from "undici";
import type { Fetch } from "../github/client/checked-fetch.js";

/** Longer than GitHub takes for anything (it gives up after 10 seconds itself), shorter than a delivery may take. */
const TIMEOUTS = { connectTimeout: 10_000, headersTimeout: 20_000, bodyTimeout: 20_000 } as const;

/**
 * `fetch` as Octokit uses it, on a pool of connections of its own with time limits. The standard one has none, and costs a delivery
 * more than all of the rest. The clients check its answers: see `checkedFetch`.
 * @param onRateLimit told how many requests GitHub has left for whoever asked, with every answer that says so
 */
export function createGithubFetch(onRateLimit: (remaining: number) => void = () => {}): Fetch {
  // A repository that was renamed or moved answers with where it is now.
  const dispatcher = new Agent({ ...TIMEOUTS, connections: 32 }).compose(interceptors.redirect({ maxRedirections: 3 }));
  return async (url, { method = "GET", headers = {}, body, signal }) => {
    const answer = await request(url, {
      dispatcher,
      method: method as "GET",
      headers,
      ...(typeof body === "string" ? { body } : {}),
      ...(signal ? { signal } : {}),
    });
    const remaining = answer.headers["x-ratelimit-remaining"];
    if (remaining !== undefined) onRateLimit(Number(remaining));
    const fields = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(", ")] as const);
    return {
      url,
      status: answer.statusCode,
      headers: new Map(fields),
      arrayBuffer: () => answer.body.arrayBuffer(),
    };
  };
}

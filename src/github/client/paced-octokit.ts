import { ProbotOctokit } from "probot";
import { limitIn } from "./busy.js";
import { reliable } from "./reliable.js";
import type { Writes } from "./writes.js";

/** A request on its way, as Octokit's hooks see it. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly owner?: unknown;
  readonly query?: unknown;
}

/** What Probot's own client tries again by itself; a limit that is reached is not tried again before its time. */
const NOT_RETRIED = [400, 401, 403, 404, 410, 422, 429, 451];

/**
 * Probot's client with LoopForge's own care for GitHub's limits in place of the throttling plugin's. That one spaces the starts of
 * writes of one kind, so that a comment and a check run may still go out at once; counts every GraphQL query as a write, a second each;
 * and waits out an hour's limit within a delivery, which has a minute.
 */
export function pacedOctokit(writes: Writes): typeof ProbotOctokit {
  const plugin = (octokit: Pick<InstanceType<typeof ProbotOctokit>, "hook">, options: object): void => {
    octokit.hook.wrap("request", (request, asked) => {
      const lane = laneOf(options, asked as Asked);
      if (lane === null) return request(asked);
      const answered = async () => {
        const answer = await request(asked);
        const limit = limitIn(answer);
        if (limit) throw limit;
        return answer;
      };
      if (!isWrite(asked as Asked)) return writes.read(lane, answered);
      // Whether it was done before it failed is not known: whoever asked looks first, and does not repeat it blindly. Set on what the
      // other hooks see, for they do not see what is handed on.
      Object.assign(asked, { request: { ...asked.request, retries: 0 } });
      return writes.write(lane, answered);
    });
  };
  const Paced = ProbotOctokit.plugin(plugin, reliable).defaults((options: object) => ({
    ...options,
    throttle: { enabled: false },
    retry: { doNotRetry: NOT_RETRIED },
  }));
  return Paced as typeof ProbotOctokit;
}

/** The installation: by its id, or by the account whose repository it is about, which has one. Null for what the App asks as itself. */
function laneOf(options: object, { owner }: Asked): string | null {
  const auth: unknown = "auth" in options ? options.auth : null;
  const id: unknown =
    typeof auth === "object" && auth !== null && "installationId" in auth ? auth.installationId : null;
  if (typeof id === "number" || typeof id === "string") return String(id);
  return typeof owner === "string" ? owner.toLowerCase() : null;
}

/** A token is made by a POST, and changes nothing that anybody sees: it waits for no write. */
function isWrite({ method, url, query }: Asked): boolean {
  if (url.endsWith("/access_tokens")) return false;
  if (url.endsWith("/graphql")) return typeof query === "string" && /^\s*mutation\b/.test(query);
  return method !== "GET" && method !== "HEAD";
}

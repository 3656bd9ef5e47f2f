import type { Sandbox } from "../../src/sandbox/index.js";
import type { Reached } from "./faulty-store.js";
import type { GithubFault, GithubFaults } from "./options.js";

/** GitHub as one process reaches it: each request waits for its turn, and may be answered by something else. */
export function faultyGithub(sandbox: Sandbox, reached: Reached, faults: GithubFaults): typeof fetch {
  const { owner, turns } = reached;
  return (input, init) => {
    const request = new Request(input, init);
    return turns.take(owner, async () => {
      const response = await answer(sandbox, request, reached, faults);
      // An answer that came over no network does not know its address, which Octokit reads to find the next page.
      return Object.defineProperty(response, "url", { value: request.url });
    });
  };
}

async function answer(
  sandbox: Sandbox,
  request: Request,
  { luck }: Reached,
  { share, kinds, graphqlDown, graphqlPartial }: GithubFaults,
): Promise<Response> {
  const path = new URL(request.url).pathname;
  // Tokens are made with the machine's own clock: what is left to chance stays out of their way.
  if (path.startsWith("/app")) return sandbox.fetch(request);
  if (path.endsWith("/graphql")) {
    if (luck.strikes(graphqlDown))
      return json({ errors: [{ message: "Something went wrong while executing your query." }] });
    if (luck.strikes(graphqlPartial)) return partly(await sandbox.fetch(request));
  }
  const possible = kinds.filter((kind) => isPossible(kind, request.method, path));
  const [first, ...others] = possible;
  if (!first || !luck.strikes(share)) return sandbox.fetch(request);
  return failing(luck.oneOf([first, ...others]), () => sandbox.fetch(request), luck.oneOf([500, 502, 503]));
}

const REFUSALS: readonly GithubFault[] = ["refused", "hidden", "unprocessable"];

function isPossible(kind: GithubFault, method: string, path: string): boolean {
  // Of a file, GitHub says 404 where there is none, or hides the whole repository: that is another story.
  if (path.includes("/contents/")) return kind !== "hidden";
  // Whoever may write check runs may list them.
  return !(method === "GET" && path.endsWith("/check-runs") && REFUSALS.includes(kind));
}

async function failing(fault: GithubFault, ask: () => Promise<Response>, status: number): Promise<Response> {
  switch (fault) {
    case "refused":
      return json({ message: "Resource not accessible by integration" }, 403);
    case "hidden":
      return json({ message: "Not Found" }, 404);
    case "limited":
      return json({ message: "You have exceeded a secondary rate limit" }, 403, { "retry-after": "30" });
    case "unprocessable":
      return json({ message: "Validation Failed" }, 422);
    case "error":
      return json({ message: "Server Error" }, status);
    case "reset":
      throw reset();
    case "cut":
      return cut(await ask());
    case "foreign":
      return new Response("<html><h1>Sign in</h1></html>", { headers: { "content-type": "text/html" } });
    case "done, then error":
      await ask();
      return json({ message: "Server Error" }, status);
    case "done, then reset":
      await ask();
      throw reset();
    default:
      return fault satisfies never;
  }
}

function json(value: object, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(value, { status, headers });
}

function reset(): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
}

/** Half of what it says that it is. */
async function cut(response: Response): Promise<Response> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.set("content-length", String(body.length));
  if (body.length === 0) throw reset();
  return new Response(body.subarray(0, Math.floor(body.length / 2)), { status: response.status, headers });
}

/** GitHub's limits of what one query may cost leave fields out, and say so. */
async function partly(response: Response): Promise<Response> {
  const said = (await response.json()) as { readonly data?: Readonly<Record<string, unknown>> | null };
  const [field] = Object.keys(said.data ?? {});
  if (field === undefined) return json(said);
  const error = { type: "RESOURCE_LIMITS_EXCEEDED", path: [field], message: "Resource limits for this query exceeded" };
  return json({ data: { ...said.data, [field]: null }, errors: [error] });
}

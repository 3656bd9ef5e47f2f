import { z } from "zod";

/**
 * What the answers to LoopForge's requests look like, as far as they are told from something else: an empty object, another's page, an
 * object where a list was to be. Details stay with whoever reads them.
 * @see https://docs.github.com/rest
 */

const object = z.looseObject({});
const list = z.array(object);
const identified = z.looseObject({ id: z.number() });
const numbered = z.looseObject({ number: z.number() });
const counted = (name: string) => z.looseObject({ total_count: z.number(), [name]: list });
/** A commit that is not there is an object without a `sha`, or none at all: never an empty object. */
const end = z.looseObject({ sha: z.string().min(1), ref: z.string().min(1) });

const INSTALLATION_TOKEN = z.looseObject({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.record(z.string(), z.string()).optional(),
});
const PULL_REQUEST = z.looseObject({ number: z.number(), state: z.enum(["open", "closed"]), head: end, base: end });
const GRAPHQL = z.union([
  z.looseObject({ data: object.nullable() }),
  z.looseObject({ errors: z.array(object).min(1), data: object.nullish() }),
]);

/** A repository by its name, or by its id, as GitHub's links to the next page have it. */
const REPO = "(?:/repos/[^/]+/[^/]+|/repositories/\\d+)";

const answers: readonly (readonly [route: string, schema: z.ZodType])[] = [
  ["GET /app", identified],
  ["GET /app/hook/config", object],
  ["GET /app/hook/deliveries", list],
  ["GET /app/installations", z.array(identified)],
  ["POST /app/installations/\\d+/access_tokens", INSTALLATION_TOKEN],
  ["GET /rate_limit", z.looseObject({ resources: object })],
  ["POST /graphql", GRAPHQL],
  [`GET ${REPO}`, z.looseObject({ id: z.number(), full_name: z.string() })],
  [`GET ${REPO}/installation`, identified],
  [
    `GET ${REPO}/contents(?:/.+)?`,
    z.looseObject({ type: z.string(), sha: z.string().min(1).max(64), size: z.number().optional() }),
  ],
  [`GET ${REPO}/collaborators/[^/]+/permission`, z.looseObject({ permission: z.string().min(1) })],
  [`GET ${REPO}/commits/.+/check-runs`, counted("check_runs")],
  [`GET ${REPO}/commits/.+/check-suites`, counted("check_suites")],
  [`GET ${REPO}/commits/.+/statuses`, list],
  [`POST ${REPO}/check-runs`, identified],
  [`PATCH ${REPO}/check-runs/\\d+`, object],
  [`GET ${REPO}/issues`, z.array(numbered)],
  [`GET ${REPO}/issues/\\d+`, numbered],
  [`GET ${REPO}/issues/\\d+/timeline`, list],
  [`GET ${REPO}/issues/\\d+/comments`, z.array(identified)],
  [`POST ${REPO}/issues/\\d+/comments`, identified],
  [`PATCH ${REPO}/issues/comments/\\d+`, object],
  [`POST ${REPO}/issues/comments/\\d+/reactions`, object],
  [`GET ${REPO}/pulls/\\d+`, PULL_REQUEST],
  [`GET ${REPO}/pulls/\\d+/commits`, list],
  [`GET ${REPO}/pulls/\\d+/files`, list],
  [`GET ${REPO}/pulls/\\d+/reviews`, z.array(identified)],
  [`PUT ${REPO}/pulls/\\d+/merge`, object],
];

/** Below `/api/v3` and `/api` on a GitHub Enterprise Server. */
const ANSWERS = answers.map(([route, schema]) => {
  const [method = "", path = ""] = route.split(" ");
  return { method, path: new RegExp(`^(?:/api(?:/v3)?)?${path}$`), schema };
});

/** What GitHub says when it does not do or show what was asked. */
const REFUSAL = z.looseObject({ message: z.string() });

/** Any answer that nobody listed: an object or a list, for GitHub answers nothing else. */
const ANY = z.union([object, z.array(z.unknown())]);

/** Whether a JSON value is what GitHub answers to a request that it has done. */
export function isAnswerTo(method: string, path: string, data: unknown): boolean {
  const known = ANSWERS.find((one) => one.method === method && one.path.test(path));
  return (known?.schema ?? ANY).safeParse(data).success;
}

/** Whether a JSON value is GitHub's refusal of a request. */
export function isRefusal(data: unknown): boolean {
  return REFUSAL.safeParse(data).success;
}

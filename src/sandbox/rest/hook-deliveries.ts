import type { Attempt, Delivery } from "../deliveries.js";
import { GitHubError, notFound, unprocessable } from "../errors.js";
import type { Answer, Api, ApiRequest, Data } from "./api.js";
import { ok } from "./api.js";

/** How long GitHub keeps deliveries: https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks */
const KEPT_MS = 3 * 24 * 3600 * 1000;
const DEFAULT_SIZE = 30;
const MAX_SIZE = 100;

/** To GitHub each attempt is a delivery of its own; those of one event have its GUID in common. */
interface Sent {
  readonly delivery: Delivery;
  readonly attempt: Attempt;
  readonly redelivery: boolean;
}

/** What became of the App's deliveries, and sending them again. */
export function hookDeliveryRoutes(api: Api): void {
  const { world } = api;

  /** The newest first. */
  const kept = (): Sent[] => {
    const oldest = world.clock().getTime() - KEPT_MS;
    const all = world.outbox.kept.flatMap((delivery) =>
      delivery.attempts.map((attempt, place) => ({ delivery, attempt, redelivery: place > 0 })),
    );
    const young = all.filter(({ attempt }) => Date.parse(attempt.at) >= oldest);
    return young.sort(
      (one, other) => Date.parse(other.attempt.at) - Date.parse(one.attempt.at) || other.attempt.id - one.attempt.id,
    );
  };
  const sentAs = (id: number): Sent => {
    const found = kept().find(({ attempt }) => attempt.id === id);
    if (found === undefined) throw notFound();
    return found;
  };

  api.appRoute("GET", "/app/hook/deliveries", (request) => pageOf(request, kept().filter(ofStatus(request))));
  api.appRoute("GET", "/app/hook/deliveries/:id", (request) => {
    const sent = sentAs(request.id("id"));
    const body: Data<"apps", "getWebhookDelivery"> = {
      ...shown(sent),
      url: world.hook.url,
      request: {
        headers: { ...sent.delivery.headers },
        payload: JSON.parse(sent.delivery.body) as Record<string, unknown>,
      },
      response: { headers: {}, payload: null },
    };
    return ok(body);
  });
  api.appRoute("POST", "/app/hook/deliveries/:id/attempts", (request) => {
    world.outbox.again(sentAs(request.id("id")).delivery);
    return { status: 202, body: {} };
  });
}

function shown({ delivery, attempt, redelivery }: Sent) {
  const { payload } = delivery;
  const installation = "installation" in payload ? payload.installation : undefined;
  return {
    id: attempt.id,
    guid: delivery.guid,
    delivered_at: attempt.at,
    redelivery,
    duration: attempt.duration,
    status: attempt.status,
    // What GitHub says where nobody answered.
    status_code: attempt.statusCode ?? 502,
    event: delivery.event,
    action: delivery.action,
    installation_id: installation?.id ?? null,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  } satisfies Data<"apps", "listWebhookDeliveries">[number];
}

function ofStatus(request: ApiRequest): (sent: Sent) => boolean {
  const wanted = request.query("status");
  if (wanted === undefined) return () => true;
  if (wanted !== "success" && wanted !== "failure") throw unprocessable("Invalid status");
  return ({ attempt }) => (attempt.status === "OK") === (wanted === "success");
}

/** Pages have no numbers: a cursor names the delivery that a page begins with, so that those that come meanwhile shift nothing. */
function pageOf(request: ApiRequest, all: readonly Sent[]): Answer {
  const size = Math.min(MAX_SIZE, Math.max(1, Number(request.query("per_page")) || DEFAULT_SIZE));
  const start = placeOf(request.query("cursor"), all);
  const links = [
    ...(start > 0 ? [link(request.url, all[Math.max(0, start - size)], "prev")] : []),
    ...(start + size < all.length ? [link(request.url, all[start + size], "next")] : []),
  ];
  const body = all.slice(start, start + size).map(shown);
  return { status: 200, body, ...(links.length > 0 ? { headers: { link: links.join(", ") } } : {}) };
}

function placeOf(cursor: string | undefined, all: readonly Sent[]): number {
  if (cursor === undefined) return 0;
  const id = Number(/^v1_(\d+)$/.exec(cursor)?.[1]);
  if (!Number.isSafeInteger(id)) throw new GitHubError(400, "Invalid cursor");
  const place = all.findIndex(({ attempt }) => attempt.id === id);
  return place === -1 ? all.length : place;
}

function link(url: string, first: Sent | undefined, rel: string): string {
  const target = new URL(url);
  target.searchParams.set("cursor", `v1_${first?.attempt.id}`);
  return `<${target.href}>; rel="${rel}"`;
}

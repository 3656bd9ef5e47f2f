import type { App as AppPayload } from "@octokit/webhooks-types";
import type { App } from "../model/account.js";
import type { World } from "../model/world.js";
import type { SandboxEvent } from "../options.js";
import { userPayload } from "./user.js";

/** An event that an App chooses; installation events are sent to all and appear in no list. */
export type ChosenEvent = Exclude<SandboxEvent, "installation" | "installation_repositories">;

// Apps never change.
const built = new WeakMap<App, AppPayload>();

/** An App as check events show it. */
export function appPayload(world: World, app: App): AppPayload {
  const known = built.get(app);
  if (known !== undefined) return known;
  const payload: AppPayload = {
    id: app.id,
    slug: app.slug,
    node_id: app.nodeId,
    owner: userPayload(world, app.owner),
    name: app.name,
    description: "",
    external_url: `${world.htmlUrl}/apps/${app.slug}`,
    html_url: `${world.htmlUrl}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: chosenEvents(app),
  };
  built.set(app, payload);
  return payload;
}

/**
 * Whose a check is, as its events show it. GitHub's schema lets it be null; the published types have forgotten that.
 * @see https://docs.github.com/rest/checks/runs
 */
export function checkAppPayload(world: World, app: App): AppPayload {
  return world.appOmitted ? (null as unknown as AppPayload) : appPayload(world, app);
}

/** The events that an App lists. */
export function chosenEvents(app: App): ChosenEvent[] {
  return app.events.filter((event): event is ChosenEvent => !event.startsWith("installation"));
}

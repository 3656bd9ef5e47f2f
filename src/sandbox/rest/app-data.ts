import type { App } from "../model/account.js";
import type { World } from "../model/world.js";
import { appPayload } from "../payloads/app.js";

/** An App as the API shows it beside what it did. */
export function appData(world: World, app: App) {
  const { permissions: _, events, ...payload } = appPayload(world, app);
  return { ...payload, permissions: permissionsData(app.permissions), events: events ?? [], client_id: app.clientId };
}

function permissionsData(permissions: object): Record<string, string> {
  return Object.fromEntries(Object.entries(permissions).map(([name, level]) => [name, String(level)]));
}

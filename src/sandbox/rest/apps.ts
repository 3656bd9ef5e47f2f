import { z } from "zod";
import { expiry } from "../auth.js";
import { notFound } from "../errors.js";
import type { Installation } from "../model/account.js";
import { appPayload } from "../payloads/app.js";
import { installationPayload } from "../payloads/installation.js";
import type { Api, Data } from "./api.js";
import { created, ok } from "./api.js";
import { page } from "./pages.js";
import { repositoryData } from "./repositories.js";

const TOKEN_REQUEST = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
});

/** The App, its installations and their tokens. */
export function appRoutes(api: Api): void {
  const { world, app, auth } = api;
  const installationOf = (id: number): Installation => {
    const installation = world.installations.get(id);
    if (installation === undefined) throw notFound();
    return installation;
  };
  const show = (installation: Installation): Data<"apps", "getInstallation"> =>
    installationPayload(world, app, installation);

  api.appRoute("GET", "/app", () => {
    const { permissions: _, ...payload } = appPayload(world, app);
    const body: Data<"apps", "getAuthenticated"> = {
      ...payload,
      permissions: app.permissions,
      events: payload.events ?? [],
      client_id: app.clientId,
      installations_count: world.installations.size,
    };
    return ok(body);
  });
  api.appRoute("GET", "/app/installations", (request) => page(request, [...world.installations.values()], show));
  api.appRoute("GET", "/app/installations/:id", (request) => ok(show(installationOf(request.id("id")))));
  api.appRoute("GET", "/repos/:owner/:repo/installation", (request) => {
    const name = `${request.param("owner")}/${request.param("repo")}`.toLowerCase();
    const installation = world.repositories.get(name)?.installation ?? null;
    if (installation === null) throw notFound();
    return ok(show(installation));
  });
  api.appRoute("POST", "/app/installations/:id/access_tokens", async (request) => {
    const installation = installationOf(request.id("id"));
    const asked = await request.body(TOKEN_REQUEST);
    const all = [...installation.repositories];
    const named = [
      ...(asked.repositories ?? []).map((name) => all.find((one) => one.name.toLowerCase() === name.toLowerCase())),
      ...(asked.repository_ids ?? []).map((id) => world.repositoriesById.get(id)),
    ];
    const chosen = named.filter((repository) => repository !== undefined);
    if (chosen.length < named.length) throw notFound();
    const grant = auth.issue(installation, named.length === 0 ? null : chosen);
    const body: Data<"apps", "createInstallationAccessToken"> = {
      token: grant.token,
      expires_at: expiry(grant),
      permissions: app.permissions,
      repository_selection: "selected",
      ...(named.length === 0 ? {} : { repositories: chosen.map(repositoryData) }),
    };
    return created(body);
  });
  api.route("GET", "/installation/repositories", (request) => {
    const { installation, repositoryIds } = request.grant;
    const open = [...installation.repositories].filter(({ id }) => repositoryIds?.has(id) ?? true);
    return page(request, open, repositoryData, (repositories, total_count) => {
      const body: Data<"apps", "listReposAccessibleToInstallation"> = { total_count, repositories };
      return body;
    });
  });
}

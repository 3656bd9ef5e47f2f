import { notFound } from "../errors.js";
import { blobSha } from "../model/git.js";
import type { Repository } from "../model/repository.js";
import { repositoryHtmlUrl, repositoryPayload, repositoryUrl } from "../payloads/repository.js";
import { userPayload } from "../payloads/user.js";
import { type Api, accessible, type Data, ok } from "./api.js";

/** A repository as the API shows it. */
export function repositoryData(repository: Repository) {
  const payload = repositoryPayload(repository);
  return {
    ...payload,
    created_at: repository.createdAt,
    pushed_at: repository.pushedAt,
    permissions: { admin: false, maintain: false, push: true, triage: true, pull: true },
    license: null,
    has_discussions: false,
    disabled: false,
    custom_properties: {},
  };
}

/** One repository: itself, its files, its collaborators. */
export function repositoryRoutes(api: Api): void {
  const { world } = api;
  const full = (repository: Repository): Data<"repos", "get"> => ({
    ...repositoryData(repository),
    network_count: 0,
    subscribers_count: 0,
  });

  api.repositoryRoute("GET", "", ({ repository }) => ok(full(repository)));
  api.route("GET", "/repositories/:id", (request) => {
    return ok(full(accessible(world.repositoriesById.get(request.id("id")), request.grant)));
  });

  api.repositoryRoute("GET", "/collaborators/:user/permission", (request) => {
    const user = world.users.get(request.param("user").toLowerCase());
    if (user === undefined) throw notFound();
    const role = request.repository.permissionOf(user);
    // The older field knows four levels only.
    const level = { admin: "admin", maintain: "write", write: "write", triage: "read", read: "read", none: "none" }[
      role
    ];
    const body: Data<"repos", "getCollaboratorPermissionLevel"> = {
      permission: level,
      role_name: role,
      user: {
        ...userPayload(world, user),
        email: null,
        role_name: role,
        permissions: {
          admin: role === "admin",
          maintain: role === "admin" || role === "maintain",
          push: request.repository.mayWrite(user),
          triage: request.repository.mayWrite(user) || role === "triage",
          pull: role !== "none",
        },
      },
    };
    return ok(body);
  });

  api.repositoryRoute("GET", "/contents", ({ repository, query }) => {
    return ok(folderData(repository, "", query("ref") ?? repository.defaultBranch));
  });
  api.repositoryRoute("GET", "/contents/:path{.+}", (request) => {
    const { repository } = request;
    const path = request.param("path");
    const ref = request.query("ref") ?? repository.defaultBranch;
    const content = repository.git.file(path, ref);
    if (content === undefined) return ok(folderData(repository, path, ref));
    if (/\braw\b/.test(request.accept)) return ok(content);
    const sha = blobSha(content);
    const url = `${repositoryUrl(repository)}/contents/${path}?ref=${ref}`;
    const git_url = `${repositoryUrl(repository)}/git/blobs/${sha}`;
    const html_url = `${repositoryHtmlUrl(repository)}/blob/${ref}/${path}`;
    const body: Data<"repos", "getContent"> = {
      type: "file",
      encoding: "base64",
      size: Buffer.byteLength(content),
      name: path.split("/").at(-1) ?? path,
      path,
      content: `${Buffer.from(content)
        .toString("base64")
        .replace(/(.{60})(?=.)/g, "$1\n")}\n`,
      sha,
      url,
      git_url,
      html_url,
      download_url: `https://raw.githubusercontent.com/${repository.fullName}/${ref}/${path}`,
      _links: { self: url, git: git_url, html: html_url },
    };
    return ok(body);
  });
}

/** A folder as an object, as it is shown to whoever asks for that format. */
function folderData(repository: Repository, path: string, ref: string) {
  const entries = repository.git.folder(path, ref);
  if (entries === null) throw notFound();
  const shown = (of: string, isFile: boolean) => {
    const content = isFile ? (repository.git.file(of, ref) ?? "") : "";
    const sha = blobSha(isFile ? content : of);
    const url = `${repositoryUrl(repository)}/contents/${of}?ref=${ref}`;
    const git_url = `${repositoryUrl(repository)}/git/${isFile ? "blobs" : "trees"}/${sha}`;
    const html_url = `${repositoryHtmlUrl(repository)}/${isFile ? "blob" : "tree"}/${ref}/${of}`;
    const raw = `https://raw.githubusercontent.com/${repository.fullName}/${ref}/${of}`;
    return {
      type: isFile ? "file" : "dir",
      size: Buffer.byteLength(content),
      name: of.split("/").at(-1) ?? of,
      path: of,
      sha,
      url,
      git_url,
      html_url,
      download_url: isFile ? raw : null,
      _links: { self: url, git: git_url, html: html_url },
    };
  };
  const prefix = path === "" ? "" : `${path}/`;
  return { ...shown(path, false), entries: entries.map(({ name, isFile }) => shown(prefix + name, isFile)) };
}

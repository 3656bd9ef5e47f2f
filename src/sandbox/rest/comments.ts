import { z } from "zod";
import { GitHubError, notFound } from "../errors.js";
import { nodeId } from "../format.js";
import { type Comment, REACTIONS } from "../model/comment.js";
import type { Repository } from "../model/repository.js";
import type { SandboxOptions } from "../options.js";
import { commentPayload } from "../payloads/comment.js";
import { userPayload } from "../payloads/user.js";
import { type Api, created, type Data, noContent, ok } from "./api.js";
import { appData } from "./app-data.js";
import { page } from "./pages.js";

const BODY = z.object({ body: z.string() });
const REACTION = z.object({ content: z.enum(REACTIONS) });

/** Comments and their reactions. */
export function commentRoutes(api: Api, { noReactions = false }: Pick<SandboxOptions, "noReactions">): void {
  api.repositoryRoute("GET", "/issues/:number/comments", (request) => {
    const since = Date.parse(request.query("since") ?? "");
    const { comments } = request.repository.thread(request.id("number"));
    const wanted = comments.filter((one) => Number.isNaN(since) || Date.parse(one.updatedAt) >= since);
    return page(request, wanted, show);
  });
  api.repositoryRoute("POST", "/issues/:number/comments", async (request) => {
    const thread = request.repository.thread(request.id("number"));
    const { body } = await request.body(BODY);
    return created(show(thread.comment({ by: request.by, body })));
  });
  api.repositoryRoute("GET", "/issues/comments/:id", ({ repository, id }) => ok(show(commentOf(repository, id("id")))));
  api.repositoryRoute("PATCH", "/issues/comments/:id", async (request) => {
    const comment = commentOf(request.repository, request.id("id"));
    const { body } = await request.body(BODY);
    comment.edit({ by: request.by, body });
    return ok(show(comment));
  });
  api.repositoryRoute("DELETE", "/issues/comments/:id", ({ repository, id, by }) => {
    commentOf(repository, id("id")).delete({ by });
    return noContent();
  });
  api.repositoryRoute("POST", "/issues/comments/:id/reactions", async (request) => {
    if (noReactions) throw new GitHubError(403, "Resource not accessible by integration");
    const comment = commentOf(request.repository, request.id("id"));
    const { content } = await request.body(REACTION);
    const { reaction, created: isNew } = comment.react({ by: request.by, content });
    const body: Data<"reactions", "createForIssueComment"> = {
      id: reaction.id,
      node_id: nodeId("REA", reaction.id),
      user: userPayload(api.world, reaction.user),
      content: reaction.content,
      created_at: reaction.createdAt,
    };
    return isNew ? created(body) : ok(body);
  });
}

function show(comment: Comment): Data<"issues", "getComment"> {
  const { performed_via_github_app: _, ...payload } = commentPayload(comment);
  const app = comment.thread.world.appOf(comment.author);
  return { ...payload, performed_via_github_app: app && appData(comment.thread.world, app) };
}

function commentOf(repository: Repository, id: number): Comment {
  const comment = repository.comments.get(id);
  if (comment === undefined) throw notFound();
  return comment;
}

import { z } from "zod";
import type { Hook } from "../deliveries.js";
import { postTo } from "../post.js";
import { type Api, type Data, ok } from "./api.js";

const CHANGE = z.object({
  url: z.url().optional(),
  content_type: z.enum(["json", "form"]).optional(),
  secret: z.string().optional(),
  insecure_ssl: z.union([z.enum(["0", "1"]), z.literal(0), z.literal(1)]).optional(),
});

/** The settings of the App's webhook. */
export function hookConfigRoutes(api: Api): void {
  const { hook, outbox } = api.world;

  api.appRoute("GET", "/app/hook/config", () => ok(shown(hook)));
  api.appRoute("PATCH", "/app/hook/config", async (request) => {
    const { url, content_type, secret, insecure_ssl } = await request.body(CHANGE);
    if (url !== undefined) {
      hook.url = url;
      outbox.post = postTo(url, undefined);
    }
    hook.contentType = content_type ?? hook.contentType;
    hook.secret = secret ?? hook.secret;
    if (insecure_ssl !== undefined) hook.insecureSsl = Number(insecure_ssl) === 1 ? "1" : "0";
    return ok(shown(hook));
  });
}

/** GitHub shows that there is a secret, and never which. */
function shown({ url, contentType, secret, insecureSsl }: Hook): Data<"apps", "getWebhookConfigForApp"> {
  return {
    content_type: contentType,
    insecure_ssl: insecureSsl,
    url,
    ...(secret === "" ? {} : { secret: "********" }),
  };
}

import { setTimeout as sleep } from "node:timers/promises";
import type { MiddlewareHandler } from "hono";
import type { SandboxOptions } from "./options.js";

type Spoiling = Pick<SandboxOptions, "answersCut" | "answersForeign" | "answersDrip" | "chance">;

/** Milliseconds between two bytes of an answer that drips: long enough to cost nothing, and shorter than any time limit on silence. */
const DRIP_MS = 5;

/** Spoils as many answers as the options say: what a bad line, or somebody on it, makes of them. */
export function spoiltAnswers(options: Spoiling): MiddlewareHandler {
  const { answersCut = 0, answersForeign = 0, answersDrip = 0, chance = Math.random } = options;
  return async (context, next) => {
    if (answersCut + answersForeign + answersDrip === 0) return next();
    const drawn = chance();
    if (drawn < answersForeign) return context.html("<html><h1>Sign in</h1></html>");
    await next();
    if (drawn < answersForeign + answersCut) context.res = await cut(context.res);
    else if (drawn < answersForeign + answersCut + answersDrip) context.res = dripping(context.req.raw.signal);
  };
}

/** Says how long it is, and ends after half of that. */
async function cut({ status, headers: given, body }: Response): Promise<Response> {
  const whole = new Uint8Array(await new Response(body).arrayBuffer());
  const headers = new Headers(given);
  headers.set("content-length", String(whole.length));
  headers.set("connection", "close");
  return new Response(whole.length === 0 ? null : whole.subarray(0, whole.length / 2), { status, headers });
}

/** Spaces for as long as anybody waits. */
function dripping(signal: AbortSignal): Response {
  const space = new TextEncoder().encode(" ");
  let isOver = false;
  const drip = new ReadableStream({
    async pull(controller) {
      await sleep(DRIP_MS);
      if (isOver || signal.aborted) return isOver ? undefined : controller.close();
      controller.enqueue(space);
    },
    cancel() {
      isOver = true;
    },
  });
  return new Response(drip, { headers: { "content-type": "application/json; charset=utf-8" } });
}

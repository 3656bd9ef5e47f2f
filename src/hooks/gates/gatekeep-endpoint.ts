import { z } from "zod";
import { HookFailure } from "../failure.js";
import { type PostOptions, post } from "../post.js";
import type { Gate } from "./gate.js";
import { instructionsOf, type Persona, promptOf } from "./personas.js";
import { readVerdict } from "./read-verdict.js";

export interface EndpointOptions extends PostOptions {
  readonly persona: Persona;
  /** Such as `https://openrouter.ai/api/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string;
  /** A new mark each time, which nobody can foresee. */
  readonly newMark: () => string;
}

const COMPLETION = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

/**
 * Asks a persona through any endpoint that speaks OpenAI's chat completions.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function gatekeepEndpoint(name: string, options: EndpointOptions): Gate {
  const { persona, model, apiKey, newMark } = options;
  const url = `${options.baseUrl.replace(/\/+$/, "")}/chat/completions`;
  return {
    name,
    async ask(question, signal) {
      const body = JSON.stringify({
        model,
        temperature: 0,
        messages: [
          { role: "system", content: instructionsOf(persona) },
          { role: "user", content: promptOf(question, newMark()) },
        ],
      });
      const headers = { "content-type": "application/json", authorization: `Bearer ${apiKey}` };
      const answer = await post({ url, headers, body }, signal, options);
      return readVerdict(contentOf(answer.text));
    },
  };
}

function contentOf(text: string): string {
  try {
    return COMPLETION.parse(JSON.parse(text)).choices[0]?.message.content ?? "";
  } catch {
    throw new HookFailure("failed", "Its endpoint did not answer with a chat completion");
  }
}

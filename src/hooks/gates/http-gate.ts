import { z } from "zod";
import { HookFailure } from "../failure.js";
import { type PostOptions, post } from "../post.js";
import { signatureHeaders } from "../signature.js";
import { DECISIONS, encodeQuestion, type Gate, type Said } from "./gate.js";

export interface HttpGateOptions extends PostOptions {
  readonly url: string;
  readonly signingSecret: string;
}

const ANSWER = z.object({
  decision: z.enum(DECISIONS),
  title: z.string().optional(),
  reasons: z.array(z.string()).max(1000).optional(),
});

/**
 * Posts the question as JSON, signed as webhooks are, and takes the verdict from the answer:
 * `{ "decision": "pass" | "block" | "neutral", "title"?, "reasons"? }`. Any other answer is a failure.
 */
export function httpGate(name: string, options: HttpGateOptions): Gate {
  return {
    name,
    async ask(question, signal) {
      const { head } = question;
      const body = JSON.stringify({ gate: name, ...encodeQuestion(question) });
      const headers = {
        "content-type": "application/json",
        ...signatureHeaders(`${head.recordId}/${head.version}/${name}`, body, options.signingSecret, options.clock()),
      };
      const answer = await post({ url: options.url, headers, body }, signal, options);
      return parse(answer.text);
    },
  };
}

function parse(text: string): Said {
  try {
    return ANSWER.parse(JSON.parse(text));
  } catch {
    // What was said instead is not repeated: it may be anything.
    throw new HookFailure("failed", "Its answer is not a verdict");
  }
}

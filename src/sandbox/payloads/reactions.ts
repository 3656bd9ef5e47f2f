import type { Reactions } from "@octokit/webhooks-types";
import type { Reaction, ReactionContent } from "../model/comment.js";

/** The reactions of a thing, counted. */
export function reactionsPayload(url: string, reactions: readonly Reaction[]): Reactions {
  const count = (content: ReactionContent): number =>
    reactions.reduce((sum, reaction) => (reaction.content === content ? sum + 1 : sum), 0);
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    "+1": count("+1"),
    "-1": count("-1"),
    laugh: count("laugh"),
    hooray: count("hooray"),
    confused: count("confused"),
    heart: count("heart"),
    rocket: count("rocket"),
    eyes: count("eyes"),
  };
}

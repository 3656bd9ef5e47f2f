import type { Sighting, Subject } from "../observe/index.js";
import { commentPayload, parsePayload } from "../observe/payload.js";
import { callsAgent, isAgent } from "../people/agents.js";
import type { Persons } from "../people/persons.js";
import { NOT_PLAIN, visibleLines } from "./visible-lines.js";

/**
 * A person called an AI agent in a comment (`@copilot`): they have set it to work.
 * @param more logins of agents that the team has beside those that are known
 * @returns null where none was called, or an agent wrote it
 * @throws LoopForgeError `invalid_payload` for a payload without a field that is used
 */
export async function agentCalled(
  payload: object,
  more: readonly string[],
  persons: Persons,
): Promise<Sighting | null> {
  const { comment, issue, repository: repo } = parsePayload(commentPayload, payload);
  const { user, body, created_at: at } = comment;
  const isCall = (line: string) => line.includes("@") && callsAgent(line.replaceAll(NOT_PLAIN, "`"), more);
  if (!user || isAgent(user, more) || user.type === "Bot" || !body.includes("@")) return null;
  if (!visibleLines(body, isCall).some(isCall)) return null;
  const by = (await persons.in([user])).get(user.id);
  if (by === undefined) return null;
  const { number } = issue;
  const of = issue.pull_request ? "pull" : "issue";
  const subject: Subject =
    of === "pull" ? { kind: "pull", repo, number, linking: null } : { kind: "issue", repo, number, at, turn: null };
  return {
    subject,
    observation: {
      cause: "refreshed",
      occurredAt: null,
      people: [],
      news: { agentRequest: { of, repoId: repo.id, number, by, at } },
      evidence: { url: comment.html_url },
    },
  };
}

import type { RawAccount } from "../observe/index.js";

/**
 * AI agents that write, review or merge changes at GitHub, by their logins. An App's bot has its slug and `[bot]`; some act as users.
 * @see https://docs.github.com/copilot/concepts/agents/coding-agent/about-coding-agent
 */
const AGENTS: ReadonlySet<string> = new Set([
  "copilot",
  "copilot-swe-agent[bot]",
  "copilot-pull-request-reviewer[bot]",
  "anthropic-code-agent[bot]",
  "claude[bot]",
  "openai-code-agent[bot]",
  "chatgpt-codex-connector[bot]",
  "devin-ai-integration[bot]",
  "cursor[bot]",
  "cursoragent",
  "google-labs-jules[bot]",
  "gemini-code-assist[bot]",
  "amazon-q-developer[bot]",
  "openhands-agent",
  "sweep-ai[bot]",
  "coderabbitai[bot]",
]);

/** @param more logins of agents that the team has beside those that are known here */
export function isAgent(account: RawAccount | null | undefined, more: readonly string[]): boolean {
  if (!account) return false;
  const login = account.login.toLowerCase();
  return AGENTS.has(login) || more.some((one) => one.toLowerCase() === login);
}

/** How people call them, where that is not their login. */
const HANDLES: ReadonlySet<string> = new Set(["codex", "devin", "jules"]);
const MENTION = /(?<![\w@/`-])@([a-z\d](?:[a-z\d-]{0,38}))/gi;

/** Whether a line of text calls an AI agent. */
export function callsAgent(line: string, more: readonly string[]): boolean {
  return [...line.matchAll(MENTION)].some(([, name = ""]) => {
    const handle = name.toLowerCase();
    const accounts = [handle, `${handle}[bot]`].map((login) => ({ id: 0, login }));
    return HANDLES.has(handle) || accounts.some((account) => isAgent(account, more));
  });
}

import { GithubUnavailableError } from "../client/unavailable.js";

/**
 * GitHub lists what was written before, and says at once that it is not there: it hides it for now. A second one beside it would stay.
 */
export function hidden(what: "check run" | "comment"): GithubUnavailableError {
  return new GithubUnavailableError(`GitHub lists the App's ${what}, and says that it is not there`);
}

import type { User as UserPayload } from "@octokit/webhooks-types";
import type { User } from "../model/account.js";
import type { World } from "../model/world.js";

// Users never change, and every payload holds several.
const built = new WeakMap<User, UserPayload>();

/** A user as every payload and every answer shows it. */
export function userPayload(world: World, user: User): UserPayload {
  const known = built.get(user);
  if (known !== undefined) return known;
  const url = `${world.apiUrl}/users/${encodeURIComponent(user.login)}`;
  const path = user.appSlug === null ? user.login : `apps/${user.appSlug}`;
  const payload: UserPayload = {
    login: user.login,
    id: user.id,
    node_id: user.nodeId,
    avatar_url: `https://avatars.githubusercontent.com/u/${user.id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `${world.htmlUrl}/${path}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
  built.set(user, payload);
  return payload;
}

/** The e-mail address that GitHub gives to commits made on its pages. */
export function noreplyEmail(user: User): string {
  return `${user.id}+${user.login}@users.noreply.github.com`;
}

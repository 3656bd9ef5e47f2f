import type { Entry } from "../core/index.js";
import { link } from "./markdown.js";
import { FORGOTTEN } from "./text.js";
import type { ReportView } from "./view.js";

type Where = Pick<ReportView, "loginOf" | "pull">;

/** Who did what an entry says; null where it was nobody. */
export function actorOf({ people }: Pick<Entry, "people">, view: Where): string | null {
  const actor = people.find((participant) => participant.role === "actor") ?? people[0];
  return actor ? personLink(actor.person, view, actor.type) : null;
}

/** A person as a link to their page. A link, not a mention: nobody is notified by an audit. */
export function personLink(person: string, { loginOf, pull }: Where, type: "User" | "Bot" = "User"): string {
  const login = loginOf(person);
  if (login === null) return FORGOTTEN;
  const name = login.replace(/[^\w[\]-]/g, "");
  const page = type === "Bot" ? `/apps/${name.replace(/\[bot]$/, "")}` : `/${name}`;
  return link(name.replace(/[[\]_]/g, "\\$&"), new URL(page, pull.url).href);
}

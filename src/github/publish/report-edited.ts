import { z } from "zod";
import type { Participant } from "../../core/index.js";
import { COMMENT_MARKER } from "../../report/comment.js";
import type { LoopStore } from "../../store/repository.js";
import { commentPayload, parsePayload } from "../observe/payload.js";
import { accountType, type Sighting } from "../observe/sighting.js";
import type { Persons } from "../people/persons.js";
import { Publications } from "./published.js";

/** A comment that was changed or deleted: what it said before, and when it was changed. */
const editedPayload = commentPayload.extend({
  comment: commentPayload.shape.comment.extend({ updated_at: commentPayload.shape.comment.shape.created_at }),
  changes: z
    .object({ body: z.object({ from: z.string() }).nullish() })
    .nullish()
    .catch(null),
});

/** How often another program may change the comment of one pull request and have it repaired: two that each insist would go on for ever. */
const MAX_BY_PROGRAMS = 10;
const BY_PROGRAMS = "report-changed-by-programs";

export interface ReportEditedOptions {
  readonly store: Pick<LoopStore, "items">;
  readonly persons: Pick<Persons, "in">;
  /** This App's id at GitHub. */
  readonly appId: number;
}

/**
 * What `issue_comment.edited` and `issue_comment.deleted` say where somebody else changed the audit comment: a line for the ledger that
 * names them. The comment is no longer taken for what was written, so that the next report writes it again. Null for every other
 * comment, for the App's own edits, and for those of a program that never ends.
 * @throws LoopForgeError `invalid_payload`
 */
export async function reportEdited(
  payload: object,
  { store, persons, appId }: ReportEditedOptions,
): Promise<Sighting | null> {
  const { action, comment, changes, issue, repository: repo, sender } = parsePayload(editedPayload, payload);
  const isOurs = comment.performed_via_github_app?.id === appId;
  const bySelf = sender?.id !== undefined && sender.id === comment.user?.id;
  if (!isOurs || bySelf || !issue.pull_request) return null;

  const publications = new Publications(store.items);
  const published = await publications.of(repo.id, issue.number);
  const hasMarker = [comment.body, changes?.body?.from].some((body) => body?.startsWith(COMMENT_MARKER));
  const known = published.comment?.id ?? null;
  if (known === null ? !hasMarker : known !== comment.id) return null;

  if (sender && accountType(sender) === "Bot") {
    const key = `${repo.id}#${issue.number}`;
    const times = Number((await store.items.get(BY_PROGRAMS, key)) ?? 0);
    if (times >= MAX_BY_PROGRAMS) return null;
    await store.items.put(BY_PROGRAMS, key, times + 1);
  }

  const id = action === "deleted" ? null : comment.id;
  await publications.save(repo.id, issue.number, { ...published, comment: { id, digest: null } });

  const person = sender ? (await persons.in([sender])).get(sender.id) : undefined;
  const people: readonly Participant[] = sender && person ? [{ role: "actor", person, type: accountType(sender) }] : [];
  return {
    subject: { kind: "pull", repo, number: issue.number, linking: null },
    observation: {
      ...{ cause: "report.edited", people, news: {} },
      occurredAt: action === "deleted" ? null : comment.updated_at,
      evidence: { url: comment.html_url, report: action },
    },
  };
}

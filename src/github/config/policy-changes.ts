import { LRUCache } from "lru-cache";
import {
  entityOf,
  type JsonObject,
  type PersonId,
  type Policy,
  type PolicyInForce,
  policiesHeard,
  policyChange,
  policyGround,
  policyIn,
  type Timestamp,
} from "../../core/index.js";
import type { WorkItems } from "../../recorder/work-items.js";
import type { Repo, Sighting } from "../observe/index.js";

/** What a repository asks for, and how that came to be known. */
export interface PolicyReading {
  readonly policy: Policy;
  /** When GitHub said so: of a push, when it was made; else, when the files were read. */
  readonly at: Timestamp;
  /** The push that brought it; null where it was only read. */
  readonly push: { readonly commit: string; readonly by: PersonId | null } | null;
}

/** GitHub may go on showing a file as it was for some seconds after a push. */
const SETTLES_MS = 60_000;

/** Keeps what each repository has asked for, and since when: a rule that was taken out for an hour was not in force for that hour. */
export class PolicyChanges {
  readonly #workItems: WorkItems;
  /** The digest that this process has seen last: most looks at a policy are no news. */
  readonly #seen = new LRUCache<number, string>({ max: 10_000 });

  constructor(workItems: WorkItems) {
    this.#workItems = workItems;
  }

  /**
   * @param tell says it in the open records. It comes first: where the process dies in between, it is said again, and not forgotten
   */
  async note(repo: Repo, reading: PolicyReading, tell: (changed: Sighting) => Promise<void>): Promise<void> {
    const { policy, at, push } = reading;
    const ground = policyGround(policy);
    if (!push && this.#seen.get(repo.id) === digestOf(ground)) return;
    const entity = entityOf.repository(repo.id);
    const heard = policiesHeard((await this.#workItems.sets([entity])).get(entity) ?? []);
    // A push may be heard late: it changed what was in force when it was made.
    const before = (push ? heard.filter((one) => one.at < at) : heard).at(-1);
    const isNews = !before || digestOf(before.ground) !== digestOf(ground);
    if (isNews && !push && before && isStale(before, at)) return;
    if (isNews) {
      const earlier = before && policyIn({ policy: before.ground });
      if (earlier) await tell(changed(repo, earlier, reading));
      const { commit = null, by = null } = push ?? {};
      const hearing = { producedAt: null, receivedAt: at, isRead: push === null };
      await this.#workItems.learn({ policy: { repoId: repo.id, at, ground, commit, by } }, hearing);
    }
    if (!push) this.#seen.set(repo.id, digestOf(ground));
  }
}

/** Whether a reading may show what was there before the last change that is known. */
function isStale({ at, isExact }: PolicyInForce, readAt: Timestamp): boolean {
  return Date.parse(readAt) < Date.parse(at) + (isExact ? SETTLES_MS : 0);
}

function digestOf({ digest }: JsonObject): string {
  return String(digest);
}

function changed(repo: Repo, before: Policy, { policy, at, push }: PolicyReading): Sighting {
  const { weaker, stricter } = policyChange(before, policy);
  return {
    subject: { kind: "repository", repo, onlyOpen: true },
    observation: {
      cause: "policy.changed",
      occurredAt: at,
      people: push?.by ? [{ role: "actor", person: push.by, type: "User" }] : [],
      news: {},
      evidence: {
        ...(push ? { commit: push.commit } : {}),
        ...(weaker.length > 0 ? { weaker } : {}),
        ...(stricter.length > 0 ? { stricter } : {}),
        before: digestOf(policyGround(before)),
        policy: policyGround(policy),
      },
    },
  };
}

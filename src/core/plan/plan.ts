import type { Facts, LinkSource, PullFacts } from "../facts/facts.js";
import { learn } from "../facts/learn.js";
import { pullIn } from "../judgement/judge.js";
import type { Policy } from "../judgement/policy.js";
import { rulesBrokenByMerge } from "../judgement/rules.js";
import type { Draft, RecordHead } from "../ledger/record.js";
import type { Lifecycle } from "../lifecycle/lifecycle.js";
import { brokenAside, type Context, describe, note, remark } from "./draft.js";
import type { Cause, Observation } from "./observation.js";
import { route } from "./route.js";

export interface Plan {
  readonly facts: Facts;
  /** What is to be recorded, in order; empty where the observation says nothing new that a reader would miss. */
  readonly drafts: readonly Draft[];
}

/**
 * Decides what an observation means for a record: the one place where GitHub's facts become steps. Pure.
 *
 * The facts name the states that must be reached, one after the other. Each is reached by the shortest run of legal steps through
 * states that the facts bear out; steps that no delivery of their own named are marked `implied`. An end that no such run reaches is
 * recorded all the same, as an exception that names the rule.
 */
export function plan(lifecycle: Lifecycle, policy: Policy, head: RecordHead, observation: Observation): Plan {
  const facts = factsAfter(head.facts, observation);
  if (observation.cause === "command.justified") {
    return { facts, drafts: head.exceptions > 0 ? [remark("justified", observation)] : [] };
  }
  // It is about what this App wrote, not about the work item: nothing is learnt from it, and it is no less worth a line.
  if (observation.cause === "report.edited") return { facts, drafts: [remark("note", observation)] };
  const isNews = facts !== head.facts;
  if (!isNews && !observation.replan) return { facts, drafts: [] };

  const moves = route(lifecycle, policy, head.state, facts);
  const context = { facts, before: head.facts, policy, observation };
  const drafts = moves.map((move, index) => describe(move, moves.slice(index + 1), context));
  if (!moves.some(({ to }) => to === "merged")) drafts.push(...mergedAside(context));
  const link = linkMade(context);
  if (drafts.length === 0 && isNews && (link || isNotable(context))) drafts.push(note(context));
  return { facts, drafts: link ? drafts.map((draft, index) => (index === 0 ? withLink(draft, link) : draft)) : drafts };
}

/** Merges that the work item did not go by, for another pull request was merged before: they move nothing, and may break rules. */
function mergedAside(context: Context): readonly Draft[] {
  const { facts, before, policy } = context;
  const isMerged = (pull: PullFacts | null) => pull?.status.is === "merged";
  const isNew = ({ repoId, number }: PullFacts) => !isMerged(pullIn(before, repoId, number));
  return facts.pulls
    .filter((pull) => isMerged(pull) && isNew(pull))
    .flatMap((pull) => {
      const broke = rulesBrokenByMerge(pull, policy);
      return broke.length > 0 ? [brokenAside(pull, broke, context)] : [];
    });
}

/** By what a pull request came to belong to the work item just now; null where none did. */
function linkMade(context: Context): readonly LinkSource[] | null {
  const [known, pull] = [context.before, context.facts].map((facts) => pullMeant(facts, context));
  const isNew = !known || (known.status.is === "unlinked" && pull?.status.is !== "unlinked");
  return isNew && pull && pull.status.is !== "unlinked" && pull.linkedBy.length > 0 ? pull.linkedBy : null;
}

/** What is known once an observation was heard. */
export function factsAfter(facts: Facts, { background = [], news }: Observation): Facts {
  return learn(background.reduce(learn, facts), news);
}

/** The pull request that the observation is about, as far as the facts know it. */
function pullMeant(facts: Facts, { observation: { news } }: Context): PullFacts | null {
  return news.pull ? pullIn(facts, news.pull.repoId, news.pull.number) : null;
}

function withLink(draft: Draft, sources: readonly LinkSource[]): Draft {
  return { ...draft, metadata: { ...draft.metadata, linked_by: sources } };
}

const QUIET: ReadonlySet<Cause> = new Set(["ci.reported", "pr.edited", "issue.opened", "issue.edited", "refreshed"]);

/** Whether a reader of the history would miss it even where it moves nothing. A pull request is opened once. */
function isNotable(context: Context): boolean {
  const { cause } = context.observation;
  if (cause === "pr.opened") return pullMeant(context.before, context) === null;
  return !QUIET.has(cause);
}

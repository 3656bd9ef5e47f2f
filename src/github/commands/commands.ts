import {
  hasMergeWord,
  type Json,
  type Observation,
  type OfPull,
  type Participant,
  type PersonId,
  type RecordHead,
  type Timestamp,
} from "../../core/index.js";
import { readRecord } from "../../recorder/read-record.js";
import type { Observed } from "../../recorder/recorder.js";
import { membershipOf } from "../../recorder/work-items.js";
import type { RecordView } from "../../report/view.js";
import type { LoopStore } from "../../store/repository.js";
import { type ItemSubject, refresh } from "../catch-up/refresh.js";
import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import type { Configurations } from "../config/load.js";
import type { Configuration } from "../config/schema.js";
import { ownerAndName } from "../links/closing-references.js";
import { isOfSameOwner } from "../links/linked-issues.js";
import type { Repo } from "../observe/index.js";
import { issueNews } from "../observe/issues.js";
import { type CommentPayload, commentPayload, parsePayload } from "../observe/payload.js";
import { accountType, type Subject } from "../observe/sighting.js";
import type { Permissions } from "../people/permissions.js";
import type { EventContext, Pipeline } from "../pipeline.js";
import { policyOf } from "../policy-of.js";
import type { Conclusions } from "../publish/conclusions.js";
import { type Command, parseCommand } from "./parse.js";
import * as words from "./words.js";

export interface CommandsOptions {
  readonly store: LoopStore;
  readonly pipeline: Pipeline;
  readonly permissions: Permissions;
  readonly conclusions: Conclusions;
  readonly configurations: Configurations;
  readonly appId: number;
}

/** What a command comes to: a reaction to the comment, and a reply where there is something to say. */
interface Answer {
  readonly reaction: "+1" | "confused" | "-1";
  readonly reply?: string;
  readonly observed?: readonly Observed[];
}

/** One command on its way. */
interface Given {
  readonly command: Command;
  readonly payload: CommentPayload;
  readonly subject: ItemSubject;
  readonly visit: EventContext & { readonly octokit: Octokit };
  readonly configuration: Configuration;
  readonly person: PersonId | null;
}

/** A broken rule: its place in a ledger, and the repository that asks for it. */
interface Broken {
  readonly place: string;
  readonly repo: Repo;
  /** Who broke it, as far as the ledger says. */
  readonly by: readonly PersonId[];
}

const COLLECTION = "command";
const ENTRIES_SHOWN = 60;

/** Obeys `/loopforge …` in new comments of people who may write to the repository. */
export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /**
   * Repeating a delivery obeys and answers once.
   * @throws LoopForgeError `invalid_payload`; GitHub's and the store's own errors
   */
  async handle(
    payload: object,
    visit: EventContext & { readonly octokit: Octokit },
    configuration: Configuration,
  ): Promise<readonly Observed[]> {
    const parsed = parsePayload(commentPayload, payload);
    const { comment, repository: repo, issue } = parsed;
    const command = parseCommand(comment.body);
    const isOwn = comment.performed_via_github_app?.id === this.#options.appId;
    if (!command || isOwn || !comment.user) return [];
    const id = `${repo.id}/${comment.id}`;
    const progress = await this.#options.store.items.get(COLLECTION, id);
    if (progress === "done") return [];
    await this.#options.store.items.put(COLLECTION, id, "begun");

    const at = comment.created_at;
    const subject: ItemSubject = issue.pull_request
      ? { kind: "pull", repo, number: issue.number, linking: null }
      : { kind: "issue", repo, number: issue.number, at, turn: null };
    const person = (await this.#options.pipeline.persons.in([comment.user])).get(comment.user.id) ?? null;
    const given = { command, payload: parsed, subject, visit, configuration, person };
    const mayCommand = await this.#options.permissions.mayWriteNow(visit.octokit, repo, comment.user);
    const answer: Answer = mayCommand ? await this.#obey(given) : { reaction: "-1" };
    await this.#answer(given, answer, progress === "begun");
    await this.#options.store.items.put(COLLECTION, id, "done");
    return answer.observed ?? [];
  }

  async #obey(given: Given): Promise<Answer> {
    const { command, configuration, subject } = given;
    switch (command.name) {
      case "help":
        return { reaction: "+1", reply: words.HELP };
      case "unknown":
        return { reaction: "confused", reply: words.notUnderstood(command.said) };
      case "status": {
        const records = await this.#records(subject);
        if (records.length === 0) return { reaction: "confused", reply: words.NOT_FOUND };
        return { reaction: "+1", reply: words.statusOf(records, policyOf(configuration)) };
      }
      case "queue":
        return this.#queue(given);
      case "automerge":
        return this.#autoMerge(given, command.on);
      case "justify":
        return this.#justify(given, command.reason);
      case "refresh":
        return this.#refresh(given);
    }
  }

  /** As the button on the check run does it, for every open pull request of the work item. */
  async #refresh({ subject, visit }: Given): Promise<Answer> {
    const { pipeline, conclusions } = this.#options;
    const { isShown, observed } = await refresh(pipeline, subject, visit);
    if (!isShown) return { reaction: "confused", reply: words.NOT_SHOWN };
    const heads = await pipeline.headsOf(subject);
    for (const pull of await this.#openPulls(heads)) {
      await conclusions.again({ ...pull, repoName: subject.repo.name }, visit.octokit);
    }
    return { reaction: "+1", observed };
  }

  async #queue(given: Given): Promise<Answer> {
    const { subject, payload, configuration } = given;
    if (subject.kind !== "issue") return { reaction: "confused", reply: words.ONLY_ON_ISSUES };
    const { labels: queueLabels } = configuration.queue;
    const issue = { ...issueNews(payload.issue, payload.repository, { queueLabels }), queued: true };
    return { reaction: "+1", observed: await this.#observe(given, { cause: "worker.picked_up", news: { issue } }) };
  }

  async #autoMerge(given: Given, on: boolean): Promise<Answer> {
    const { subject, payload, visit } = given;
    if (subject.kind !== "pull") return { reaction: "confused", reply: words.ONLY_ON_PULLS };
    if ((await this.#records(subject)).length === 0) await refresh(this.#options.pipeline, subject, visit);
    const autoMerge = { repoId: subject.repo.id, number: subject.number, on, at: saidAt(payload) };
    const observed = await this.#observe(given, { cause: "command.automerge", news: { autoMerge } }, { on });
    if (observed.length === 0) return { reaction: "confused", reply: words.NOT_FOUND };
    const pull = await this.#options.pipeline.workItems.pull({ repoId: subject.repo.id, number: subject.number });
    if (!on || pull?.status.is !== "open") return { reaction: "+1", observed };
    // Whoever reads it sees about which commit their word was, and whether it is the one that they had looked at.
    const doesCount = hasMergeWord(pull);
    return { reaction: doesCount ? "+1" : "confused", reply: words.mergeWord(pull, doesCount), observed };
  }

  /** Answers every broken rule of repositories that the person may write to, however long ago it was broken. */
  async #justify(given: Given, reason: string): Promise<Answer> {
    const heads = await this.#options.pipeline.headsOf(given.subject);
    const broken = (await Promise.all(heads.map((head) => this.#brokenIn(head)))).flat();
    if (broken.length === 0) return { reaction: "confused", reply: words.NOTHING_TO_JUSTIFY };
    const theirs = await this.#reposNotWritable(given, broken);
    const answered = broken.filter(({ repo }) => !theirs.has(repo.id));
    const answers = answered.map(({ place }) => place);
    const own = answered.filter(({ by }) => given.person !== null && by.includes(given.person));
    const notCounted = await this.#needingAnother(given, own);
    const said = [
      ...(theirs.size > 0 ? [words.notYours([...theirs.values()])] : []),
      ...(notCounted.length > 0 ? [words.ANOTHER_PERSON] : []),
    ];
    const reply = said.length > 0 ? { reply: said.join("\n\n") } : {};
    const evidence = {
      reason,
      answers,
      ...(own.length > 0 ? { same_person: own.map(({ place }) => place) } : {}),
      ...(notCounted.length > 0 ? { not_counted: notCounted } : {}),
    };
    if (answers.length === 0) return { reaction: "-1", ...reply };
    const observed = await this.#observe(given, { cause: "command.justified", news: {} }, evidence);
    return { reaction: "+1", ...reply, observed: observed.filter(({ head }) => head.exceptions > 0) };
  }

  /** Whether it takes another person, the repository says whose rule was broken, wherever the command is given. */
  async #needingAnother({ subject, visit }: Given, own: readonly Broken[]): Promise<readonly string[]> {
    const places: string[] = [];
    for (const { place, repo } of own) {
      const octokit = isOfSameOwner(repo, subject.repo) ? visit.octokit : null;
      const { configuration } = await this.#options.configurations.of(octokit, repo);
      if (needsAnother(configuration)) places.push(place);
    }
    return places;
  }

  /** The broken rules of a record, each with the repository whose rule it was: the pull request's that broke it. */
  async #brokenIn(head: RecordHead): Promise<readonly Broken[]> {
    if (head.broken.length === 0) return [];
    const { store, pipeline } = this.#options;
    const { item } = await pipeline.workItems.load(membershipOf(head));
    const record = await readRecord(store, pipeline.workItems, head.recordId, ENTRIES_SHOWN);
    const peopleOf = new Map(record?.entries.map(({ seq, people }) => [seq, people]));
    return head.broken.flatMap(({ seq, pull }): readonly Broken[] => {
      const of = item.pulls.find(({ repoId, number }) => `${repoId}#${number}` === pull) ?? item.issue ?? item.pulls[0];
      return of
        ? [
            {
              place: `${head.recordId}#${seq}`,
              repo: { id: of.repoId, name: of.repoName },
              by: breakersIn(peopleOf.get(seq) ?? []),
            },
          ]
        : [];
    });
  }

  /** @returns the names of repositories that the person may not write to, by id */
  async #reposNotWritable({ subject, payload, visit }: Given, broken: readonly Broken[]) {
    const { user } = payload.comment;
    const theirs = new Map<number, string>();
    const others = new Map(broken.map(({ repo }) => [repo.id, repo]));
    // That the person may write where the command was given, is known.
    others.delete(subject.repo.id);
    for (const repo of others.values()) {
      const mayWrite = user && (await this.#options.permissions.mayWriteNow(visit.octokit, repo, user));
      if (!mayWrite) theirs.set(repo.id, repo.name);
    }
    return theirs;
  }

  #observe(
    { subject, payload, visit, person }: Given,
    { cause, news }: Pick<Observation, "cause" | "news">,
    more: { readonly [name: string]: Json } = {},
  ): Promise<readonly Observed[]> {
    const { comment } = payload;
    const people: readonly Participant[] =
      person && comment.user ? [{ role: "actor", person, type: accountType(comment.user) }] : [];
    const evidence = { url: comment.html_url, command: given(cause), ...more };
    const observation = { cause, news, people, evidence, occurredAt: comment.created_at };
    return this.#options.pipeline.apply({ subject, observation }, visit);
  }

  async #records(subject: Subject): Promise<readonly RecordView[]> {
    const { pipeline, store } = this.#options;
    const heads = await pipeline.headsOf(subject);
    const records = await Promise.all(
      heads.map(({ recordId }) => readRecord(store, pipeline.workItems, recordId, ENTRIES_SHOWN)),
    );
    return records.filter((record) => record !== null);
  }

  async #openPulls(heads: readonly RecordHead[]): Promise<readonly OfPull[]> {
    const open = new Map<string, OfPull>();
    for (const head of heads) {
      const { item } = await this.#options.pipeline.workItems.load(membershipOf(head));
      for (const { repoId, number, status } of item.pulls) {
        if (status.is === "open") open.set(`${repoId}#${number}`, { repoId, number });
      }
    }
    return [...open.values()];
  }

  async #answer({ payload, visit }: Given, { reaction, reply }: Answer, wasBegun: boolean): Promise<void> {
    const { comment, repository, issue } = payload;
    const { owner, name } = ownerAndName(repository);
    const place = { owner, repo: name };
    const { octokit } = visit;
    await ignoreRefusal(() =>
      octokit.rest.reactions.createForIssueComment({ ...place, comment_id: comment.id, content: reaction }),
    );
    if (reply === undefined) return;
    await ignoreRefusal(async () => {
      const marker = `<!-- loopforge:reply:${comment.id} -->`;
      if (wasBegun && (await hasReply(octokit, { ...place, issue_number: issue.number }, marker, this.#options.appId)))
        return;
      const body = `${marker}\n${reply}`;
      await octokit.rest.issues.createComment({ ...place, issue_number: issue.number, body });
    });
  }
}

/** Who did what an exception is about. */
function breakersIn(people: readonly Participant[]): readonly PersonId[] {
  return people.filter(({ role }) => role === "actor" || role === "merger").map(({ person }) => person);
}

/** Whether who broke a rule needs another person to justify it. */
function needsAnother({ justify, mode }: Configuration): boolean {
  return justify === null ? mode === "enforce" : justify === "another_person";
}

/** A comment that is gone takes no reaction, and a locked conversation no reply: what one is refused, the other need not be. */
async function ignoreRefusal(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isNotThere(error)) throw error;
  }
}

/** Of the pull request as it was with the comment on it: the comment itself is the newest about it. */
function saidAt({ comment, issue }: Given["payload"]): Timestamp {
  return comment.created_at > issue.updated_at ? comment.created_at : issue.updated_at;
}

/** The command in the words of who gave it, for the ledger. */
function given(cause: Observation["cause"]): string {
  switch (cause) {
    case "worker.picked_up":
      return "queue";
    case "command.automerge":
      return "automerge";
    default:
      return "justify";
  }
}

/** A process that died after it had replied must not reply again. */
async function hasReply(
  octokit: Octokit,
  place: { readonly owner: string; readonly repo: string; readonly issue_number: number },
  marker: string,
  appId: number,
): Promise<boolean> {
  const comments = await octokit.paginate(octokit.rest.issues.listComments, { ...place, per_page: 100 });
  return comments.some(({ body, performed_via_github_app: app }) => app?.id === appId && body?.startsWith(marker));
}

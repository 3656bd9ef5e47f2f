import { LRUCache } from "lru-cache";
import { type Policy, type Timestamp, timestamp } from "../../core/index.js";
import type { Logger } from "../../hook.js";
import type { LoopStore } from "../../store/repository.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";
import type { Repo } from "../observe/index.js";
import { type Effective, effectiveConfiguration } from "./effective.js";
import { LastValid, type ValidFile } from "./last-valid.js";
import { type Parsed, parseConfiguration } from "./parse.js";
import type { Problem } from "./problem.js";
import { type FileReading, readFile } from "./read-file.js";
import type { Place, Settings } from "./schema.js";
import { ORGANIZATION_REPOSITORY, type Source, Sources } from "./sources.js";

export interface ConfigurationsOptions {
  readonly items: LoopStore["items"];
  readonly clock: () => Date;
  readonly logger: Logger;
  /** What the operator has set for all repositories whose files say nothing of it, and what it has locked. */
  readonly defaults?: Settings;
  /** Full names of the repositories whose files rule their owners' others: only the operator can say which. */
  readonly organizationConfig?: readonly string[];
}

export interface InForce extends Effective {
  /** Which of the files, and the operator's settings, say anything: the closest first. */
  readonly source: NonNullable<Policy["source"]>;
  /** The SHAs of the files' blobs. */
  readonly files: NonNullable<Policy["files"]>;
  /** When GitHub showed the files; null where it could not be asked. */
  readonly readAt: Timestamp | null;
  /** Why a file as it is now is not in force; what it last said that could be used is. Empty where all is well. */
  readonly problems: readonly FileProblem[];
}

export interface FileProblem extends Problem {
  readonly file: Place;
}

/** What a pull request would do to the configuration. */
export interface ConfigurationCheck {
  /** Empty: it changes the file, and the file can be used. */
  readonly problems: readonly Problem[];
}

/** A file on the default branch as it was last seen there. */
interface KnownFile extends ValidFile {
  readonly problems: readonly Problem[];
  /** When GitHub showed it; null where it did not. */
  readonly readAt: Timestamp | null;
}

interface Question {
  readonly octokit: Octokit;
  readonly source: Source;
  /** A commit; the newest of the default branch otherwise. */
  readonly ref?: string;
}

/** A change of a file shows this late. */
const KNOWN_FOR_MS = 60_000;

/** Whoever may delete a file, or hide it, must not be able to lift what it has locked. */
const LOCKS_STAY: Problem = {
  line: 1,
  column: 1,
  message: "The file is not there any more: what it said stays, for it had locked settings",
  path: "",
};

const NO_FILE: KnownFile = { sha: null, settings: {}, problems: [], readAt: null };

/** It is only told, and rules nobody. */
const UNNAMED_FOR_MS = 3_600_000;

/** What GitHub says of it may be about others' networks and rules: that is in the log only. */
const NOT_SHOWN: Problem = { line: 1, column: 1, message: "GitHub does not let LoopForge read the file", path: "" };

/** What is in force for each repository: the files of the repository and its organisation, each read at most once a minute. */
export class Configurations {
  readonly #logger: Logger;
  readonly #defaults: Settings;
  readonly #sources: Sources;
  readonly #lastValid: LastValid;
  readonly #clock: () => Date;
  readonly #known: LRUCache<string, KnownFile, Question>;
  readonly #unnamed: LRUCache<string, { readonly isThere: boolean }, Octokit>;

  constructor({ items, clock, logger, defaults = {}, organizationConfig = [] }: ConfigurationsOptions) {
    this.#logger = logger;
    this.#defaults = defaults;
    this.#sources = new Sources(organizationConfig);
    this.#lastValid = new LastValid(items);
    this.#clock = clock;
    // Callers at once share one read; a read that fails is not kept.
    this.#known = new LRUCache<string, KnownFile, Question>({
      max: 10_000,
      ttl: KNOWN_FOR_MS,
      ttlResolution: 0,
      perf: { now: () => clock().getTime() },
      ignoreFetchAbort: true,
      fetchMethod: (_id, _stale, { context }) => this.#read(context),
    });
    this.#unnamed = new LRUCache<string, { readonly isThere: boolean }, Octokit>({
      max: 10_000,
      ttl: UNNAMED_FOR_MS,
      ttlResolution: 0,
      perf: { now: () => clock().getTime() },
      ignoreFetchAbort: true,
      fetchMethod: (owner, _stale, { context }) => isThere(context, { owner, repo: ORGANIZATION_REPOSITORY }),
    });
  }

  /**
   * A file that is not there sets nothing. One that cannot be used leaves in force what it last said; so does one that GitHub cannot be
   * asked for, or does not show: that it does not say what is in a file is no word that there is none.
   * @param octokit null where GitHub cannot be asked: what is known is in force, and the defaults where nothing is
   * @throws GitHub's own errors where it does not answer and nothing was ever known of a file; the store's own errors
   */
  async of(octokit: Octokit | null, repo: Repo): Promise<InForce> {
    const { organization, repository } = this.#sources.of(repo);
    const [below, own] = await Promise.all([
      organization ? this.#file(octokit, organization) : null,
      repository ? this.#file(octokit, repository) : null,
    ]);
    const layers = {
      repository: own?.settings ?? {},
      organization: below?.settings ?? {},
      operator: this.#defaults,
    };
    const times = [below, own].flatMap((file) => (file ? [file.readAt] : []));
    return {
      ...effectiveConfiguration(layers),
      files: {
        ...(own && own.sha !== null ? { repository: own.sha } : {}),
        ...(below && below.sha !== null ? { organization: below.sha } : {}),
      },
      readAt: times.reduce((first, time) => (first === null || time === null ? null : time < first ? time : first)),
      source: sourceOf(layers),
      problems: [
        ...(below?.problems ?? []).map((problem) => ({ ...problem, file: "organization" as const })),
        ...(own?.problems ?? []).map((problem) => ({ ...problem, file: "repository" as const })),
      ],
    };
  }

  /**
   * The repository `.github` of the owner, where it has a file that rules nobody, for the operator has not named it.
   * @returns its full name; null where there is none, or GitHub does not show it
   */
  async unnamed(octokit: Octokit, repo: Repo): Promise<string | null> {
    const { organization } = this.#sources.of(repo);
    if (organization) return null;
    const { owner } = ownerAndName(repo);
    const { isThere } = await this.#unnamed.forceFetch(owner, { context: octokit });
    return isThere ? `${owner}/${ORGANIZATION_REPOSITORY}` : null;
  }

  /**
   * What is in force by the file of a commit that was pushed to the default branch just now.
   * @throws as {@link of}
   */
  async pushed(octokit: Octokit, repo: Repo, commit: string): Promise<InForce> {
    const { own: source } = this.#sources.of(repo);
    this.#known.set(source.id, await this.#read({ octokit, source, ref: commit }));
    return this.of(octokit, repo);
  }

  /**
   * Whether the file at a pull request's head can be used. One request, and another where the default branch's is not known.
   * @returns null where the head has no file, or the very file of the default branch
   * @throws GitHub's own errors, where asking again may help
   */
  async check(octokit: Octokit, repo: Repo, headSha: string): Promise<ConfigurationCheck | null> {
    const { own: source } = this.#sources.of(repo);
    const [known, head] = await Promise.all([
      this.#file(octokit, source),
      readFile(octokit, { owner: source.owner, repo: source.repo, ref: headSha }),
    ]);
    if (head.status === "absent" || head.status === "not_shown" || head.sha === known.sha) return null;
    const parsed = parse(head, source.place);
    return { problems: parsed.ok ? [] : parsed.problems };
  }

  async #file(octokit: Octokit | null, source: Source): Promise<KnownFile> {
    if (octokit) return this.#known.forceFetch(source.id, { context: { octokit, source } });
    return this.#known.get(source.id) ?? (await this.#lastKnown(source)) ?? NO_FILE;
  }

  async #read({ octokit, source, ref }: Question): Promise<KnownFile> {
    const { owner, repo, place, id, isNamed } = source;
    const where = { repo: `${owner}/${repo}` };
    const known = await this.#lastKnown(source);
    let reading: FileReading;
    try {
      reading = await readFile(
        octokit,
        { owner, repo, ...(ref === undefined ? {} : { ref }) },
        // The operator has named it: where it is not shown, that is no word that there is none.
        { isExpected: isNamed || isMissed(known) },
      );
    } catch (error) {
      if (!known) throw error;
      this.#logger.warn(
        { err: error, ...where },
        "GitHub could not be asked for the configuration: the last one stays",
      );
      return known;
    }
    if (reading.status === "not_shown") {
      this.#logger.warn({ err: reading.error, ...where }, "GitHub does not show the configuration: the last one stays");
      return { ...(known ?? NO_FILE), problems: [NOT_SHOWN] };
    }
    if (reading.status === "absent" && isNamed && known?.settings.locked?.length) {
      this.#logger.warn(
        where,
        "The organisation's configuration is gone: what it said stays, for it had locked settings",
      );
      return { ...known, problems: [LOCKS_STAY], readAt: timestamp(this.#clock()) };
    }
    const sha = reading.status === "absent" ? null : reading.sha;
    const parsed = parse(reading, place);
    const readAt = timestamp(this.#clock());
    if (!parsed.ok) return { ...(known ?? NO_FILE), sha, problems: parsed.problems, readAt };
    await this.#lastValid.keep(id, { sha, settings: parsed.settings });
    return { sha, settings: parsed.settings, problems: [], readAt };
  }

  async #lastKnown({ id }: Source): Promise<KnownFile | null> {
    const file = await this.#lastValid.get(id);
    return file && { ...file, problems: [], readAt: null };
  }
}

/** Whether GitHub shows the file. Where it does not answer, nothing is said of it: nothing is decided by it either. */
async function isThere(octokit: Octokit, address: { readonly owner: string; readonly repo: string }) {
  try {
    const { status } = await readFile(octokit, address);
    return { isThere: status === "file" || status === "unreadable" };
  } catch {
    return { isThere: false };
  }
}

/** Those that say anything at all, and the defaults below them. */
function sourceOf(
  layers: {
    readonly [Layer in "repository" | "organization" | "operator"]: Settings;
  },
): InForce["source"] {
  const said = (["repository", "organization", "operator"] as const).filter(
    (layer) => Object.keys(layers[layer]).length > 0,
  );
  return [...said, "default"];
}

/** Whether a file was there when it was last seen. */
function isMissed(known: KnownFile | null): boolean {
  return known !== null && known.sha !== null;
}

function parse(reading: Exclude<FileReading, { readonly status: "not_shown" }>, place: Place): Parsed {
  switch (reading.status) {
    case "absent":
      return { ok: true, settings: {} };
    case "unreadable":
      return { ok: false, problems: [{ line: 1, column: 1, message: reading.why, path: "" }] };
    case "file":
      return parseConfiguration(reading.text, place);
  }
}

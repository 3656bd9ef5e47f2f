import { z } from "zod";
import { SIDES, type Side } from "../../core/index.js";
import {
  autoOrYesOrNo,
  branchPattern,
  hookName,
  list,
  oneOf,
  pattern,
  patterns,
  section,
  setting,
  settingPath,
  text,
  wholeNumber,
  yesOrNo,
} from "./setting.js";

/** What is in force for a repository, every setting filled in. */
export interface Configuration {
  /** Whether LoopForge's check run only reports, or fails where a change may not be merged. */
  readonly mode: "observe" | "enforce";
  readonly lifecycle: "github" | "strict";
  readonly ci: {
    /** False: this repository has no CI, and none is waited for. */
    readonly required: "auto" | boolean;
    /** Exact names of check runs and status contexts that must be there and pass. */
    readonly checks: readonly string[];
    /** Names of those whose result does not count; `*` stands for any run of characters. Text of a stranger's: match it without backtracking. */
    readonly ignore: readonly string[];
    /** How long, in minutes, a check may not have come before that is said; null: for ever. */
    readonly timeoutMinutes: number | null;
  };
  readonly approvals: {
    readonly required: number;
    /** Whose approval does not count: of those who are on the side of the change. */
    readonly notFrom: readonly Side[];
  };
  readonly agents: {
    /** Logins of AI agents beside those that LoopForge knows. */
    readonly logins: readonly string[];
    readonly approvals: number;
    readonly mayMerge: boolean;
  };
  readonly links: {
    /** Names of head branches that say which issue they are about: `{issue}` stands for its number, `*` for any run of characters. */
    readonly branches: readonly string[];
  };
  readonly queue: {
    /** Labels of an issue that say somebody took it up. */
    readonly labels: readonly string[];
  };
  readonly autoMerge: {
    readonly enabled: boolean;
    /** The label by which a pull request asks for it, and without which none is merged; null: `enabled` says. */
    readonly label: string | null;
    readonly method: "merge" | "squash" | "rebase";
  };
  /** Whose justification of a broken rule counts; null: another person's where mode is enforce, anyone's where it is observe. */
  readonly justify: "another_person" | "anyone" | null;
  /** Names of the operator's hooks that run; null: all of them. */
  readonly hooks: readonly string[] | null;
  /** Names of the operator's gates that are asked; null: all of them. */
  readonly gates: readonly string[] | null;
}

/** What is in force where no file and no operator says otherwise. */
export const DEFAULT_CONFIGURATION: Configuration = {
  mode: "observe",
  lifecycle: "github",
  ci: { required: "auto", checks: [], ignore: [], timeoutMinutes: null },
  approvals: { required: 0, notFrom: SIDES },
  agents: { logins: [], approvals: 1, mayMerge: false },
  links: { branches: [] },
  queue: { labels: ["queued"] },
  autoMerge: { enabled: false, label: null, method: "merge" },
  justify: null,
  hooks: null,
  gates: null,
};

const { mode, lifecycle, ci, approvals, agents, links, queue, autoMerge } = DEFAULT_CONFIGURATION;

const SETTINGS = {
  mode: setting(oneOf("observe", "enforce"), {
    description: "observe: the check run LoopForge reports and never blocks. enforce: it fails where a rule is broken.",
    default: mode,
  }),
  lifecycle: setting(oneOf("github", "strict"), {
    description: "Which moves a work item may make. github knows rework and cancelling, strict goes forward only.",
    default: lifecycle,
  }),
  ci: section({
    required: setting(autoOrYesOrNo(), {
      description:
        "auto: CI is expected once the repository has shown a check. true: always. false: none is waited for.",
      default: ci.required,
    }),
    checks: setting(list(text(200)), {
      description: "Exact names of the check runs and status contexts that must be there and pass.",
      default: ci.checks,
    }),
    ignore: setting(patterns(pattern()), {
      description: "Names of check runs and status contexts whose result does not count. * stands for any characters.",
      default: ci.ignore,
    }),
    timeout_minutes: setting(wholeNumber(1, 10_080).nullable(), {
      description: "After how many minutes a check that has not come is named as missing. null: never.",
      default: ci.timeoutMinutes,
    }),
  }),
  approvals: section({
    required: setting(wholeNumber(0, 10), {
      description:
        "How many approvals of the newest commit a change needs, from people who may write and did not author it.",
      default: approvals.required,
    }),
    not_from: setting(list(oneOf(...SIDES)), {
      description:
        "Whose approval does not count: the author's, that of whoever pushed last, that of whoever set the agent to work that wrote it.",
      default: approvals.notFrom,
    }),
  }),
  agents: section({
    logins: setting(list(text(100)), {
      description: "Accounts of AI agents beside those that LoopForge knows, such as acme-coder[bot].",
      default: agents.logins,
    }),
    approvals: setting(wholeNumber(0, 10), {
      description: "How many approvals by people a change of an AI agent's needs at least.",
      default: agents.approvals,
    }),
    may_merge: setting(yesOrNo(), {
      description: "Whether an AI agent may merge what no person has approved.",
      default: agents.mayMerge,
    }),
  }),
  links: section({
    branches: setting(patterns(branchPattern()), {
      description:
        "Names of head branches that say which issue they are about, such as issue-{issue}-*. {issue} stands for its number, * for any characters.",
      default: links.branches,
    }),
  }),
  queue: section({
    labels: setting(list(text(100)), {
      description: "Labels of an issue that say somebody took it up.",
      default: queue.labels,
    }),
  }),
  auto_merge: section({
    enabled: setting(yesOrNo(), {
      description: "Whether LoopForge merges every pull request once nothing is missing.",
      default: autoMerge.enabled,
    }),
    label: setting(text(100).nullable(), {
      description: "Only pull requests with this label are merged, whatever enabled says. null: enabled says which.",
      default: autoMerge.label,
    }),
    method: setting(oneOf("merge", "squash", "rebase"), {
      description: "How it is merged.",
      default: autoMerge.method,
    }),
  }),
  justify: setting(oneOf("another_person", "anyone"), {
    description:
      "Whose justification of a broken rule counts: that of another person than who broke it, or anyone's. Left out: another_person where mode is enforce, anyone where it is observe.",
  }),
  hooks: setting(list(hookName(), 20), {
    description: "Which of the hooks that the operator has set up run here. Left out: all of them.",
  }),
  gates: setting(list(hookName(), 20), {
    description: "Which of the gates that the operator has set up are asked here. Left out: all of them.",
  }),
};

/** The settings that have a value, by their dotted paths: `mode`, `ci.required`, … */
export const SETTING_PATHS: readonly string[] = pathsIn(z.strictObject(SETTINGS));

const LOCKABLE = [...new Set([...Object.keys(SETTINGS), ...SETTING_PATHS])];

const LOCKED = setting(list(settingPath(LOCKABLE)), {
  description:
    "In the organisation's file only: settings of which repositories cannot ask for less, by their dotted paths. ci locks all below ci.",
});

/** The file of each place, as its text says it: every setting may be left out, and nothing else may be there. */
export const FILES = {
  repository: z.strictObject(SETTINGS, "must hold settings, such as mode: enforce"),
  organization: z.strictObject({ ...SETTINGS, locked: LOCKED }, "must hold settings, such as mode: enforce"),
} as const;

/** Whose `.github/loopforge.yml`: the repository's own, or the one of its owner's repository `.github`. */
export type Place = keyof typeof FILES;

/** What one file says, in the words of the file. */
export type Settings = z.infer<(typeof FILES)["organization"]>;

function pathsIn({ shape }: z.ZodObject, above = ""): readonly string[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const inner: unknown = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    return inner instanceof z.ZodObject ? pathsIn(inner, `${above}${name}.`) : [above + name];
  });
}

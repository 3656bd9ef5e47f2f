import type { EntryListener, Logger, TransitionHook } from "../hook.js";
import type { ConfiguredGate } from "../hooks/gates/ask-gates.js";
import { Recorder } from "../recorder/recorder.js";
import type { LoopStore } from "../store/repository.js";
import { Commands } from "./commands/commands.js";
import { Configurations } from "./config/load.js";
import type { Settings } from "./config/schema.js";
import { AutoMerge } from "./merge/auto-merge.js";
import { Gates } from "./merge/gates.js";
import { Permissions } from "./people/permissions.js";
import { Pipeline } from "./pipeline.js";
import { Conclusions } from "./publish/conclusions.js";
import { Reporter } from "./publish/reporter.js";

export interface AppOptions {
  readonly store: LoopStore;
  /** This App's id at GitHub: its own check runs are not CI. */
  readonly appId: number;
  readonly hooks?: readonly TransitionHook[];
  readonly hookTimeoutMs?: number;
  /** Told of every commit, also of entries that move nothing. */
  readonly listeners?: readonly EntryListener[];
  /** What is in force where a repository's and its organisation's `loopforge.yml` say nothing. */
  readonly defaults?: Settings;
  /** Full names of the repositories whose `loopforge.yml` rules their owners' other repositories, such as `acme/.github`. */
  readonly organizationConfig?: readonly string[];
  /** Asked about what has become ready to merge. */
  readonly gates?: readonly ConfiguredGate[];
  readonly clock?: () => Date;
  readonly logger: Logger;
}

/** What the App is made of, for its Probot handlers and for what runs outside of a delivery. */
export interface AppParts {
  readonly appId: number;
  readonly store: LoopStore;
  readonly pipeline: Pipeline;
  readonly configurations: Configurations;
  readonly conclusions: Conclusions;
  readonly commands: Commands;
}

export function createParts(options: AppOptions): AppParts {
  const { store, appId, hooks = [], listeners = [], defaults = {}, organizationConfig = [], logger } = options;
  const { gates: asked = [], hookTimeoutMs = 10_000, clock = () => new Date() } = options;
  const recorder = new Recorder({ store, hooks, hookTimeoutMs, listeners, clock, logger });
  const configurations = new Configurations({ items: store.items, clock, logger, defaults, organizationConfig });
  const permissions = new Permissions(clock);
  const autoMerge = new AutoMerge(store, recorder.workItems, clock);
  const askedToMerge: AutoMerge["askedFor"] = (...head) => autoMerge.askedFor(...head);
  const pipeline = new Pipeline({
    ...{ recorder, store, configurations, permissions, askedToMerge, appId, clock },
    gates: asked.map(({ name }) => name),
  });
  const gates = new Gates(store, recorder.workItems, asked, clock);
  const setUp = { hooks: [...hooks, ...listeners], gates: asked };
  const reporter = new Reporter({ store, workItems: recorder.workItems, configurations, logger, setUp, appId });
  const conclusions = new Conclusions({ pipeline, configurations, gates, autoMerge, reporter });
  const commands = new Commands({ store, pipeline, permissions, conclusions, configurations, appId });
  return { appId, store, pipeline, configurations, conclusions, commands };
}

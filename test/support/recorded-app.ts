import { Probot, ProbotOctokit } from "probot";
import { createApp } from "../../src/github/app.js";
import { createParts } from "../../src/github/parts.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { testClock } from "../sandbox/given.js";
import { collectedLog } from "./log.js";
import { RECORDED_SINCE, type Recorded } from "./recorded.js";
import { type RecordedGithub, recordedGithub } from "./recorded-github.js";
import type { RecordedWorld } from "./recorded-world.js";

export interface RecordedApp {
  readonly store: MemoryRepository;
  readonly github: RecordedGithub;
  /** Warnings and worse. */
  readonly log: readonly string[];
  /** Works one delivery to its end. Rejects when the App fails at it. */
  receive(delivery: Recorded): Promise<void>;
}

export const APP_ID = 4711;

/** The application function under Probot, with a recording as its GitHub, in one process and without a network. */
export function givenRecordedApp(world: RecordedWorld): RecordedApp {
  const github = recordedGithub(world, { appId: APP_ID, authClock: () => new Date() });
  const { clock, hear } = receiptClock();
  const store = new MemoryRepository({ clock });
  const { log, lines } = collectedLog();
  const probot = new Probot({
    // An App's key would be parsed anew for every recording: how it signs in is tested over HTTP.
    ...{ githubToken: "ghs_recorded", secret: "unused", Octokit: Impatient, log },
    request: { fetch: fetchFrom(github) },
  });
  const loaded = probot.load(createApp(createParts({ store, appId: APP_ID, clock, logger: log })));
  return {
    ...{ store, github, log: lines },
    async receive({ id, event, payload, run, delivered_at }) {
      await loaded;
      hear(run, delivered_at);
      await probot.receive({ id, name: event, payload } as object as Parameters<Probot["receive"]>[0]);
    },
  };
}

/**
 * The time of receipt: no delivery comes before GitHub made it, and what comes late comes when those before it had come. The runs are
 * years apart and share nothing, so each has a time of its own.
 */
function receiptClock() {
  const clock = testClock(RECORDED_SINCE);
  let current: string | null = null;
  return {
    clock,
    hear(run: string, at: string): void {
      const seconds = (Date.parse(at) - clock().getTime()) / 1000;
      if (run !== current || seconds > 0) clock.advance(seconds);
      current = run;
    },
  };
}

const Impatient = ProbotOctokit.defaults((given: object) => ({
  ...{ ...given, throttle: { enabled: false }, retry: { enabled: false } },
})) as typeof ProbotOctokit;

function fetchFrom(github: RecordedGithub): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await github.fetch(request);
    // An answer that came over no network does not know its address, which Octokit reads to find the next page.
    return Object.defineProperty(response, "url", { value: request.url });
  };
}

import { SqliteInbox } from "../../src/inbox/sqlite.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { MemoryRepository } from "../../src/store/memory.js";
import type { LoopStore } from "../../src/store/repository.js";
import { countingGuid } from "../sandbox/given.js";
import { TEST_KEY } from "../support/keys.js";
import { collectedLog } from "../support/log.js";
import { type Checked, Checkers, type Fault, isAbout } from "./checkers.js";
import type { PullStory } from "./journal.js";
import { Luck } from "./luck.js";
import { MOVES, Pick, type Stage, setStage } from "./moves/index.js";
import { Network } from "./network.js";
import type { SimulatorOptions } from "./options.js";
import { type Ends, endsOf, judgedIn, type Tally } from "./outcome.js";
import { type AppProcess, type Surroundings, startProcess } from "./process.js";
import { SimTime } from "./sim-time.js";
import type { Step } from "./story.js";
import { truthFaults } from "./truth-checker.js";
import { Turns } from "./turns.js";

export interface Run {
  readonly faults: readonly Fault[];
  /** What was done, a line a step. */
  readonly words: readonly string[];
  readonly tally: Tally;
  /** By the step in which it was opened, for those of the team. */
  readonly ends: Ends;
  readonly log: readonly string[];
}

export type Look = (all: Omit<Stage, "step"> & { readonly store: LoopStore }) => Promise<void>;

const APP_ID = 4711;
/** More calls than any story needs: what goes on beyond them never ends. */
const ENDLESS = 30_000;
/** As long as nothing takes that ends. */
const LONG_MS = 14 * 86_400_000;

/**
 * Plays a story, with LoopForge beside it, and checks it after every step and at the end. Stops at the first step with a fault.
 * @param look at what happened and what was recorded, when all is over
 */
export async function simulate(
  seed: number,
  options: SimulatorOptions,
  steps: readonly Step[],
  look: Look = async () => {},
): Promise<Run> {
  const simulation = await Simulation.begin(seed, options);
  return simulation.play(steps, look);
}

interface Played {
  readonly stage: Omit<Stage, "step">;
  readonly network: Network;
  readonly process: AppProcess;
  readonly log: readonly string[];
}

class Simulation {
  readonly #around: Surroundings;
  readonly #stage: Omit<Stage, "step">;
  readonly #network: Network;
  readonly #checkers: Checkers;
  readonly #checked: Checked;
  readonly #words: string[] = [];
  readonly #log: readonly string[];
  #process: AppProcess;
  #calls = 0;
  #crashes = 0;
  /** Merges that LoopForge made with all known to it that GitHub had said. */
  readonly #informed = new Set<PullStory>();

  private constructor(around: Surroundings, { stage, network, process, log }: Played) {
    this.#around = around;
    this.#stage = stage;
    this.#process = process;
    this.#log = log;
    const { sandbox, inbox, store } = around;
    this.#network = network;
    this.#checked = { store, inbox, sandbox, repository: stage.repository, network: this.#network };
    this.#checkers = new Checkers(this.#checked);
  }

  static async begin(seed: number, options: SimulatorOptions): Promise<Simulation> {
    const time = new SimTime();
    const luck = new Luck(seed);
    const { clock } = time;
    const sandbox = createSandbox({
      clock,
      authClock: () => new Date(),
      guid: countingGuid(),
      deliveryGuids: "timed",
      checkPullRequests: "empty",
      app: { id: APP_ID, slug: "loopforge", name: "LoopForge", webhookSecret: "unused", privateKey: TEST_KEY },
    });
    const { log, lines } = collectedLog();
    const stage = setStage(sandbox, clock, options);
    const installation = stage.repository.installation?.id ?? 0;
    const store = new MemoryRepository({ clock });
    const inbox = new SqliteInbox(":memory:", { clock, monotonic: time.monotonic });
    const network = new Network({ sandbox, inbox, time, luck, faults: options.network, inboxFaults: options.inbox });
    const outlasting = { sandbox, store, inbox, time, luck, options, installation, log, onDone: network.done };
    const around: Surroundings = { ...outlasting, turns: new Turns(luck) };
    const simulation = new Simulation(around, { stage, network, process: await startProcess(around), log: lines });
    await simulation.#hearOfThePast();
    return simulation;
  }

  /** What was there before is no story, and nothing goes wrong with it. */
  async #hearOfThePast(): Promise<void> {
    const { luck } = this.#around;
    luck.areFaultsOver = true;
    await this.#hear();
    await this.#work(ENDLESS);
    luck.areFaultsOver = false;
  }

  async play(steps: readonly Step[], look: Look): Promise<Run> {
    try {
      for (const step of steps) {
        await this.#play(step);
        const faults = await this.#checkers.run();
        if (faults.length > 0) return await this.#run(faults);
      }
      return await this.#run(await this.#finish());
    } finally {
      await look({ ...this.#stage, store: this.#around.store });
      await this.#process.crash();
      await this.#around.inbox.close();
    }
  }

  async #run(faults: readonly Fault[]): Promise<Run> {
    const { store, luck } = this.#around;
    const counted = { steps: this.#words.length, calls: this.#calls, struck: luck.struck, crashes: this.#crashes };
    const tally = { ...counted, ...(await judgedIn(store, this.#stage.journal)) };
    return { faults, words: this.#words, tally, ends: await endsOf(this.#stage, store), log: this.#log };
  }

  async #play(step: Step): Promise<void> {
    const { luck } = this.#around;
    luck.begin(step.id);
    const most = step.calls ?? ENDLESS;
    await this.#pass(step.wait * 1000, most);
    this.#act(step);
    await this.#hear();
    if (step.crashAfter !== null) await this.#crash(step.crashAfter);
    await this.#work(most);
  }

  #act({ id, move, numbers }: Step): void {
    const { time } = this.#around;
    const found = MOVES.find(({ name }) => name === move);
    const done = found && attempt(() => found.play({ ...this.#stage, step: id }, new Pick(numbers)));
    if (!done) return;
    this.#stage.journal.notice(done.by);
    this.#words.push(`${time.clock().toISOString().slice(5, 19).replace("T", " ")}  ${done.words}`);
  }

  async #crash(after: number): Promise<void> {
    await this.#work(after);
    await this.#process.crash();
    this.#crashes += 1;
    this.#words.push("                LoopForge crashes, and is started again");
    this.#process = await startProcess(this.#around);
  }

  /** Lets time pass, with all that falls due on the way. */
  async #pass(ms: number, calls: number): Promise<void> {
    const { time } = this.#around;
    const until = time.monotonic() + ms;
    for (let left = calls; ; ) {
      const arrives = this.#network.nextDue ?? Number.POSITIVE_INFINITY;
      const hasRung = time.advance(Math.min(until, arrives));
      await this.#hear();
      if (left > 0) left -= await this.#work(left);
      if (!hasRung && time.monotonic() >= until) return;
    }
  }

  async #hear(): Promise<void> {
    this.#network.collect();
    if (await this.#network.deliverDue()) this.#process.wake();
  }

  async #work(most: number): Promise<number> {
    const { turns } = this.#around;
    const done = await turns.work(most, () => this.#noticeMerges());
    this.#calls += done;
    if (done >= ENDLESS) throw new Error("LoopForge does not come to an end");
    return done;
  }

  /** LoopForge's own, and whether it had heard all that was to be heard then. */
  #noticeMerges(): void {
    const { sandbox } = this.#around;
    for (const story of this.#stage.journal.noticeMerges()) {
      if (story.merge?.by?.login !== sandbox.app.bot.login) continue;
      const shas = new Set([story.merge.head, story.merge.judged]);
      const isUnheard = [...this.#network.unworked].some(({ payload }) => isAbout(story.pull, shas, payload));
      if (!isUnheard) this.#informed.add(story);
    }
  }

  /** Nothing goes wrong any more; all that is on its way arrives, and everything is compared with GitHub once. */
  async #finish(): Promise<readonly Fault[]> {
    const { luck } = this.#around;
    luck.begin(0);
    luck.areFaultsOver = true;
    await this.#becomeQuiet();
    await this.#reconcile();
    await this.#becomeQuiet();
    const faults = [...(await this.#checkers.run()), ...(await this.#unfinished())];
    return [...faults, ...(await truthFaults(this.#checked, this.#stage.journal, this.#informed))];
  }

  async #becomeQuiet(): Promise<void> {
    const { time, inbox } = this.#around;
    const deadline = time.monotonic() + LONG_MS;
    while (time.monotonic() < deadline) {
      await this.#hear();
      await this.#work(ENDLESS);
      this.#network.collect();
      const { waiting, leased } = await inbox.stats(time.clock());
      if (waiting + leased === 0 && this.#network.nextDue === null) return;
      // To the next timer, or the next arrival.
      time.advance(Math.min(deadline, this.#network.nextDue ?? deadline));
    }
  }

  async #reconcile(): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    const comparing = this.#process.reconcile();
    const ended = comparing.then(over, over);
    while (!isOver) await this.#work(1);
    await ended;
    for (const finding of await comparing) {
      if (finding.found === "failed") throw new Error(`${finding.ref} cannot be compared: ${String(finding.error)}`);
    }
  }

  async #unfinished(): Promise<readonly Fault[]> {
    const { inbox, time } = this.#around;
    const { waiting, leased } = await inbox.stats(time.clock());
    if (waiting + leased === 0) return [];
    const [first] = (await inbox.list({ status: waiting > 0 ? "waiting" : "leased" })).items;
    return [{ checker: "end", what: `${waiting + leased} deliveries are never done: ${first?.event} ${first?.error}` }];
  }
}

/** GitHub refuses what cannot be done. */
function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "status" in error) return null;
    throw error;
  }
}

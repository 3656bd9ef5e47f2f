import { createSandbox, type PullRequest, type Repository, type Sandbox } from "../../src/sandbox/index.js";
import { ALL_SCENARIOS, type Scenario, type Stage } from "../../src/sandbox/scenarios/index.js";
import { TEST_KEY, WEBHOOK_SECRET } from "./keys.js";

/** The life of one change, in a repository of its own. */
export interface WorkItem {
  readonly scenario: Scenario;
  readonly repository: Repository;
  /** Does the next thing at GitHub. @returns false once the life is over */
  next(): boolean;
  /** The pull request that the life was about. Throws before the end. */
  readonly pull: PullRequest;
}

/** One GitHub with many work items. */
export interface ProofWorld {
  readonly sandbox: Sandbox;
  readonly items: readonly WorkItem[];
  /** Begins so many more, the scenarios taken in turn; there are none at first. @returns them */
  more(count: number): readonly WorkItem[];
}

export interface ProofWorldOptions {
  /** The server's clock, in milliseconds since 1970; between two events of the world, a second passes besides. */
  readonly now?: () => number;
  /** The repository of the work item of that number, from 1 on; all of one organisation by default. */
  readonly repositoryOf?: (number: number) => string;
  /** Whether GitHub remembers what it has sent; it does by default. */
  readonly keepDeliveries?: boolean;
}

export function proofWorld(options: ProofWorldOptions = {}): ProofWorld {
  const { now = Date.now, repositoryOf = (number) => `acme/shop-${number}`, keepDeliveries = true } = options;
  let ahead = 0;
  const sandbox = createSandbox({
    keepDeliveries,
    clock: () => new Date(now() + ahead),
    authClock: () => new Date(now()),
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
  });
  const items: WorkItem[] = [];
  const tick = () => {
    ahead += 1000;
  };
  const more = (wanted: number) => {
    const begun = Array.from({ length: wanted }, (_, index) => {
      const number = items.length + index;
      const scenario = ALL_SCENARIOS[number % ALL_SCENARIOS.length];
      if (!scenario) throw new Error("There are no scenarios");
      return workItem(scenario, stageIn(sandbox, repositoryOf(number + 1), scenario.configuration), tick);
    });
    items.push(...begun);
    return begun;
  };
  return { sandbox, items, more };
}

function workItem(scenario: Scenario, stage: Stage, tick: () => void): WorkItem {
  const scenes = scenario.play(stage);
  let pull: PullRequest | null = null;
  return {
    ...{ scenario, repository: stage.repository },
    next() {
      if (pull) return false;
      tick();
      const scene = scenes.next();
      if (scene.done) pull = scene.value;
      return !scene.done;
    },
    get pull() {
      if (!pull) throw new Error(`The scenario ${scenario.name} is not over`);
      return pull;
    },
  };
}

function stageIn(sandbox: Sandbox, fullName: string, configuration: string | undefined): Stage {
  const ci = sandbox.checksApp("ci");
  const repository = sandbox.repository(fullName);
  const [alice, bob, admin] = [sandbox.user("alice"), sandbox.user("bob"), sandbox.user("carol")];
  repository.grant(alice, "write");
  repository.grant(bob, "write");
  repository.grant(admin, "admin");
  if (configuration !== undefined) repository.putFile(".github/loopforge.yml", configuration, { by: admin });
  return { repository, ci, alice, bob, admin };
}

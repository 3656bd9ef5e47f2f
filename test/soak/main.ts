import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { openInbox } from "../../src/inbox/open.js";
import { openStore } from "../../src/store/open.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { bundleServer } from "../support/proof-bundle.js";
import { ProofClient } from "../support/proof-client.js";
import { endsOf, promisedEnd, settledEnd } from "../support/proof-ends.js";
import { liveWhile } from "../support/proof-lives.js";
import { type ServerProcess, startProcess } from "../support/proof-process.js";
import { proofWorld } from "../support/proof-world.js";
import { growthBetween, readHeap } from "./heap-growth.js";

interface Flags {
  readonly minutes: number;
  readonly sideBySide: number;
  readonly every: number;
  readonly warmUp: number;
  readonly snapshots: boolean;
  readonly throttle: boolean;
}

const MB = 1024 * 1024;
const MINUTE_MS = 60_000;

const program = new Command("soak")
  .description(
    "Lets work items live at a GitHub where nothing goes wrong, each with an installation of its own, and watches the server's memory.",
  )
  .option("--minutes <n>", "how long", positive, 30)
  .option("--side-by-side <n>", "how many work items live at a time", positive, 40)
  .option("--every <minutes>", "how often to look at the memory", positive, 1)
  .option("--warm-up <minutes>", "growth is counted from then on: caches fill at first", positive, 5)
  .option("--snapshots", "compare the heap after the warm-up with the one at the end", false)
  .option("--no-throttle", "without the second that GitHub wants between two writes: more work items in the same time")
  .addHelpText(
    "after",
    "\nExit 0: nothing was set aside, and each work item ended as its scenario says. Exit 1: not so.",
  );

const { minutes, sideBySide, every, warmUp, snapshots, throttle } = program.parse().opts<Flags>();
const bundled = await bundleServer();
const folder = await mkdtemp(join(tmpdir(), "loopforge-soak-"));
const world = proofWorld({ repositoryOf: (number) => `acme-${number}/shop-${number}`, keepDeliveries: false });
const github = await world.sandbox.listen();
const places = { store: `sqlite:${join(folder, "store.db")}`, inbox: `sqlite:${join(folder, "inbox.db")}` };
const server = startProcess(bundled);
const url = await server.serve({
  config: {
    ...{
      appId: 4711,
      privateKey: TEST_KEY,
      webhookSecret: WEBHOOK_SECRET,
      previousWebhookSecret: null,
      organizationConfig: [],
    },
    ...{ githubUrl: github.url, host: "127.0.0.1", port: 0, inboxLimit: 100_000, logLevel: "warn" },
    ...{ queueLabel: "queued", ...places },
  },
  throttle,
});
const inbox = await openInbox(places.inbox);
const client = new ProofClient(() => Promise.resolve(url));

const begin = performance.now();
const passed = () => (performance.now() - begin) / MINUTE_MS;
const watch = watchMemory(server);
await liveWhile({ world, client, inbox }, sideBySide, () => passed() < minutes);
await watch.stop();
await server.idle();
await watch.sumUp();

const store = await openStore(places.store);
const failed = await inbox.list({ status: "failed" });
const ends = await endsOf(world, store);
const wrong = ends.filter((end, index) => {
  const item = world.items[index];
  return item && JSON.stringify(settledEnd(end)) !== JSON.stringify(promisedEnd(item));
});
for (const { event, action, error } of failed.items) console.log(`set aside: ${event}.${action}: ${error}`);
for (const end of wrong) console.log(`not as its scenario says: ${JSON.stringify(settledEnd(end))}`);
console.log(
  `${world.items.length} work items, ${client.acknowledged.size} deliveries, ${client.refused} posted again, ` +
    `${failed.items.length} set aside, ${wrong.length} not as their scenario says`,
);
await Promise.all([server.kill(), inbox.close(), store.close(), github.close()]);
await Promise.all([folder, bundled.folder].map((one) => rm(one, { recursive: true, force: true })));
process.exit(failed.items.length + wrong.length > 0 ? 1 : 0);

/** Looks at the memory again and again, and says at the end how it grew. */
function watchMemory(watched: ServerProcess): { stop(): Promise<void>; sumUp(): Promise<void> } {
  const seen: { readonly minute: number; readonly items: number; readonly heap: number }[] = [];
  const early = join(folder, "early.heapsnapshot");
  const late = join(folder, "late.heapsnapshot");
  let isOver = false;
  const look = async () => {
    const { heap, peak } = await watched.memory();
    const now = { minute: passed(), items: world.items.length, heap };
    const isWarm = now.minute >= warmUp;
    if (isWarm && seen.length === 0 && snapshots) await watched.snapshot(early);
    if (isWarm) seen.push(now);
    const words = [
      `${now.minute.toFixed(1)} min`,
      `${now.items} work items`,
      `heap ${inMb(heap)}`,
      `peak ${inMb(peak)}`,
    ];
    console.log(words.join(", "));
  };
  const looking = (async () => {
    while (!isOver) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, every * MINUTE_MS));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await looking;
    },
    async sumUp() {
      await look();
      const [first, last] = [seen.at(0), seen.at(-1)];
      if (!first || !last || first === last) return;
      const grown = last.heap - first.heap;
      const each = grown / Math.max(1, last.items - first.items) / 1024;
      const aMinute = grown / (last.minute - first.minute);
      console.log(`since the warm-up: ${inMb(grown)}, ${inMb(aMinute)} a minute, ${each.toFixed(1)} KB a work item`);
      if (!snapshots) return;
      await watched.snapshot(late);
      for (const line of growthBetween(await readHeap(early), await readHeap(late))) console.log(line);
    },
  };
}

function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

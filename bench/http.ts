import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "../src/sandbox/index.js";
import { percentile } from "../test/support/proof-percentile.js";
import { httpBackends, type Places } from "./http-backends.js";
import { openPullRequests, post } from "./http-deliveries.js";
import { startServerUnderTest } from "./http-server.js";
import { median, type Result } from "./measure.js";

const ROUNDS = 3;

/** How many are posted at once for what an answer takes under load, and how long one may take then, in milliseconds. */
const LOAD = 10_000;
const LIMIT = { name: "what it may take", value: 1000 } as const;

interface Measured {
  /** Deliveries a second. */
  readonly acknowledged: number;
  readonly worked: number;
  /** How long each answer took, in milliseconds. */
  readonly latencies: readonly number[];
}

/**
 * Signed `pull_request.opened` deliveries of 24 KB, each of a pull request of its own, posted over HTTP to a server in a process of its
 * own: how many a second are answered, how many are worked to the end (record, check run, comment), and how long an answer takes when
 * 10,000 come at once. Beside a bare Probot server with an empty handler, which stores nothing.
 */
export async function benchHttp(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for await (const { name, deliveries, newPlaces } of httpBackends()) {
    const bare: number[] = [];
    const own: Measured[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push((await measure(() => null, deliveries)).acknowledged);
      own.push(await measure(newPlaces, deliveries));
    }
    const peer = { name: "bare Probot server, empty handler", value: median(bare) };
    const rateOf = (what: "acknowledged" | "worked", target: number) => ({
      ...{ unit: "deliveries/s", value: median(own.map((one) => one[what])), peer, target },
    });
    results.push(
      { name: `${name}: deliveries acknowledged, stored durably`, ...rateOf("acknowledged", 1) },
      { name: `${name}: deliveries worked to the end`, ...rateOf("worked", 0.2) },
    );
    if (deliveries < 1000) continue;
    const { latencies } = await measure(newPlaces, LOAD, { untilWorked: false });
    const taking = (share: number) => ({ unit: "ms", value: percentile(latencies, share), peer: LIMIT, atMost: 1 });
    results.push(
      { name: `${name}: answer under a load of 10,000, p50`, ...taking(0.5) },
      { name: `${name}: answer under a load of 10,000, p99`, ...taking(0.99) },
    );
  }
  return results;
}

async function measure(
  newPlaces: (folder: string) => Places | null,
  count: number,
  { untilWorked = true }: { readonly untilWorked?: boolean } = {},
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-bench-"));
  const sandbox = createSandbox({
    clock: () => new Date(),
    keepDeliveries: false,
    app: { id: 1, slug: "loopforge", name: "LoopForge", webhookSecret: "of the benchmark only" },
  });
  const github = await sandbox.listen({ host: "127.0.0.1", port: 0 });
  const deliveries = openPullRequests(sandbox, count);
  const { privateKey, webhookSecret } = sandbox.app;
  const places = newPlaces(folder);
  const server = await startServerUnderTest({ places, githubUrl: `${github.url}/api/v3`, privateKey, webhookSecret });
  try {
    const begin = performance.now();
    const latencies = await post(server.url, deliveries);
    const answered = performance.now();
    if (untilWorked) await server.idle();
    const rateUntil = (end: number) => (deliveries.length * 1000) / (end - begin);
    return { acknowledged: rateUntil(answered), worked: rateUntil(performance.now()), latencies };
  } finally {
    await server.stop();
    await github.close();
    await rm(folder, { recursive: true, force: true });
  }
}

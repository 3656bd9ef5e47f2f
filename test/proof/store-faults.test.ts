import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, onTestFinished, test } from "vitest";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { openStore } from "../../src/store/open.js";
import { givenOwnPostgres, type OwnPostgres } from "../inbox/servers/own-postgres.js";
import { givenDynamoDB, type LocalDynamoDB } from "../store/servers/dynamodb.js";
import { type Fault, givenFaulty } from "../store/servers/faulty.js";
import { withParameter } from "../store/servers/postgres.js";
import { type BundledServer, bundleServer } from "../support/proof-bundle.js";
import { expectPromisedEnds, report } from "../support/proof-expect.js";
import { givenProof, type Proof } from "../support/proof-given.js";
import { type Live, liveInOneBurst, liveInStep } from "../support/proof-lives.js";
import { type Random, seededRandom } from "../support/proof-random.js";
import { strikeWhileLiving } from "../support/proof-strikes.js";
import { temporaryFolder } from "../support/running.js";
import { SEED } from "../support/seed.js";

/** What the server waits ten seconds for, is over in one. */
const HURRY = 10;
const TIMEOUT_MS = 300_000;

const dynamodb = await givenDynamoDB();
const postgres = await givenOwnPostgres();

let bundled: BundledServer;
beforeAll(async () => {
  bundled = await bundleServer();
});
afterAll(async () => {
  await postgres?.remove();
  await rm(bundled.folder, { recursive: true, force: true });
});

/** As DynamoDB says it. */
function refusal(type: string, more: object = {}): Fault {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "Not now", ...more } };
}

const BUSY: readonly [Fault, ...Fault[]] = [
  refusal("ThrottlingException"),
  refusal("ProvisionedThroughputExceededException"),
  { status: 500, body: { __type: "InternalServerError", message: "Not now" } },
  "lost",
];
const CONFLICT = refusal("TransactionCanceledException", {
  CancellationReasons: [
    { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" },
    { Code: "None" },
  ],
});

/** More than a proof asks. */
const ASKED = 10_000;

/** One request in five goes wrong. */
function anyOf(random: Random, faults: readonly [Fault, ...Fault[]]): readonly Fault[] {
  return Array.from({ length: ASKED }, () => (random.next() < 0.2 ? random.oneOf(faults) : "through"));
}

describe.skipIf(!dynamodb)("given DynamoDB that throttles, and in which others write to the same items", () => {
  // In step, each waits for each; and DynamoDB Local takes its time.
  test.each([
    ["each event is worked before the next", liveInStep, 8],
    ["all is posted at once", liveInOneBurst, ALL_SCENARIOS.length],
  ])("when %s, then every work item ends as its scenario says", { timeout: TIMEOUT_MS }, async (what, live, items) => {
    const { endpoint } = dynamodb as LocalDynamoDB;
    const faulty = await givenFaulty(endpoint);
    onTestFinished(() => faulty.stop());
    const table = `loopforge-${randomUUID()}`;
    const placeAt = (url: string) => `dynamodb:${table}?region=local&endpoint=${url}`;
    // The SDK looks for them there; DynamoDB Local takes any.
    process.env.AWS_ACCESS_KEY_ID ??= "local";
    process.env.AWS_SECRET_ACCESS_KEY ??= "local";
    await (await openStore(`${placeAt(endpoint)}&ensureTables=true`)).close();

    const proof = await givenProof({
      ...{ bundled, hurry: { factor: HURRY, since: Date.now() } },
      places: { store: placeAt(faulty.endpoint), inbox: `sqlite:${temporaryFolder()}/inbox.db` },
    });
    await proof.victim.url();
    const random = seededRandom(SEED);
    faulty.fail("TransactWriteItems", ...anyOf(random, [CONFLICT, ...BUSY]));
    for (const operation of ["GetItem", "Query", "PutItem", "BatchGetItem", "DeleteItem"]) {
      faulty.fail(operation, ...anyOf(random, BUSY));
    }
    await live(proof, items);
    report(what, proof, `${faulty.asked.length} requests to DynamoDB`);
    // How things ended is read by a proof that does not try again.
    faulty.heal();
    await expectPromisedEnds(proof);
  });
});

/** How often PostgreSQL fails in one proof. */
const FAILURES = 6;

/** What can be seen of the server between two failures, at most. */
const SPAN = 400;

/** In turn, it crashes and comes back, and loses all connections. */
async function failWhileLiving(live: Live, { url, kill, start }: OwnPostgres, proof: Proof): Promise<void> {
  const random = seededRandom(SEED);
  await strikeWhileLiving({
    ...{ proof, live, items: ALL_SCENARIOS.length, times: FAILURES },
    instant: () => proof.fuse.light(random.upTo(SPAN)),
    strike: async (nth) => {
      if (nth % 2 === 1) return loseConnections(url);
      await kill();
      await setTimeout(random.upTo(300));
      await start();
    },
  });
}

async function loseConnections(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
  await client.end();
}

describe.skipIf(!postgres)(
  "given PostgreSQL, in which both records and deliveries are, that crashes and comes back",
  () => {
    test.each([
      ["each event is worked before the next", liveInStep],
      ["all is posted at once", liveInOneBurst],
    ])("when %s, then every work item ends as its scenario says", { timeout: TIMEOUT_MS }, async (what, live) => {
      const server = postgres as OwnPostgres;
      const place = withParameter(server.url, "schema", `proof_${randomUUID().replaceAll("-", "")}`);
      const proof = await givenProof({
        ...{ bundled, hurry: { factor: HURRY, since: Date.now() } },
        places: { store: place, inbox: place },
      });
      await failWhileLiving(live, server, proof);
      report(what, proof, `${FAILURES} failures of PostgreSQL`);
      await expectPromisedEnds(proof);
    });
  },
);

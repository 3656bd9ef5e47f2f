import { afterAll, beforeAll, describe, vi } from "vitest";
import type { Claim } from "../../src/inbox/inbox.js";
import { SqsInbox } from "../../src/inbox/sqs.js";
import { describeInbox } from "./contract.js";
import { at } from "./deliveries.js";
import { givenAws, type LocalAws } from "./servers/aws.js";

const given = await givenAws();

/** The stand-in for SQS asks the clock, and so is told the time that a call is made at. */
class SqsInboxAtItsTime extends SqsInbox {
  override claim(limit: number, now: Date, leaseMs: number) {
    vi.setSystemTime(now);
    return super.claim(limit, now, leaseMs);
  }
  override extend(claim: Claim, now: Date, leaseMs: number) {
    vi.setSystemTime(now);
    return super.extend(claim, now, leaseMs);
  }
  override done(claim: Claim, now: Date) {
    vi.setSystemTime(now);
    return super.done(claim, now);
  }
  override stats(now: Date) {
    vi.setSystemTime(now);
    return super.stats(now);
  }
  override setAside(claim: Claim, reason: string, now: Date) {
    vi.setSystemTime(now);
    return super.setAside(claim, reason, now);
  }
}

describe.skipIf(!given)("SQS", () => {
  // Where the stand-ins cannot be started, every test below is skipped.
  const aws = given as LocalAws;
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: at(0) });
  });
  afterAll(() => {
    vi.useRealTimers();
  });

  describeInbox(
    "SqsInbox",
    async () => {
      vi.setSystemTime(at(0));
      const place = await aws.newPlace();
      return {
        open: async (options) =>
          new SqsInboxAtItsTime(place, { ...options, monotonic: () => Date.now(), waitSeconds: 0 }),
        dispose: () => aws.removeTable(place),
      };
    },
    {
      ...{ exclusive: false, ordersKeys: false, countsExactly: false, leasesEnd: "by the clock" },
      hidesByItsOwnClock: true,
      runs: 10,
    },
  );
});

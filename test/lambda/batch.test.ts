import type { SQSRecord } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { workBatch } from "../../src/lambda/batch.js";

/** A message `a1` is the first one of the group `a`. */
function message(
  id: string,
  attributes: Partial<SQSRecord["attributes"]> = { MessageGroupId: id.charAt(0) },
): SQSRecord {
  return { messageId: id, attributes, body: id, receiptHandle: id } as SQSRecord;
}

async function worked(ids: readonly string[], failing: readonly string[]) {
  const tried: string[] = [];
  const givenBack: string[] = [];
  const { batchItemFailures } = await workBatch(
    ids.map((id) => message(id)),
    {
      work: async ({ messageId }) => {
        await Promise.resolve();
        tried.push(messageId);
        return !failing.includes(messageId);
      },
      giveBack: async ({ messageId }) => void givenBack.push(messageId),
    },
  );
  return { again: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), tried, givenBack };
}

describe("given a batch of messages", () => {
  test("when all are worked, then none comes again", async () => {
    expect(await worked(["a1", "b1", "a2"], [])).toEqual({ again: [], tried: ["a1", "b1", "a2"], givenBack: [] });
  });

  test("when one fails, then it and all behind it in its group come again, untried, and other groups go on", async () => {
    const { again, tried, givenBack } = await worked(["a1", "b1", "a2", "b2", "a3", "c1"], ["a2"]);
    expect(again).toEqual(["a2", "a3"]);
    expect(tried.toSorted()).toEqual(["a1", "a2", "b1", "b2", "c1"]);
    expect(givenBack).toEqual(["a3"]);
  });

  test("when the first of each group fails, then all come again", async () => {
    const { again } = await worked(["a1", "b1", "a2", "b2"], ["a1", "b1"]);
    expect(again.toSorted()).toEqual(["a1", "a2", "b1", "b2"]);
  });

  test("then a group's messages are worked one after the other, and groups side by side", async () => {
    const running: string[] = [];
    const seen: string[] = [];
    const release: (() => void)[] = [];
    const batch = workBatch(
      ["a1", "a2", "b1"].map((id) => message(id)),
      {
        work: async ({ messageId }) => {
          running.push(messageId);
          seen.push(running.join(" "));
          await new Promise<void>((resolve) => release.push(resolve));
          running.splice(running.indexOf(messageId), 1);
          return true;
        },
        giveBack: async () => undefined,
      },
    );
    while (release.length > 0) {
      release.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await batch).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual(["a1", "a1 b1", "b1 a2"]);
  });

  test("when some were received before, then each of them is begun once nothing else is worked, and behind the others", async () => {
    const running = new Set<string>();
    const seen: string[] = [];
    const again = { ApproximateReceiveCount: "2" };
    const batch = [
      message("a1", { MessageGroupId: "a", ...again }),
      message("a2", { MessageGroupId: "a" }),
      message("b1", { MessageGroupId: "b", ApproximateReceiveCount: "1" }),
      message("c1", { MessageGroupId: "c", ...again }),
      message("d1", { MessageGroupId: "d", ApproximateReceiveCount: "1" }),
    ];
    const response = await workBatch(batch, {
      work: async ({ messageId }) => {
        running.add(messageId);
        seen.push([...running].join(" "));
        await new Promise((resolve) => setImmediate(resolve));
        running.delete(messageId);
        return messageId !== "a1";
      },
      giveBack: async () => undefined,
    });
    expect(seen).toEqual(["b1", "b1 d1", "a1", "c1"]);
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: "a1" }, { itemIdentifier: "a2" }]);
  });

  test("when a queue has no groups, then each message is on its own", async () => {
    const { batchItemFailures } = await workBatch([message("1", {}), message("2", {})], {
      work: async ({ messageId }) => messageId === "2",
      giveBack: async () => undefined,
    });
    expect(batchItemFailures).toEqual([{ itemIdentifier: "1" }]);
  });
});

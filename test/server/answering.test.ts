import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TransitionHook } from "../../src/hook.js";
import { WEBHOOK_PATH } from "../../src/server/ingest.js";
import { givenRunning } from "../support/running.js";

/** A request to the webhook's address whose head the server has read, and whose body does not come. */
async function unfinishedPost(url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(
    `POST ${WEBHOOK_PATH} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(socket, "data");
  return socket;
}

describe("given a server with deliveries to work", () => {
  test("when somebody sends half a request, then deliveries are worked side by side all the same", async () => {
    const atWork: number[] = [];
    let meet: () => void = () => undefined;
    const both = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const met = new Set<string>();
    const hook: TransitionHook = async ({ recordId }) => {
      if (met.add(recordId).size === 2) meet();
      await both;
      atWork.push((await app.server.inbox.stats(new Date())).leased);
    };
    const app = await givenRunning({ hooks: [hook] });
    await unfinishedPost(app.server.url);
    const repository = app.sandbox.repository("acme/shop");
    const alice = app.sandbox.user("alice");
    for (const head of ["one", "two"])
      repository.openPullRequest({ by: alice, title: "Mend the cart", body: "", head });
    await app.sandbox.flush();
    await both;
    await app.server.idle();
    expect(atWork).toContain(2);
  });
});

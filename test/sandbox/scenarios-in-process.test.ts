import { expect, test } from "vitest";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import { reviewed, reworked } from "../../src/sandbox/scenarios/index.js";
import { givenInProcess, givenPlayed } from "../support/in-process.js";

test("given a scenario that nobody heard of, when its deliveries are received, then the App has followed it and reported", async () => {
  const { sandbox, pull, deliveries, receive, receiveAll, outcomes, store } = await givenPlayed(reviewed);
  expect(await outcomes(pull)).toEqual([]);
  for (const delivery of deliveries) await receive(delivery);
  await receiveAll();
  expect(await outcomes(pull)).toMatchObject([{ ref: "acme/shop#1", state: "closed", rules: [], breaks: [] }]);
  expect(pull.comments.filter(({ body }) => body.startsWith(COMMENT_MARKER))).toHaveLength(1);
  expect(sandbox.errors).toEqual([]);
  expect((await store.list()).items).toHaveLength(1);
});

test("given a GitHub that fails, when a delivery needs it, then receiving it rejects", async () => {
  const { sandbox, deliveries, receive } = await givenPlayed(reworked);
  sandbox.faults = async (context) => context.json({ message: "Bad Gateway" }, 502);
  const receiveInOrder = async () => {
    for (const delivery of deliveries) await receive(delivery);
  };
  await expect(receiveInOrder()).rejects.toThrow("Bad Gateway");
});

test("given two at once, then each has a GitHub and a store of its own", async () => {
  const [one, other] = [givenInProcess(), givenInProcess()];
  one.sandbox.repository("acme/shop").openIssue({ by: one.sandbox.user("alice"), title: "Only here" });
  await one.receiveAll();
  await other.receiveAll();
  expect((await one.store.list()).items).toHaveLength(1);
  expect((await other.store.list()).items).toEqual([]);
});

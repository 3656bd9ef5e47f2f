import { describe, expect, it } from "vitest";
import { Room } from "../../src/inbox/room.js";

/** A room of 3 in which the count says what it is told, `counts` being how often it was asked. */
function givenRoom() {
  const state = { waiting: 0, second: 0, counts: 0 };
  const count = async () => {
    state.counts += 1;
    return state.waiting;
  };
  const room = new Room(3, count, () => state.second * 1000);
  return { state, room };
}

describe("given room for 3 deliveries, and a count that costs something", () => {
  it("when a burst comes, then it is counted once", async () => {
    const { state, room } = givenRoom();
    for (let n = 0; n < 3; n++) await room.take();
    await expect(room.take()).rejects.toMatchObject({ code: "inbox_full" });
    expect(state.counts).toBe(1);
  });

  it("when it is full, then it is counted anew each second, and no more often", async () => {
    const { state, room } = givenRoom();
    state.waiting = 3;
    for (let n = 0; n < 5; n++) await expect(room.take()).rejects.toMatchObject({ code: "inbox_full" });
    expect(state.counts).toBe(1);
    state.waiting = 2;
    state.second = 1;
    await room.take();
    await expect(room.take()).rejects.toMatchObject({ code: "inbox_full" });
    expect(state.counts).toBe(2);
  });

  it("when others put as well, then that is seen after ten seconds", async () => {
    const { state, room } = givenRoom();
    await room.take();
    state.waiting = 3;
    state.second = 9;
    await room.take();
    state.second = 10;
    await expect(room.take()).rejects.toMatchObject({ code: "inbox_full" });
    expect(state.counts).toBe(2);
  });
});

import type { Proof } from "./proof-given.js";
import type { Live } from "./proof-lives.js";

export interface Strikes {
  readonly proof: Proof;
  readonly live: Live;
  /** How many work items live at a time. */
  readonly items: number;
  readonly times: number;
  /** Resolves when it is time for the next one. */
  readonly instant: () => Promise<unknown>;
  readonly strike: (nth: number) => Promise<void>;
}

/**
 * Lets work items live, and strikes again and again. Where their lives are over before they were struck as often as is asked, so many
 * more of them begin: how much there is to strike depends on the machine.
 */
export async function strikeWhileLiving({ proof, live, items, times, instant, strike }: Strikes): Promise<void> {
  const begin = () => live(proof, items).then(() => "over" as const);
  let lives = begin();
  for (let nth = 0; nth < times; nth++) {
    const next = instant().then(() => "now" as const);
    while ((await Promise.race([next, lives])) === "over") lives = begin();
    await strike(nth);
  }
  await lives;
}

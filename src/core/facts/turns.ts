import type { Heard } from "./fact.js";
import { heardOf } from "./heard.js";
import type { Turn } from "./news.js";

/** The time of a close or a reopening in a delivery and in the timeline need not be the same second. */
const SAME_MOMENT_MS = 10_000;

/**
 * When something was closed and reopened, in order: the one always follows the other. A turn that was both delivered and read counts once,
 * and within one second, which is as fine as GitHub's times are, the one comes first that can.
 */
export function turnsIn(heard: readonly Heard[]): readonly Turn[] {
  const turns = heardOf(heard, "turn").map(({ fact }) => fact);
  const waiting = withoutDoubles(turns).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const inOrder: Turn[] = [];
  let isOpen = true;
  while (waiting.length > 0) {
    const expected = isOpen ? "closed" : "reopened";
    const soonest = waiting[0];
    const index = waiting.findIndex(({ turn, at }) => turn === expected && at === soonest?.at);
    const [turn] = waiting.splice(Math.max(0, index), 1);
    if (!turn) break;
    if (turn.turn === expected) {
      inOrder.push(turn);
      isOpen = !isOpen;
    } else if (turn.turn === "reopened") {
      // Nobody told of the close before it. A second close without a reopening in between says nothing new.
      inOrder.push({ ...turn, turn: "closed" }, turn);
    }
  }
  return inOrder;
}

/** Each turn that was read stands for the delivered one of the same kind that is nearest to it in time. */
function withoutDoubles(turns: readonly Turn[]): Turn[] {
  const delivered = turns.filter(({ read }) => !read);
  const read = turns.filter((turn) => turn.read);
  const free = new Set(delivered);
  const missed = read.filter((turn) => {
    const near = [...free]
      .filter((other) => other.turn === turn.turn && distance(other.at, turn.at) < SAME_MOMENT_MS)
      .sort((a, b) => distance(a.at, turn.at) - distance(b.at, turn.at))[0];
    if (near) free.delete(near);
    return near === undefined;
  });
  return [...delivered.map((turn) => withCloser(turn, read)), ...missed];
}

/** Only a read says what closed an issue. */
function withCloser(turn: Turn, read: readonly Turn[]): Turn {
  if (turn.byMerge || turn.turn !== "closed") return turn;
  const isByMerge = read.some(
    ({ turn: is, at, byMerge }) => is === "closed" && byMerge && distance(at, turn.at) < SAME_MOMENT_MS,
  );
  return isByMerge ? { ...turn, byMerge: true } : turn;
}

function distance(a: string, b: string): number {
  return Math.abs(Date.parse(a) - Date.parse(b));
}

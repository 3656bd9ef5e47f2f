import { LoopForgeError, type PersonId } from "../../src/core/index.js";
import type { Lookout, RawAccount } from "../../src/github/observe/index.js";

/** What observers know in tests: persons are named by their user ids. */
export function aLookout(overrides: Partial<Lookout> = {}): Lookout {
  return {
    appId: 4711,
    queueLabels: ["queued"],
    isRead: false,
    isAgent: () => false,
    mayLackChecks: false,
    who: (account) => (account ? personOf(account) : null),
    mayWrite: () => undefined,
    ...overrides,
  };
}

export function personOf({ id }: Pick<RawAccount, "id">): PersonId {
  return `p_${id}` as PersonId;
}

/** What a failure says, as `code: message`; the empty text where there is none. */
export function failureOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    if (!(error instanceof LoopForgeError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

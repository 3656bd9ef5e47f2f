import type { ObservedEvent } from "../observe/index.js";

/** What GitHub's API says now, in the form in which a delivery would have said it: the same observers read both. */
export interface SyntheticEvent {
  readonly event: ObservedEvent;
  readonly payload: object;
}

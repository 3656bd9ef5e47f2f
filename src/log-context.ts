import { AsyncLocalStorage } from "node:async_hooks";

const context = new AsyncLocalStorage<object>();

/** Whatever is logged while the work runs, by whomever, has these fields too: the delivery's GUID, the record's id. */
export function withLogContext<T>(fields: object, work: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, work);
}

export function logContext(): object {
  return context.getStore() ?? {};
}

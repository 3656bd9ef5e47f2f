import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs work whose requests of GitHub end when the signal is aborted. Octokit takes a signal with each request only, and these are made
 * all over the App.
 */
export function withRequestSignal<T>(signal: AbortSignal, work: () => T): T {
  return current.run(signal, work);
}

export function requestSignal(): AbortSignal | null {
  return current.getStore() ?? null;
}

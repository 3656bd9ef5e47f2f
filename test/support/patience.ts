/** For `vi.waitFor` and `vi.waitUntil`: how long to wait for what is sure to come. A second, their default, a busy machine may need. */
export const PATIENT = { timeout: 20_000 } as const;

/**
 * Loads something when it is first asked for, and again when it is older than `ms`, or from a time to come: the clock was set. Where that fails, what there was is good for as
 * long again; where there was nothing, the next who asks tries again.
 */
export function renewed<T>(
  ms: number,
  load: () => Promise<T>,
  { clock, onFailure }: { readonly clock: () => Date; readonly onFailure: (error: unknown) => void },
): () => Promise<T> {
  let kept: { readonly value: T; readonly since: number } | null = null;
  let loading: Promise<T> | null = null;

  const renew = async (): Promise<T> => {
    try {
      const value = await load();
      kept = { value, since: clock().getTime() };
      return value;
    } catch (error) {
      if (!kept) throw error;
      onFailure(error);
      kept = { value: kept.value, since: clock().getTime() };
      return kept.value;
    } finally {
      loading = null;
    }
  };
  return async () => {
    const age = kept ? clock().getTime() - kept.since : ms;
    if (kept && age >= 0 && age < ms) return kept.value;
    loading ??= renew();
    return loading;
  };
}

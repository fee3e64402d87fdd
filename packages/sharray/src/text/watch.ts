/** Between two looks at a load's progress, in milliseconds. */
const INTERVAL = 100;

/**
 * Runs `work` while `tick` is called about ten times a second, and stops it by `stop` when `signal` is aborted or a tick
 * throws. Rejects with what the tick threw, once the work has ended; otherwise ends as the work does.
 */
export async function watched<T>(
  work: () => Promise<T>,
  on: { tick: (() => void) | null; stop: () => void; signal: AbortSignal | null },
): Promise<T> {
  const { tick, stop, signal } = on;
  let thrown: { error: unknown } | null = null;
  const guarded = (): void => {
    if (thrown !== null) return;
    try {
      tick?.();
    } catch (error) {
      thrown = { error };
      stop();
    }
  };
  const timer = tick === null ? undefined : setInterval(guarded, INTERVAL);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted) stop();
    return await work();
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
    const failed = thrown as { error: unknown } | null;
    // biome-ignore lint/correctness/noUnsafeFinally: what the caller's own function threw goes before what followed from it
    if (failed !== null) throw failed.error;
  }
}

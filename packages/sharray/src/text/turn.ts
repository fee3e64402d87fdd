/** The millisecond of the last turn, as Date.now() tells it; null before the first load. */
let last: number | null = null;

/**
 * Waits for a turn of the event loop, once in a millisecond: loads that are done at once, one behind the other, would leave none to timers,
 * to other work, and to the finalizers of what was forgotten.
 */
export function turn(): Promise<void> | null {
  const before = last;
  last = Date.now();
  if (before === null || before === last) return null;
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

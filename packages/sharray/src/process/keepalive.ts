/**
 * What waits for another process holds the event loop open and is not collected; what is merely open does neither. Ports
 * never hold the loop by themselves, so one timer does, while anybody waits.
 */
const holders = new Map<object, number>();
let timer: NodeJS.Timeout | undefined;

const LONGEST = 2 ** 31 - 1;

export function hold(holder: object): void {
  holders.set(holder, (holders.get(holder) ?? 0) + 1);
  if (timer) timer.ref();
  else timer = setInterval(() => {}, LONGEST);
}

export function release(holder: object): void {
  const count = holders.get(holder) ?? 0;
  if (count > 1) holders.set(holder, count - 1);
  else holders.delete(holder);
  if (holders.size === 0) timer?.unref();
}

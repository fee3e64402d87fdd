import { constants } from "node:os";
import { SharrayError } from "../errors.ts";
import { Stopped } from "./report.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs `work` so that SIGINT, SIGTERM and SIGHUP abort it through its AbortSignal. When it has cleaned up after
 * itself, Stopped is thrown with the shell's status (130, 143, 129). A second signal does not wait: the process exits at once, and
 * what must not stay behind is removed by the exit handlers of those who made it.
 */
export async function abortedBySignals<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let first: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const status = 128 + constants.signals[signal];
    if (first) process.exit(status);
    first = signal;
    controller.abort(new SharrayError("ABORTED", `stopped by ${signal}`, { signal }));
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (first) throw new Stopped(first, 128 + constants.signals[first], error);
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { callAsync } from "../native/call.ts";
import type { NativeMonitor } from "../native/hdf5.ts";

/** What a long operation tells, and how it is ended. */
export interface Watch {
  /** Called now and then with the bytes of data that are done. */
  onProgress?: ((bytes: number) => void) | undefined;
  /** Ends the operation with ABORTED. */
  signal?: AbortSignal | undefined;
}

const EVERY_MS = 100;

/** Runs a native operation under a watch. */
export async function watched<T>(watch: Watch, run: (monitor: NativeMonitor) => Promise<T>): Promise<T> {
  const { onProgress, signal } = watch;
  const monitor = new addon.NativeMonitor();
  if (signal?.aborted) throw aborted(signal);
  const abort = (): void => monitor.abort();
  signal?.addEventListener("abort", abort);
  const timer = onProgress === undefined ? undefined : setInterval(() => onProgress(monitor.bytes), EVERY_MS);
  try {
    const result = await callAsync(() => run(monitor));
    onProgress?.(monitor.bytes);
    return result;
  } catch (error) {
    if (signal?.aborted && error instanceof SharrayError && error.code === "ABORTED") throw aborted(signal);
    throw error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function aborted(signal: AbortSignal): SharrayError {
  return new SharrayError("ABORTED", "the writing was ended by its signal", {}, { cause: signal.reason });
}

import { addon } from "../native/addon.ts";

/**
 * Warns of a SHARRAY_ARENA that is no limit. Large blocks that were closed are kept by native code, for the next arrays of their
 * process, up to that limit; with a wrong one the default holds. Said once: not by threads, nor by the workers of a pool, which have the
 * same environment.
 */
export function complainOfArena(): void {
  if (process.env.SHARRAY_WORKER !== undefined) return;
  const complaint = addon.arenaComplaint();
  if (complaint === null) return;
  const { isMainThread } = process.getBuiltinModule("node:worker_threads"); // rarely needed, and slow to load
  if (isMainThread) process.emitWarning(complaint, { type: "SharrayWarning", code: "BAD_ARGUMENT" });
}

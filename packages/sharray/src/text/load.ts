import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { NativeLoad } from "../native/load.ts";
import { aborted, errorOf, lowest, type RunFailure } from "./failure.ts";
import { type LoadNotes, parseNotes } from "./notes.ts";
import type { LoadtxtProgress } from "./options.ts";
import { hasStreams, isStream, knownBytes, type Plan } from "./plan.ts";
import { watched } from "./watch.ts";

/** How a load is watched and ended. */
export interface Watching {
  threads: number;
  onProgress: ((progress: LoadtxtProgress) => void) | null;
  signal: AbortSignal | null;
  /** When the work began, as performance.now() tells it; 0 where nobody asks. */
  start: number;
}

/** What a load has made in its block. */
export interface Loaded {
  rows: number;
  notes: LoadNotes;
}

/** Where the rows of the one table of a load go; a load that only looks has none. */
export interface Target {
  block: Block;
  /** The byte of the first row. */
  offset: number;
}

/**
 * Runs a planned load with threads of this process.
 *
 * @throws {SharrayError} the failure of the lowest range; ABORTED; what `onProgress` throws
 */
export async function runLoad(plan: Plan, target: Target | null, watching: Watching): Promise<Loaded> {
  const spools = plan.spools.map((spool) => spool.native);
  const block = target?.block.native ?? null;
  const load = call(() => addon.NativeLoad.own(plan.native, block, target?.offset ?? 0, spools));
  try {
    const rows = await parse(load, plan, watching);
    return { rows, notes: parseNotes(await load.notes(), plan.files) };
  } finally {
    load.close();
  }
}

async function parse(load: NativeLoad, plan: Plan, watching: Watching): Promise<number> {
  const { onProgress, signal, threads, start } = watching;
  const tell = (): void => {
    const { bytes, rows } = load.progress(0, plan.ranges);
    const seconds = (performance.now() - start) / 1000;
    onProgress?.({ bytes, totalBytes: knownBytes(plan), rows, seconds });
  };
  const count = Math.max(1, Math.min(threads, plan.ranges));
  // Side by side: rows of the ones may have to wait for those of the others.
  const run = async (): Promise<RunFailure | null> =>
    lowest(
      await Promise.all([
        plan.files.every(isStream) ? null : callAsync(() => load.run(0, count)),
        hasStreams(plan.files) ? callAsync(() => load.unpack(count, count)) : null,
      ]),
    );
  const failure = await watched(run, { tick: onProgress && tell, stop: () => load.abort(), signal });
  if (signal?.aborted) throw aborted("loadtxt", signal);
  if (failure !== null) throw errorOf(failure);
  if (onProgress !== null) tell();
  // Of a job whose files were all left out there is no table.
  return plan.tables.length === 0 ? 0 : load.rows(0);
}

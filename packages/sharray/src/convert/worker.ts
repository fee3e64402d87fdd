import { blockOfMemory, type SharedMemory } from "../memory/shared_memory.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import { type Task, task } from "../process/task.ts";

/** What a worker process needs to take part in a load: the plan, and the memory that all of them share. */
export interface Part {
  /** The plan, as native code takes it. */
  job: string;
  control: SharedMemory;
  /** The memory of the tables, and which of it, from which byte on, each table has. */
  blocks: SharedMemory[];
  places: number[];
  offsets: number[];
  /** Rows of each table that lie there at a time, as `Tables` says it. */
  windows: number[];
  /** The file that is made, by a path to open it and its name for messages, where rows go straight to it. */
  output: [path: string, label: string] | null;
  /** Room for what is told beside rows. */
  notes: SharedMemory;
}

/** Does nothing: a worker that has run it has loaded everything that `runRanges` needs. */
export const warmUp: Task<[], void> = task(import.meta.url, "warmUp", (): void => {});

async function run(part: Part, owner: number): Promise<string | null> {
  const memories = [part.control, part.notes, ...part.blocks];
  try {
    const native = (memory: SharedMemory) => blockOfMemory(memory).native;
    const blocks = part.blocks.map(native);
    const [control, notes] = [native(part.control), native(part.notes)];
    const { job, places, offsets, windows, output } = part;
    const load = call(
      () => new addon.NativeLoad(job, control, false, blocks, places, offsets, windows, output, notes, []),
    );
    return await callAsync(() => load.run(owner, 1)).finally(() => load.close());
  } finally {
    for (const memory of memories) memory.close();
  }
}

/**
 * Takes ranges of the load until none is left, and returns null, or the failure of a range as JSON. Rows go to shared memory,
 * totals to the control block: nothing else comes back.
 */
export const runRanges: Task<[Part, number], Promise<string | null>> = task(import.meta.url, "runRanges", run);

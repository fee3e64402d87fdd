import { resolve } from "node:path";
import type { DType } from "../dtype/dtype.ts";
import { type File, openFile, reachOf } from "../hdf5/file.ts";
import { Block } from "../memory/block.ts";
import { memoryOn } from "../memory/shared_memory.ts";
import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import type { NativeLoad } from "../native/load.ts";
import type { Pool } from "../process/pool.ts";
import { aborted } from "../text/failure.ts";
import { knownBytes, notesBlock } from "../text/plan.ts";
import { watched } from "../text/watch.ts";
import type { Prepared } from "./inputs.ts";
import type { ConvertedDataset, ConvertHooks, ConvertOptions, ConvertOutcome } from "./options.ts";
import { runAll } from "./runs.ts";
import { createTables, isContiguous, OUTPUT, storageOf, type Tables } from "./tables.ts";
import type { Part } from "./worker.ts";
import { Output } from "./write.ts";

/** A conversion whose inputs are known to be readable, and whose output can be made. */
export interface Job {
  options: ConvertOptions & { dtype: DType };
  hooks: ConvertHooks;
  /** The datasets' names, one for each input that was given; with `concat` the one. */
  names: readonly string[];
  prepared: Prepared;
  /** When it began, as performance.now() tells it. */
  began: number;
}

/** What a job has made, and what it has left out. */
export interface Made extends Omit<ConvertOutcome, "result"> {
  datasets: ConvertedDataset[];
  /** Bytes of the inputs' text. */
  bytes: number;
}

/** Loads with the pool's processes (null: with as many threads of this one) and writes. @throws {SharrayError} as `convert` */
export async function runJob(job: Job, pool: Pool | null, count: number): Promise<Made> {
  const { plan, spec } = job.prepared;
  const { options } = job;
  const workers = Math.min(count, plan.ranges);
  const storage = storageOf(options);
  const file = await openFile(resolve(options.output), options.overwrite ? "w" : "x", {
    sync: options.sync ?? true,
    placed: isContiguous(storage),
  });
  const blocks: Block[] = [];
  try {
    const reached = reachOf(file) !== null;
    const tables = createTables(plan, { dtype: options.dtype, storage, workers, reached });
    blocks.push(...tables.blocks.map(({ block }) => block));
    const control = Block.create(addon.loadControlSize(plan.ranges));
    blocks.push(control);
    const notes = notesBlock(spec, plan);
    blocks.push(notes);
    return await work(job, { file, tables, control, notes }, pool, workers);
  } catch (error) {
    await file.discard();
    throw error;
  } finally {
    for (const block of blocks) block.close();
  }
}

async function work(
  job: Job,
  { file, tables, control, notes }: { file: File; tables: Tables; control: Block; notes: Block },
  pool: Pool | null,
  count: number,
): Promise<Made> {
  const { hooks, began, prepared } = job;
  const { plan } = prepared;
  const places = [...tables.places];
  const offsets = [...tables.offsets];
  const windows = [...tables.windows];
  const natives = tables.blocks.map(({ block }) => block.native);
  const spools = plan.spools.map((spool) => spool.native);
  const planned = call(() => plan.native.job());
  const reach = reachOf(file);
  const target: Part["output"] = reach !== null && windows.includes(OUTPUT) ? [reach, job.options.output] : null;
  const load = call(
    () =>
      new addon.NativeLoad(
        planned,
        control.native,
        true,
        natives,
        places,
        offsets,
        windows,
        target,
        notes.native,
        spools,
      ),
  );
  const part: Part = {
    job: planned,
    control: memoryOn(control),
    blocks: tables.blocks.map(({ block }) => memoryOn(block)),
    places,
    offsets,
    windows,
    output: target,
    notes: memoryOn(notes),
  };
  const output = new Output(job, file, load, tables);
  const tell = (): void => {
    const { bytes, rows } = load.progress(0, plan.ranges);
    const seconds = (performance.now() - began) / 1000;
    const totalBytes = knownBytes(plan);
    if (bytes < totalBytes) hooks.onProgress?.({ phase: "read", bytes, totalBytes, rows, seconds });
    else hooks.onProgress?.({ phase: "write", ...output.progress(), rows, seconds });
  };
  const stop = (): void => {
    load.abort();
    output.abort();
    pool?.terminate();
  };
  const { signal = null } = hooks;
  const all = async (): Promise<Made> => {
    const made = await together(pool, load, part, count, output);
    tell();
    return made;
  };
  try {
    return await watched(all, { tick: hooks.onProgress ? tell : null, stop, signal });
  } catch (error) {
    throw signal?.aborted ? aborted("convert", signal) : error;
  } finally {
    load.close();
  }
}

/** Loads and writes at the same time. What the load tells goes before what the writing makes of it. */
async function together(pool: Pool | null, load: NativeLoad, part: Part, count: number, output: Output): Promise<Made> {
  const runs = runAll(pool, load, part, count);
  const loaded = runs.then(
    () => null,
    (error: unknown) => {
      output.abort();
      return { error };
    },
  );
  let written = false;
  try {
    written = await output.write();
    if (written) {
      // Every row is in the file: a worker that is still on its way has nothing to do, and is not waited for.
      pool?.terminate();
      return await output.close();
    }
    throw (await loaded)?.error;
  } catch (error) {
    load.abort();
    const failed = await loaded;
    await output.discard();
    // What a load tells whose rows have all been written is only that it was ended.
    throw (written ? null : failed)?.error ?? error;
  }
}

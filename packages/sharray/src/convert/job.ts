import { Block } from "../memory/block.ts";
import { memoryOn } from "../memory/shared_memory.ts";
import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import type { NativeLoad } from "../native/load.ts";
import type { Pool } from "../process/pool.ts";
import { aborted } from "../text/failure.ts";
import type { Plan } from "../text/plan.ts";
import type { Spec } from "../text/table.ts";
import { watched } from "../text/watch.ts";
import type { ConvertedDataset, ConvertHooks, ConvertOptions } from "./options.ts";
import { runAll } from "./runs.ts";
import { createTables, type Tables } from "./tables.ts";
import type { Part } from "./worker.ts";
import { Output } from "./write.ts";

/** A conversion whose inputs are known to be readable, and whose output can be made. */
export interface Job {
  options: ConvertOptions;
  hooks: ConvertHooks;
  spec: Spec;
  /** The datasets' names, one for each table of the plan. */
  names: readonly string[];
  plan: Plan;
  /** When it began, as performance.now() tells it. */
  began: number;
}

/** Loads with the pool's processes (null: there is nothing to load) and writes. @throws {SharrayError} as `convert` */
export async function runJob(job: Job, pool: Pool | null, count: number): Promise<ConvertedDataset[]> {
  const { plan } = job;
  const tables = createTables(plan);
  let control: Block | undefined;
  try {
    control = Block.create(addon.loadControlSize(plan.ranges));
    return await work(job, tables, control, pool, Math.min(count, plan.ranges));
  } finally {
    control?.close();
    for (const { block } of tables.blocks) block.close();
  }
}

async function work(
  job: Job,
  tables: Tables,
  control: Block,
  pool: Pool | null,
  count: number,
): Promise<ConvertedDataset[]> {
  const { plan, hooks, began } = job;
  const places = [...tables.places];
  const offsets = [...tables.offsets];
  const natives = tables.blocks.map(({ block }) => block.native);
  const load = call(() => new addon.NativeLoad(plan.job, control.native, true, natives, places, offsets));
  const part: Part = {
    job: plan.job,
    control: memoryOn(control),
    blocks: tables.blocks.map(({ block }) => memoryOn(block)),
    places,
    offsets,
  };
  const output = new Output(job, load, tables);
  const tell = (): void => {
    const { bytes, rows } = load.progress(0, plan.ranges);
    const seconds = (performance.now() - began) / 1000;
    if (bytes < plan.totalBytes)
      hooks.onProgress?.({ phase: "read", bytes, totalBytes: plan.totalBytes, rows, seconds });
    else hooks.onProgress?.({ phase: "write", ...output.progress(), rows, seconds });
  };
  const stop = (): void => {
    load.abort();
    output.abort();
    pool?.terminate();
  };
  const { signal = null } = hooks;
  const all = async (): Promise<ConvertedDataset[]> => {
    const datasets = await together(pool, load, part, count, output);
    tell();
    return datasets;
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
async function together(
  pool: Pool | null,
  load: NativeLoad,
  part: Part,
  count: number,
  output: Output,
): Promise<ConvertedDataset[]> {
  const runs = pool === null || count === 0 ? Promise.resolve() : runAll(pool, load, part, count);
  const loaded = runs.then(
    () => null,
    (error: unknown) => {
      output.abort();
      return { error };
    },
  );
  try {
    if (await output.write()) {
      // Every row is in the file: a worker that is still on its way has nothing to do, and is not waited for.
      pool?.terminate();
      return await output.close();
    }
    throw (await loaded)?.error;
  } catch (error) {
    load.abort();
    const failed = await loaded;
    await output.discard();
    throw failed?.error ?? error;
  }
}

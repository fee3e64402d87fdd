import { statSync } from "node:fs";
import { resolve } from "node:path";
import { availableParallelism } from "../process/parallelism.ts";
import { Pool } from "../process/pool.ts";
import { aborted } from "../text/failure.ts";
import { planLoad } from "../text/plan.ts";
import { specOf } from "../text/table.ts";
import { concatName, datasetNames } from "./names.ts";
import { type ConvertHooks, type ConvertOptions, type ConvertResult, checkConvert } from "./options.ts";
import { checkOutput } from "./output.ts";
import { warmUp } from "./worker.ts";

export type { ConvertInput } from "./names.ts";
export type { ConvertedDataset, ConvertHooks, ConvertOptions, ConvertResult, Progress } from "./options.ts";

/** Text below this is not worth one more process. */
const LEAST_EACH = 64 * 1024;

/**
 * Reads text tables with a pool of processes into shared memory, and writes them into one HDF5 file, each as soon as it is
 * complete. The file appears when all of it is there; whatever ends the job early leaves neither file, block nor process.
 *
 * @throws {SharrayError} what `loadtxt` throws; FILE_EXISTS, FILE_NOT_FOUND (also the output's folder), DUPLICATE_NAME,
 * WORKER_DIED (two workers died with one range of a file), HDF5_ERROR, ABORTED, NOT_MAIN
 */
export async function convert(options: ConvertOptions, hooks: ConvertHooks = {}): Promise<ConvertResult> {
  const began = performance.now();
  checkConvert(options);
  const { inputs, concat } = options;
  const spec = specOf("convert", options.dtype, options, concat !== undefined);
  const names = concat === undefined ? datasetNames(inputs) : [concatName(concat, inputs)];
  const paths = inputs.map((input) => input.path);
  const { signal } = hooks;
  if (signal?.aborted) throw aborted("convert", signal);
  const count = workersFor(paths, options.processes ?? availableParallelism());
  // Begun before the inputs are looked at: processes take their time to start.
  const pool = count === 0 ? null : new Pool(count, { initializer: warmUp }, lean(process.env));
  try {
    await checkOutput(resolve(options.output), paths, options.overwrite === true);
    // HDF5 is loaded while the processes start, not before.
    const [plan, { runJob }] = await Promise.all([planLoad(spec, paths, Math.max(1, count)), import("./job.ts")]);
    if (signal?.aborted) throw aborted("convert", signal);
    const datasets = await runJob({ options, hooks, spec, names, plan, began }, pool, count);
    const bytes = plan.files.reduce((sum, file) => sum + file.size, 0);
    return { output: options.output, datasets, seconds: (performance.now() - began) / 1000, bytes };
  } finally {
    await pool?.[Symbol.asyncDispose]();
  }
}

/** Workers that only parse open no connection: reading further certificates would take half of their start. */
function lean({ NODE_EXTRA_CA_CERTS: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** How many processes there is work for. Inputs that cannot be looked at are told of when they are planned. */
function workersFor(paths: readonly string[], most: number): number {
  let bytes = 0;
  for (const path of paths) {
    try {
      bytes += statSync(path).size;
    } catch {}
  }
  return Math.min(most, Math.ceil(bytes / LEAST_EACH));
}

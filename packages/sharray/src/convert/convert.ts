import { statSync } from "node:fs";
import { resolve } from "node:path";
import { SharrayError } from "../errors.ts";
import { availableParallelism } from "../process/parallelism.ts";
import { Pool } from "../process/pool.ts";
import { aborted } from "../text/failure.ts";
import { closeInputs } from "../text/inputs.ts";
import { areStreams } from "../text/source.ts";
import { fileOf, leaving, type Prepared, prepare } from "./inputs.ts";
import type { Made } from "./job.ts";
import { concatName, datasetNames } from "./names.ts";
import { type ConvertHooks, type ConvertOptions, type ConvertOutcome, checkConvert } from "./options.ts";
import { checkRejects, estimated } from "./outcome.ts";
import { checkOutput } from "./output.ts";
import { warmUp } from "./worker.ts";

export type { ConvertInput } from "./names.ts";
export type {
  ConvertAttribute,
  ConvertedDataset,
  ConvertHooks,
  ConvertOptions,
  ConvertOutcome,
  ConvertResult,
  Progress,
  SkippedFile,
} from "./options.ts";

/** Text below this is not worth one more process. */
const LEAST_EACH = 64 * 1024;

/**
 * Reads text tables with a pool of processes into shared memory, and writes them into one HDF5 file, each as soon as it is
 * complete. The file appears when all of it is there; whatever ends the job early leaves neither file, block nor process.
 *
 * @throws {SharrayError} what `loadtxt` throws; FILE_EXISTS, FILE_NOT_FOUND (also the output's folder), DUPLICATE_NAME,
 * WORKER_DIED (two workers died with one range of a file), HDF5_ERROR, ABORTED, NOT_MAIN
 */
export async function convert(options: ConvertOptions, hooks: ConvertHooks = {}): Promise<ConvertOutcome> {
  const began = performance.now();
  checkConvert(options);
  const { inputs, concat } = options;
  const names = concat === undefined ? datasetNames(inputs) : [concatName(concat, inputs)];
  const { signal } = hooks;
  if (signal?.aborted) throw aborted("convert", signal);
  checkRejects(options);
  const paths = inputs.map((input) => input.path);
  const dryRun = options.dryRun === true;
  const threads = options.processes ?? availableParallelism();
  const count = dryRun ? 0 : await workersFor(paths, threads);
  // Begun before the inputs are looked at: processes take their time to start.
  const pool = count === 0 ? null : new Pool(count, { initializer: warmUp }, lean(process.env));
  try {
    await checkOutput(resolve(options.output), paths, options.overwrite === true);
    // HDF5 is loaded while the processes start, not before.
    const [prepared, { runJob }] = await Promise.all([
      prepare(options, Math.max(1, count), { began, signal: signal ?? null }),
      import("./job.ts"),
    ]);
    const run = async (now: Prepared): Promise<Made> => {
      if (signal?.aborted) throw aborted("convert", signal);
      if (dryRun) return estimated(options, names, now);
      return await runJob(
        { options: { ...options, dtype: now.dtype }, hooks, names, prepared: now, began },
        pool,
        pool === null ? threads : count,
      );
    };
    try {
      const { datasets, bytes, ...left } = await without(prepared, options, run);
      const seconds = (performance.now() - began) / 1000;
      return { result: { output: options.output, datasets, seconds, bytes }, ...left };
    } finally {
      closeInputs(prepared.inputs, null);
    }
  } finally {
    await pool?.[Symbol.asyncDispose]();
  }
}

/**
 * Runs a job; where all files make one table and one of them cannot be read to its end, again without it: the rows of those behind it
 * have another place then.
 */
async function without(
  prepared: Prepared,
  options: ConvertOptions,
  run: (prepared: Prepared) => Promise<Made>,
): Promise<Made> {
  try {
    return await run(prepared);
  } catch (error) {
    const bad = options.onError === "skip" && options.concat !== undefined ? fileOf(error, prepared) : -1;
    if (bad === -1 || !(error instanceof SharrayError)) throw error;
    const rest = await leaving(prepared, bad, error);
    return await without(rest, options, run);
  }
}

/** Workers that only parse open no connection: reading further certificates would take half of their start. */
function lean({ NODE_EXTRA_CA_CERTS: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/**
 * How many processes there is work for: none for so little text that a process would only have started when this one is done, nor where
 * all of it comes as streams, which this one decompresses. Inputs that cannot be looked at are told of when they are planned.
 */
async function workersFor(paths: readonly string[], most: number): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    try {
      const found = statSync(path);
      // What a pipe holds is not known before it is read.
      bytes += found.isFile() ? found.size : most * LEAST_EACH;
    } catch {
      bytes += path === "-" ? most * LEAST_EACH : 0;
    }
  }
  if (bytes <= LEAST_EACH || (await areStreams(paths))) return 0;
  return Math.min(most, Math.ceil(bytes / LEAST_EACH));
}

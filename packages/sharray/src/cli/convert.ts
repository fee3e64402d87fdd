import { readFile } from "node:fs/promises";
import { type ConvertOptions, type ConvertResult, convert, type Progress } from "../convert/convert.ts";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { parseSpec } from "../dtype/spec.ts";
import { SharrayError } from "../errors.ts";
import { count, dtypeText, duration, printable, rate, shapeText, table } from "./format.ts";
import { input } from "./inputs.ts";
import type { ConvertFlags } from "./program.ts";
import { progressFor } from "./progress.ts";
import { CommandLineError } from "./report.ts";
import { abortedBySignals } from "./signals.ts";
import { print } from "./streams.ts";

async function dtypeFromFile(path: string): Promise<DType> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new SharrayError(
      "FILE_NOT_FOUND",
      `cannot read the dtype from ${path}: ${(cause as Error).message}`,
      { path },
      { cause },
    );
  }
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch (cause) {
    throw new SharrayError(
      "BAD_DTYPE",
      `${path} is not JSON (${(cause as Error).message}); it should hold a NumPy dtype, as in [["pos", "<i4"], ["pct", "<f4"]]`,
      { path },
      { cause },
    );
  }
  try {
    return dtypeOf(description as DTypeLike);
  } catch (cause) {
    if (!(cause instanceof SharrayError)) throw cause;
    throw new SharrayError(cause.code, `${path}: ${cause.message}`, { ...cause.details, path }, { cause });
  }
}

async function dtypeFrom(spec: string | undefined): Promise<DType> {
  if (spec === undefined || spec === "auto") {
    throw new SharrayError(
      "NOT_SUPPORTED",
      "finding the columns' types (--dtype auto) is not in this version: name the columns, as in --dtype chr:S10,pos:i4,pct:f4",
      { option: "--dtype" },
    );
  }
  return spec.endsWith(".json") ? dtypeFromFile(spec) : parseSpec(spec);
}

async function plan(files: string[], flags: ConvertFlags): Promise<ConvertOptions> {
  const compression = flags.compression === undefined || flags.compression === "none" ? null : flags.compression;
  return {
    inputs: files.map((file) => input(file)),
    output: flags.output,
    dtype: await dtypeFrom(flags.dtype),
    compression,
    shuffle: flags.shuffle ?? compression !== null,
    overwrite: flags.overwrite ?? false,
    sync: flags.sync,
    ...(flags.concat !== undefined && { concat: flags.concat }),
    ...(flags.processes !== undefined && { processes: flags.processes }),
    ...(flags.delimiter !== undefined && { delimiter: flags.delimiter }),
    ...(flags.comments !== undefined && { comments: flags.comments === "" ? null : flags.comments }),
    ...(flags.skiprows !== undefined && { skiprows: flags.skiprows }),
    ...(flags.usecols !== undefined && { usecols: flags.usecols }),
    ...(flags.maxRows !== undefined && { maxRows: flags.maxRows }),
  };
}

/** What `convert` prints: one line about the whole, then one for each dataset. */
export function resultText(result: ConvertResult): string {
  const rows = result.datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  const { length } = result.datasets;
  const head = `${printable(result.output)}: ${length} dataset${length === 1 ? "" : "s"}, ${count(rows)} row${rows === 1 ? "" : "s"} in ${duration(result.seconds)} (${rate(result.bytes, result.seconds)})\n`;
  const lines = result.datasets.map((dataset) => [
    printable(dataset.path),
    count(dataset.rows),
    shapeText(dataset.shape),
    printable(dtypeText(dataset.dtype)),
  ]);
  return head + table(["dataset", "rows", "shape", "dtype"], lines, new Set([1]));
}

/** The state that a bar stays at: all rows of all datasets are written. */
function finalProgress({ datasets, seconds }: ConvertResult, itemsize: number): Progress {
  const bytes = datasets.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, itemsize), 0);
  const rows = datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  return { phase: "write", bytes, totalBytes: bytes, rows, seconds };
}

/** `sharray convert`. */
export async function convertCommand(files: string[], flags: ConvertFlags): Promise<void> {
  const options = await plan(files, flags).catch((error) => {
    throw new CommandLineError(error);
  });
  const quiet = flags.quiet ?? false;
  const progress = await progressFor(process.stderr, quiet);
  const result = await abortedBySignals(async (signal) => {
    try {
      const done = await convert(options, {
        onProgress: (state) => progress.update(state),
        onWarning: (message) => progress.note(`sharray: warning: ${printable(message)}\n`),
        signal,
      });
      progress.finish(finalProgress(done, options.dtype.itemsize));
      return done;
    } finally {
      progress.stop();
    }
  });
  if (flags.json) await print(`${JSON.stringify(result)}\n`);
  else if (!quiet) await print(resultText(result));
}
